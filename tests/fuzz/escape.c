/* SPDX-License-Identifier: ISC */
/* Whatever the bytes, a message is harmless for a terminal and otherwise the same; and a string of
 * JSON is printable, and read again it is the same text.
 * With: core/base/text.c core/base/error.c core/base/filter.c core/base/json.c */
#include "core/base/json.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/error.h"
#include "core/base/text.h"
#include "tests/fuzz/fuzz.h"

enum { REPLACEMENT = 0xfffd };

static void walk(const char *text, size_t length)
{
	for (size_t at = 0; at <= length; at++) {
		unsigned ours, theirs = 0;
		size_t step = text_character(text + at, &ours);
		REQUIRE(step == fuzz_character(text + at, length + 1 - at, &theirs));
		REQUIRE(ours == (step ? theirs : 0));
	}
}

/* Whether all of it is seen, and nothing is obeyed. */
static bool is_shown(const char *text, size_t length)
{
	while (length) {
		unsigned code = (unsigned char)*text;
		size_t step = fuzz_character(text, length, &code);
		if (!text_is_printable(step ? code : (unsigned char)*text))
			return false;
		text += step ? step : 1;
		length -= step ? step : 1;
	}
	return true;
}

static void defuse(char *text, size_t length)
{
	char *original = fuzz_text(text, text + length);

	error_defuse(text);
	REQUIRE(strlen(text) == length && fuzz_is_clean(text, length) && !strchr(text, '\n'));
	REQUIRE(is_shown(text, length));
	if (is_shown(original, length))
		REQUIRE(!strcmp(text, original));
	for (size_t i = 0; i < length; i++)
		REQUIRE(text[i] == original[i] || text[i] == '?');
	char *again = fuzz_text(text, text + length);
	error_defuse(again);
	REQUIRE(!strcmp(text, again));
}

static unsigned read_unit(const char **at)
{
	char digits[5] = "", *end;

	REQUIRE((*at)[0] == '\\' && (*at)[1] == 'u' && strlen(*at) >= 6);
	memcpy(digits, *at + 2, 4);
	*at += 6;
	unsigned unit = (unsigned)strtoul(digits, &end, 16);
	REQUIRE(!*end);
	return unit;
}

/* Reads one character of a string of JSON. */
static unsigned read_json(const char **at, const char *end)
{
	unsigned code = 0;

	if (**at != '\\') {
		size_t step = fuzz_character(*at, (size_t)(end - *at), &code);
		REQUIRE(step && **at != '"' && text_is_printable(code));
		*at += step;
		return code;
	}
	if ((*at)[1] != 'u') {
		REQUIRE(strchr("\"\\", (*at)[1]));
		*at += 2;
		return (unsigned char)(*at)[-1];
	}
	code = read_unit(at);
	if (code >> 10 != 0xd800 >> 10)
		return code;
	unsigned low = read_unit(at);
	REQUIRE(low >> 10 == 0xdc00 >> 10);
	return 0x10000 + ((code & 0x3ff) << 10 | (low & 0x3ff));
}

static void print(const char *text, size_t length)
{
	size_t count;

	json_print(text);
	const char *at = fuzz_output(&count), *end = at + count;
	REQUIRE(count >= 2 && strlen(at) == count && fuzz_is_clean(at, count));
	REQUIRE(*at == '"' && end[-1] == '"' && !strchr(at, '\n'));
	at++;
	end--;
	while (length) {
		unsigned code;
		size_t step = fuzz_character(text, length, &code);
		REQUIRE(at < end && read_json(&at, end) == (step ? code : REPLACEMENT));
		text += step ? step : 1;
		length -= step ? step : 1;
	}
	REQUIRE(at == end);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_begin();
	char *text = fuzz_text((const char *)data, (const char *)data + size);
	size_t length = strlen(text);
	walk(text, length);
	print(text, length);
	defuse(text, length);
	return 0;
}
