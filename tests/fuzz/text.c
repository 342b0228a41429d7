/* SPDX-License-Identifier: ISC */
/* Text is formatted as snprintf(3) does it, and a number is read as wide arithmetic reads it.
 * With: core/base/text.c core/base/error.c core/base/filter.c */
#include "core/base/text.h"

#include <stdio.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"

/* The same text, and the same length also where it does not fit. */
#define SAME(...)                                                                                  \
	do {                                                                                       \
		char *ours = fuzz_take(room), theirs[256];                                         \
		REQUIRE(text_format(ours, room, __VA_ARGS__) ==                                    \
			(size_t)snprintf(theirs, room, __VA_ARGS__));                              \
		REQUIRE(!strcmp(ours, theirs));                                                    \
	} while (0)

struct values {
	uint64_t number;
	uint8_t kind, room, width, most;
};

enum { HEAD = 12 }; /* an input begins with these, and the text follows */

static void compare(const struct values *values, const char *text)
{
	size_t room = values->room % 200 + 1;
	int width = values->width % 40, most = values->most % 40;
	unsigned long long number = values->number;

	switch (values->kind % 8) {
	case 0:
		SAME("%s|%*s|%-*s|", text, width - 20, text, width, text);
		break;
	case 1:
		SAME("%.*s|%*.*s|", most, text, width, most, text);
		break;
	case 2:
		SAME("%-5s|%3.*s|%c%%", text, most, text, '!' + most);
		break;
	case 3:
		SAME("%d|%*d|%-4d", (int)number, width - 20, (int)(number >> 32), most - 20);
		break;
	case 4:
		SAME("%u|%o|%x", (unsigned)number, (unsigned)number, (unsigned)number);
		break;
	case 5:
		SAME("%llu|%lld|%llx", number, (long long)number, number);
		break;
	case 6:
		SAME("%010u|%4u|%04x|%-9o|", (unsigned)number, most, most, (unsigned)number);
		break;
	default:
		SAME("%llo|%024llu|%-22lldx", number, number, (long long)number);
	}
}

static void read_number(const char *text, unsigned base)
{
	const char *end, *at = text + strspn(text, " \t\n");
	unsigned __int128 wanted = 0;

	for (; *at; at++) {
		unsigned digit = *at <= '9' ? (unsigned)(*at - '0') : (unsigned)(*at - 'a' + 10);
		if (*at < '0' || (*at > '9' && *at < 'a') || digit >= base)
			break;
		wanted = wanted * base + digit;
		wanted = wanted > UINT64_MAX ? UINT64_MAX : wanted;
	}
	REQUIRE(text_number(text, &end, base) == (uint64_t)wanted && end == at);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct values values;

	if (size < HEAD)
		return 0;
	fuzz_begin();
	memcpy(&values, data, HEAD);
	const char *text = fuzz_text((const char *)data + HEAD, (const char *)data + size);
	compare(&values, text);
	read_number(text, 8);
	read_number(text, 10);
	read_number(text, 16);
	return 0;
}
