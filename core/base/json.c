/* SPDX-License-Identifier: ISC */
/*
 * JSON: prints strings, which may be made from any bytes, and reads documents, which may be from
 * anybody. Nothing is copied out of a document before it is asked for: json_check finds where it is
 * malformed, so that what looks into it then has only to tell where a value ends.
 */
#include "core/base/json.h"

#include <string.h>

#include "core/base/text.h"

void json_print(const char *string)
{
	unsigned code;

	if (!string) {
		text_print("null");
		return;
	}
	text_print("\"");
	for (size_t length; *string; string += length ? length : 1) {
		length = text_character(string, &code);
		if (!length)
			text_print("\\ufffd");
		else if (text_is_printable(code))
			text_print("%s%.*s", code == '"' || code == '\\' ? "\\" : "", (int)length,
				   string);
		else if (code > 0xffff) /* as UTF-16 */
			text_print("\\u%04x\\u%04x", 0xd7c0 + (code >> 10),
				   0xdc00 + (code & 0x3ff));
		else
			text_print("\\u%04x", code);
	}
	text_print("\"");
}

static const char *skip_blank(const char *at)
{
	return at + strspn(at, " \t\n\r");
}

/* Returns the unit of UTF-16 that TEXT begins with, as \uXXXX, or -1. */
static int read_unit(const char *text)
{
	int unit = 0;

	if (text[0] != '\\' || text[1] != 'u' || strspn(text + 2, "0123456789abcdefABCDEF") < 4)
		return -1;
	for (int i = 2; i < 6; i++)
		unit = unit << 4 | ((text[i] & 0xf) + (text[i] > '9' ? 9 : 0));
	return unit;
}

