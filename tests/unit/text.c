/* SPDX-License-Identifier: ISC */
/* Text is formatted as snprintf(3) does it, and numbers and characters are read strictly.
 * With: core/base/text.c core/base/error.c core/base/filter.c */
#include "core/base/text.h"

#include <assert.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "core/base/error.h"

/* The same text and length as snprintf's, also where it does not fit. */
#define SAME(...)                                                                                  \
	for (size_t size = 1; size < 64; size += 7) {                                              \
		char ours[64], theirs[64];                                                         \
		size_t length = text_format(ours, size, __VA_ARGS__);                              \
		assert(length == (size_t)snprintf(theirs, size, __VA_ARGS__));                     \
		assert(!strcmp(ours, theirs));                                                     \
	}

static void format(void)
{
	SAME("%s", "");
	SAME("%s, 100%%, %c", "a word", 'c');
	SAME("%5s|%-5s|%2s", "abc", "abc", "abc");
	SAME("%.*s|%.*s|%.*s", 2, "abc", 9, "abc", 0, "abc");
	SAME("%*s|%-8.*s|", 6, "abc", 2, "abc");
	SAME("%d %d %d %d", 0, -1, INT_MAX, INT_MIN);
	SAME("%u %u", 0U, UINT_MAX);
	SAME("%4d|%-4d|%04d|%-4d|", 42, 42, 42, -42);
	SAME("%x %o %02x", 0xbeefU, 0755U, 7U);
	SAME("%llu %lld %llx", ULLONG_MAX, LLONG_MIN, ULLONG_MAX);
}

/* The number, and how much of the text it is. */
static void number(const char *text, unsigned base, uint64_t wanted, size_t length)
{
	const char *end;

	assert(text_number(text, &end, base) == wanted);
	assert((size_t)(end - text) == length);
	assert(text_number(text, NULL, base) == wanted);
}

static void numbers(void)
{
	number("", 10, 0, 0);
	number("0", 10, 0, 1);
	number("42", 10, 42, 2);
	number(" \t\n42x", 10, 42, 5);
	number("007", 10, 7, 3);
	number("x", 10, 0, 0);
	number("-1", 10, 0, 0);
	number("+1", 10, 0, 0);
	number("18446744073709551614", 10, UINT64_MAX - 1, 20);
	number("18446744073709551615", 10, UINT64_MAX, 20);
	number("18446744073709551616", 10, UINT64_MAX, 20);
	number("99999999999999999999999x", 10, UINT64_MAX, 23);
	number("755", 8, 0755, 3);
	number("789", 8, 7, 1);
	number("1777777777777777777777", 8, UINT64_MAX, 22);
	number("2000000000000000000000", 8, UINT64_MAX, 22);
	number("ff", 16, 255, 2);
	number("fF", 16, 15, 1);
	number("0x1", 16, 0, 1);
	number("00000000800405fb\n", 16, 0x800405fb, 16);
	number("ffffffffffffffff", 16, UINT64_MAX, 16);
}

/* The length of the character; its code is 0 where it is none. */
static void character(const char *text, size_t length, unsigned wanted)
{
	unsigned code = 1;

	assert(text_character(text, &code) == length);
	assert(code == wanted);
}

static void characters(void)
{
	character("a", 1, 'a');
	character("\x7f", 1, 0x7f);
	character("\xc2\x80", 2, 0x80);
	character("\xc3\xa4\xc3", 2, 0xe4);
	character("\xdf\xbf", 2, 0x7ff);
	character("\xe0\xa0\x80", 3, 0x800);
	character("\xed\x9f\xbf", 3, 0xd7ff);
	character("\xee\x80\x80", 3, 0xe000);
	character("\xf0\x90\x80\x80", 4, 0x10000);
	character("\xf4\x8f\xbf\xbf", 4, 0x10ffff);
	/* Too long for their codes, surrogates, too large, cut off, or no first byte. */
	character("\xc0\x80", 0, 0);
	character("\xc1\xbf", 0, 0);
	character("\xe0\x9f\xbf", 0, 0);
	character("\xf0\x8f\xbf\xbf", 0, 0);
	character("\xed\xa0\x80", 0, 0);
	character("\xed\xbf\xbf", 0, 0);
	character("\xf4\x90\x80\x80", 0, 0);
	character("\xf8\x88\x80\x80\x80", 0, 0);
	character("\xff", 0, 0);
	character("\x80", 0, 0);
	character("\xbf\x80", 0, 0);
	character("\xc2", 0, 0);
	character("\xc2z", 0, 0);
	character("\xe2\x82", 0, 0);
	character("\xf0\x9f\x98", 0, 0);
}

static void printable(void)
{
	static const unsigned hidden[] = {
		0,	0x1b,	0x1f,	0x7f,	0x9f,	0xad,	0x61c,
		0x200b, 0x200f, 0x2028, 0x202e, 0x2066, 0xfeff, 0xe0041
	};
	static const unsigned shown[] = { ' ',	  '~',	  0xa0,	  0xae,	  0x301,  0x2010,
					  0x2027, 0x202f, 0x20ac, 0xfffd, 0x1f600 };

	for (size_t i = 0; i < sizeof hidden / sizeof *hidden; i++)
		assert(!text_is_printable(hidden[i]));
	for (size_t i = 0; i < sizeof shown / sizeof *shown; i++)
		assert(text_is_printable(shown[i]));
}

static void defused(const char *text, const char *wanted)
{
	char copy[64];

	strcpy(copy, text);
	error_defuse(copy);
	assert(!strcmp(copy, wanted));
}

static void messages(void)
{
	defused("", "");
	defused("a b~", "a b~");
	defused("\x1b[31m\n\t\x7f", "?[31m???");
	defused("\xc2\x9b\x9b", "???");	  /* U+009B, and the byte alone */
	defused("a\xe2\x80\xae", "a???"); /* what follows would be shown from right to left */
	defused("\xc3\xa4\xe2\x82\xac", "\xc3\xa4\xe2\x82\xac");
	defused("\xe2\x80\x9b", "\xe2\x80\x9b"); /* bytes that would be controls alone */
	/* Controls after a byte that is, and of one that begins, no character; too long for U+009B;
	 * cut off. */
	defused("\xff\x9bm\xe4\x9b", "\xff?m\xe4?");
	defused("\xe0\x82\x9b", "\xe0??");
	defused("\xf0\x9f\x98", "\xf0??");
}

int main(void)
{
	format();
	numbers();
	characters();
	printable();
	messages();
	return 0;
}
