/* SPDX-License-Identifier: ISC */
/* A document of JSON is accepted exactly if another reader accepts it, and a walk through it comes
 * to the same values in the same order, each of which means the same.
 * With: core/base/json.c core/base/text.c core/base/error.c core/base/filter.c */
#include "core/base/json.h"

#include <errno.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"

enum { MOST = 4096 };

/* What the other reader found: where values and names begin, in their order. */
static const char *starts[MOST];
static size_t count, visited;

/* What is at the begin of a string. Returns what follows it, or NULL. */
static const char *read_unit(const char *at, unsigned *unit)
{
	char digits[5] = "";

	if (strlen(at) < 6 || memcmp(at, "\\u", 2))
		return NULL;
	memcpy(digits, at + 2, 4);
	*unit = (unsigned)strtoul(digits, NULL, 16);
	return strspn(digits, "0123456789abcdefABCDEF") == 4 ? at + 6 : NULL;
}

static const char *read_escaped(const char *at, unsigned *code)
{
	static const char plain[] = "\"\"\\\\//b\bf\fn\nr\rt\t";
	unsigned low;

	for (const char *pair = plain; *pair; pair += 2) {
		*code = (unsigned char)pair[1];
		if (at[1] == *pair)
			return at + 2;
	}
	at = read_unit(at, code);
	if (!at || *code < 0xd800 || *code > 0xdfff)
		return at;
	at = read_unit(at, &low);
	if (!at || *code > 0xdbff || low < 0xdc00 || low > 0xdfff)
		return NULL;
	*code = (*code - 0xd800) * 0x400 + (low - 0xdc00) + 0x10000;
	return at;
}

/* Reads a string from its quote on. Its characters are in CODES then, and behind them UINT32_MAX.
 */
static const char *read_string(const char *at, uint32_t codes[MOST])
{
	for (at++; at && *at != '"'; codes++) {
		unsigned code = 0;
		size_t length = fuzz_character(at, strlen(at), &code);
		if (!length || code < ' ')
			return NULL;
		at = *at == '\\' ? read_escaped(at, &code) : at + length;
		*codes = code;
	}
	*codes = UINT32_MAX;
	return at ? at + 1 : NULL;
}

static const char *read_word(const char *at)
{
	static regex_t word;
	static bool made;
	regmatch_t found;

	if (!made)
		REQUIRE(!regcomp(&word,
				 "^(-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][-+]?[0-9]+)?"
				 "|true|false|null)",
				 REG_EXTENDED));
	made = true;
	return regexec(&word, at, 1, &found, 0) ? NULL : at + found.rm_eo;
}

/* What may come next. */
enum state { VALUE, VALUE_OR_END, NAME, NAME_OR_END, COLON, AFTER };

/* Reads a token that begins a value, or is a name. */
static const char *read_begin(const char *at, enum state *state)
{
	static uint32_t codes[MOST];
	bool name = *state == NAME || *state == NAME_OR_END;

	if (*state > NAME_OR_END || (name && *at != '"'))
		return NULL;
	starts[count++] = at;
	*state = name ? COLON : AFTER;
	if (*at == '"')
		return read_string(at, codes);
	if (*at != '[' && *at != '{')
		return read_word(at);
	*state = *at == '[' ? VALUE_OR_END : NAME_OR_END;
	return at + 1;
}

static bool read_document(const char *at)
{
	char open[MOST];
	size_t depth = 0;
	enum state state = VALUE;

	count = 0;
	while (at) {
		at += strspn(at, " \t\r\n");
		char last = depth ? open[depth - 1] : '\0';
		switch (*at) {
		case '\0':
			return state == AFTER && !depth;
		case ']':
		case '}':
			if (last != (*at == ']' ? '[' : '{') ||
			    (state != AFTER && state != (*at == ']' ? VALUE_OR_END : NAME_OR_END)))
				return false;
			depth--;
			state = AFTER;
			at++;
			break;
		case ',':
			if (state != AFTER || !depth)
				return false;
			state = last == '[' ? VALUE : NAME;
			at++;
			break;
		case ':':
			if (state != COLON)
				return false;
			state = VALUE;
			at++;
			break;
		default:
			if (strchr("[{", *at))
				open[depth++] = *at;
			if (depth > JSON_DEPTH)
				return false;
			at = read_begin(at, &state);
		}
	}
	return false;
}

/* A string fits exactly, and is what the other reader finds. */
static void compare_string(const char *value)
{
	static uint32_t codes[MOST];
	static char text[MOST];
	size_t size = 0, length = 0;

	if (*value != '"') {
		REQUIRE(json_string(value, text, sizeof text) == -1);
		return;
	}
	REQUIRE(read_string(value, codes));
	for (; codes[length] != UINT32_MAX; length++) {
		if (!codes[length]) {
			REQUIRE(json_string(value, text, sizeof text) == -1);
			return;
		}
		size += 1U + (codes[length] > 0x7f) + (codes[length] > 0x7ff) +
			(codes[length] > 0xffff);
	}
	REQUIRE(json_string(value, fuzz_take(size), size) == -1);
	char *exact = fuzz_take(size + 1);
	REQUIRE(json_string(value, exact, size + 1) == (long)size && strlen(exact) == size);
	for (size_t i = 0; i < length; i++) {
		unsigned code = 0;
		exact += fuzz_character(exact, strlen(exact), &code);
		REQUIRE(code == codes[i]);
	}
	REQUIRE(!*exact);
}

static void compare_number(const char *value)
{
	uint64_t number = 42, wanted = 42;
	size_t length = strspn(value, "0123456789");
	bool whole = length && !strchr(".eE", value[length] ? value[length] : ' ');

	errno = 0;
	if (whole)
		wanted = strtoull(value, NULL, 10);
	whole = whole && !errno && wanted <= INT64_MAX;
	REQUIRE(json_number(value, &number) == whole);
	REQUIRE(number == (whole ? wanted : 42));
}

/* The first member that has the same name as MEMBER is found by it. */
static void look_up(const char *object, const char *member)
{
	static char name[MOST], other[MOST];
	const char *first = json_first(object);

	if (json_string(member, name, sizeof name) < 0)
		return;
	while (json_string(first, other, sizeof other) < 0 || strcmp(name, other)) {
		first = json_next(first);
		REQUIRE(first);
	}
	REQUIRE(json_member(object, name) == json_value(first));
}

static void visit(const char *value)
{
	REQUIRE(visited < count && value == starts[visited]);
	visited++;
	compare_string(value);
	compare_number(value);
}

static void walk(const char *value)
{
	visit(value);
	for (const char *at = json_first(value); at; at = json_next(at)) {
		if (*value == '{') {
			visit(at);
			look_up(value, at);
			walk(json_value(at));
		} else {
			REQUIRE(*value == '[' && !json_value(at) && !json_member(value, ""));
			walk(at);
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t length;

	fuzz_begin();
	char *all = fuzz_expand(data, size, MOST - 1, &length);
	char *text = fuzz_text(all, all + length);
	const char *value = json_check(text);
	REQUIRE(read_document(text) == !!value);
	if (!value)
		return 0;
	visited = 0;
	walk(value);
	REQUIRE(visited == count && !json_next(value));
	return 0;
}