/* Reads a character that begins with a backslash; see read_character. */
static int read_escaped(const char **at)
{
	static const char letters[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
	const char *text = *at, *letter = memchr(letters, text[1], sizeof letters - 1);

	if (letter) {
		*at += 2;
		return meanings[letter - letters];
	}
	int unit = read_unit(text);
	if ((unit & 0xf800) == 0xd800) {
		int low = read_unit(text + 6);
		if (unit >= 0xdc00 || (low & 0xfc00) != 0xdc00)
			return -1;
		*at += 6;
		unit = 0x10000 + ((unit & 0x3ff) << 10 | (low & 0x3ff));
	}
	*at += unit < 0 ? 0 : 6;
	return unit;
}

/* Reads a character of a string, and moves *AT behind it. Returns its code, or -1 at the quote that
 * ends the string, or where it is malformed; *AT is at no other quote then. */
static int read_character(const char **at)
{
	unsigned code;

	if (**at == '"')
		return -1;
	if (**at == '\\')
		return read_escaped(at);
	size_t length = text_character(*at, &code);
	if (code < ' ') /* also 0: no character, or the end of the text */
		return -1;
	*at += length;
	return (int)code;
}

/* Writes the UTF-8 of CODE to BYTES, and returns its length. */
static size_t encode(int code, char bytes[4])
{
	static const unsigned char marks[] = { 0, 0, 0xc0, 0xe0, 0xf0 }; /* by length */
	size_t length = 1U + (code > 0x7f) + (code > 0x7ff) + (code > 0xffff);

	for (size_t i = length - 1; i > 0; i--) {
		bytes[i] = (char)(0x80 | (code & 0x3f));
		code >>= 6;
	}
	bytes[0] = (char)(marks[length] | code);
	return length;
}

/* These return what follows the token at AT, or NULL if it is malformed. */

static const char *check_string(const char *at)
{
	int code = 0;

	if (*at++ != '"')
		return NULL;
	while (code >= 0)
		code = read_character(&at);
	return *at == '"' ? at + 1 : NULL;
}

static const char *check_digits(const char *at)
{
	size_t length = strspn(at, "0123456789");

	return length ? at + length : NULL;
}

static const char *check_number(const char *at)
{
	at += *at == '-';
	at = *at == '0' ? at + 1 : check_digits(at);
	if (at && *at == '.')
		at = check_digits(at + 1);
	if (at && (*at == 'e' || *at == 'E')) {
		at++;
		at = check_digits(at + (*at == '+' || *at == '-'));
	}
	return at;
}

static const char *check_scalar(const char *at)
{
	static const char words[][6] = { "true", "false", "null" };

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (!strncmp(at, words[i], strlen(words[i])))
			return at + strlen(words[i]);
	return *at == '"' ? check_string(at) : check_number(at);
}

/* The name of a member with the colon; what follows is its value. */
static const char *check_name(const char *at)
{
	at = check_string(at);
	at = at ? skip_blank(at) : "";
	return *at == ':' ? skip_blank(at + 1) : NULL;
}

const char *json_check(const char *text)
{
	char ends[JSON_DEPTH + 1] = ""; /* what closes each that is open, from index 1 on */
	const char *value = skip_blank(text), *at = value;
	size_t depth = 0;

	for (;;) {
		if (ends[depth] == '}')
			at = check_name(at);
		if (at && (*at == '[' || *at == '{')) {
			if (depth == JSON_DEPTH)
				return NULL;
			ends[++depth] = *at == '[' ? ']' : '}';
			at = skip_blank(at + 1);
			if (*at != ends[depth])
				continue;
		} else {
			at = at ? check_scalar(at) : NULL;
			if (!at)
				return NULL;
			at = skip_blank(at);
		}
		for (; depth && *at == ends[depth]; depth--)
			at = skip_blank(at + 1);
		if (!depth)
			return *at ? NULL : value;
		if (*at != ',')
			return NULL;
		at = skip_blank(at + 1);
	}
}

/* Returns what follows the value at AT, and the white space behind it. What is within brackets is
 * read like what is without: only how many are open matters, and where strings end. */
static const char *skip_value(const char *at)
{
	size_t depth = 0;

	do {
		if (*at == '"')
			for (at++; *at != '"'; at++)
				at += *at == '\\';
		depth += *at == '[' || *at == '{';
		depth -= *at == ']' || *at == '}';
		at++;
	} while (depth || !strchr(" \t\n\r,:]}", *at)); /* or the NUL */
	return skip_blank(at);
}

/* Whether NAME is what the string at AT means. */
static bool is_name(const char *at, const char *name)
{
	char bytes[4];

	for (at++; *at != '"';) {
		int code = read_character(&at);
		size_t length = encode(code, bytes);
		if (code <= 0 || strncmp(name, bytes, length))
			return false;
		name += length;
	}
	return !*name;
}

const char *json_first(const char *value)
{
	if (!value || (*value != '[' && *value != '{'))
		return NULL;
	value = skip_blank(value + 1);
	return *value == ']' || *value == '}' ? NULL : value;
}

const char *json_value(const char *name)
{
	const char *at = name ? skip_value(name) : "";

	return *at == ':' ? skip_blank(at + 1) : NULL;
}

const char *json_next(const char *element)
{
	const char *at = element ? skip_value(element) : "";

	if (*at == ':')
		at = skip_value(skip_blank(at + 1));
	return *at == ',' ? skip_blank(at + 1) : NULL;
}

const char *json_member(const char *object, const char *name)
{
	const char *member = object && *object == '{' ? json_first(object) : NULL;

	while (member && !is_name(member, name))
		member = json_next(member);
	return json_value(member);
}

long json_string(const char *value, char *text, size_t size)
{
	char bytes[4];
	size_t length = 0;

	if (!value || *value != '"' || !size)
		return -1;
	for (value++; *value != '"';) {
		int code = read_character(&value);
		size_t more = encode(code, bytes);
		if (code <= 0 || more >= size - length)
			return -1;
		memcpy(text + length, bytes, more);
		length += more;
	}
	text[length] = '\0';
	return (long)length;
}

bool json_number(const char *value, uint64_t *number)
{
	const char *end;

	if (!value || *value < '0' || *value > '9')
		return false;
	uint64_t whole = text_number(value, &end, 10);
	if (whole > INT64_MAX || *end == '.' || *end == 'e' || *end == 'E')
		return false;
	*number = whole;
	return true;
}
