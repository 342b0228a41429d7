/* SPDX-License-Identifier: ISC */
/* Documents are accepted exactly if they are well-formed, and what is looked for is found in them.
 * With: core/base/json.c core/base/text.c */
#include "core/base/json.h"

#include <assert.h>
#include <string.h>

static const char *const good[] = {
	"0",
	"-0",
	"10",
	"-1.50e+07",
	"0E-0",
	"0.0",
	"true",
	"false",
	"null",
	"\"\"",
	"[]",
	"{}",
	" \t\r\n[ ] \n",
	"[1,[2,{}],\"\",null]",
	"{\"\":{\"a\":[]},\"a\":1,\"a\":2}",
	"{ \"a\" : [ 1 , 2 ] , \"b\" : { } }",
	"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"",
	"\"\\u0000\\u001f\\uAbCd\"",
	"\"\\ud800\\udc00\\uDBFF\\uDFFF\"",
	"\"\\ud7ff\\ue000\"",
	"\"\x7f\xc2\x80\xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbf\"",
	"\"[{]}:,\"",
};

static const char *const bad[] = {
	"",
	" ",
	"\xef\xbb\xbf{}", /* a mark of the byte order */
	"\f0",
	"0 0",
	"00",
	"01",
	"-",
	"-a",
	"+1",
	".5",
	"1.",
	"1.e1",
	"1e",
	"1e+",
	"1-",
	"0x1",
	"1a",
	"NaN",
	"Infinity",
	"True",
	"tru",
	"truee",
	"nul\xc3",
	"/**/1",
	"'a'",
	"a",
	"[",
	"]",
	"[1",
	"[1,",
	"[1,]",
	"[,1]",
	"[,]",
	"[1 2]",
	"[1}",
	"[1:2]",
	"[]]",
	"[\"a\":1]",
	"{",
	"}",
	"{]",
	"{}}",
	"{,}",
	"{1:2}",
	"{a:1}",
	"{\"a\"}",
	"{\"a\",1}",
	"{\"a\":}",
	"{\"a\":1,}",
	"{\"a\":1,,\"b\":1}",
	"{\"a\":1:2}",
	"{\"a\":1 \"b\":2}",
	"{\"a\":1",
	"{\"a\"",
	"{\"a",
	"{\"a\":[1}]",
	"\"",
	"\"a",
	"\"a\"\"",
	"\"\\\"",
	"\"\\",
	"\"\\a\"",
	"\"\\'\"",
	"\"\\x41\"",
	"\"\\U0041\"",
	"\"\\u\"",
	"\"\\u004\"",
	"\"\\u004g\"",
	"\"\\u-001\"",
	"\"\\u 041\"",
	"\"\\ud800\"",
	"\"\\ud800a\"",
	"\"\\ud800\\n\"",
	"\"\\ud800\\u0041\"",
	"\"\\ud800\\ud800\"",
	"\"\\ud800\\\"",
	"\"\\udc00\"",
	"\"\\udc00\\ud800\"",
	"\"\\udfff\\udfff\"",
	"\"\n\"",
	"\"\t\"",
	"\"\x1f\"",
	"\"\x80\"",
	"\"\xff\"",
	"\"\xc3\"",
	"\"\xc3",
	"\"\xe2\x82\"",
	"\"\xc0\xaf\"",
	"\"\xe0\x9f\xbf\"",
	"\"\xed\xa0\x80\"",
	"\"\xf4\x90\x80\x80\"",
};

static void check(void)
{
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		assert(json_check(good[i]) == good[i] + strspn(good[i], " \t\r\n"));
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert(!json_check(bad[i]));
}

/* Arrays and objects in turn, within one another. */
static void nested(size_t depth, bool valid)
{
	char text[1024], *at = text;

	for (size_t i = 0; i < depth; i++)
		at = stpcpy(at, i % 2 ? "{\"a\":" : "[");
	*at++ = '0';
	for (size_t i = depth; i-- > 0;)
		*at++ = i % 2 ? '}' : ']';
	*at = '\0';
	assert(!json_check(text) == !valid);
}

static void depth(void)
{
	nested(1, true);
	nested(JSON_DEPTH, true);
	nested(JSON_DEPTH + 1, false);
	nested(3 * JSON_DEPTH, false);
}

/* A document without one of its ends is none. */
static void cut(void)
{
	static const char whole[] =
		"{\"a\\u00e4\":[1,{\"b\":null}],\"\xc3\xa4\":\"\\ud83d\\ude00\"}";
	char text[sizeof whole];

	assert(json_check(whole));
	for (size_t i = 0; i < sizeof whole - 1; i++) {
		memcpy(text, whole, i);
		text[i] = '\0';
		assert(!json_check(text));
	}
}

/* The string is LENGTH bytes, which fit exactly. */
static void string(const char *value, const char *wanted, size_t length)
{
	char text[64];

	assert(json_check(value) == value);
	memset(text, 'x', sizeof text);
	assert(json_string(value, text, length + 1) == (long)length);
	assert(!strcmp(text, wanted) && text[length + 1] == 'x');
	assert(json_string(value, text, sizeof text) == (long)length);
	memset(text, 'x', sizeof text);
	assert(json_string(value, text, length) == -1);
	assert(text[length] == 'x');
}

static void strings(void)
{
	char text[8];

	string("\"\"", "", 0);
	string("\"abc\"", "abc", 3);
	string("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t", 8);
	string("\"\\u0001\\u007f\\u0080\\u07ff\\u0800\\uFFFF\"",
	       "\x01\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf", 12);
	string("\"\\ud800\\udc00\\udbff\\udfff\"", "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf", 8);
	string("\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\"", "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80",
	       9);
	assert(json_string("\"a\\u0000\"", text, sizeof text) == -1);
	assert(json_string("1", text, sizeof text) == -1);
	assert(json_string("[\"a\"]", text, sizeof text) == -1);
	assert(json_string(NULL, text, sizeof text) == -1);
}

static void number(const char *value, uint64_t wanted)
{
	uint64_t is = 42;

	assert(json_check(value) == value);
	assert(json_number(value, &is) && is == wanted);
}

static void numbers(void)
{
	static const char *const none[] = { "-1",
					    "-0",
					    "1.0",
					    "1e3",
					    "1E3",
					    "9223372036854775808",
					    "\"1\"",
					    "true",
					    "[1]",
					    "99999999999999999999999999",
					    "9e99999999999",
					    "18446744073709551617" };
	uint64_t is = 42;

	number("0", 0);
	number("7 ", 7);
	number("9223372036854775807", INT64_MAX);
	for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
		assert(json_check(none[i]));
		assert(!json_number(none[i], &is));
	}
	assert(!json_number(NULL, &is) && is == 42);
}

/* What begins at AT. */
static void is(const char *at, const char *wanted)
{
	assert(at && !strncmp(at, wanted, strlen(wanted)));
}

static void walks(void)
{
	const char *at = json_check(" [ 1 , \"],\\\"\" ,[[2],{}] , { \"a\" : [ ] } ]");

	at = json_first(at);
	is(at, "1 ");
	assert(!json_first(at) && !json_value(at));
	at = json_next(at);
	is(at, "\"],");
	assert(!json_first(at) && !json_value(at));
	at = json_next(at);
	is(at, "[[2]");
	is(json_first(at), "[2]");
	assert(!json_first(json_next(json_first(at))) && !json_next(json_next(json_first(at))));
	at = json_next(at);
	is(at, "{ \"a\"");
	is(json_first(at), "\"a\"");
	is(json_value(json_first(at)), "[ ]");
	assert(!json_next(json_first(at)) && !json_first(json_value(json_first(at))));
	assert(!json_next(at));
	assert(!json_first(NULL) && !json_next(NULL) && !json_value(NULL));
	assert(!json_next(json_check("1")) && !json_first(json_check(" [ ] ")));
	at = json_first(json_check("{\"a\":{\"x\":\"}\"},\"b\\\\\":2 , \"c\" :3}"));
	is(at, "\"a\"");
	at = json_next(at);
	is(at, "\"b");
	is(json_value(at), "2 ");
	at = json_next(at);
	is(at, "\"c");
	is(json_value(at), "3}");
	assert(!json_next(at));
}

static void members(void)
{
	const char *at =
		json_check("{\"a\":{\"b\":1},\"b\":[\"c\",2],\"ab\":3,\"a\":4,\"\":5,"
			   "\"\\u0064\":6,\"\\u00e4\xc3\xa4\":7,\"e\\u0000\":8,\"\\u0000\":9}");

	is(json_member(at, "a"), "{\"b\"");
	is(json_member(json_member(at, "a"), "b"), "1}");
	is(json_member(at, "b"), "[\"c\"");
	is(json_member(at, "ab"), "3,");
	is(json_member(at, ""), "5,");
	is(json_member(at, "d"), "6,");
	is(json_member(at, "\xc3\xa4\xc3\xa4"), "7,");
	assert(!json_member(at, "c") && !json_member(at, "abc") && !json_member(at, "e"));
	assert(!json_member(at, "\\u0064") && !json_member(at, "\xc3\xa4") &&
	       !json_member(at, "A"));
	assert(!json_member(json_member(at, "b"), "c")); /* an array has no members */
	assert(!json_member(json_member(at, "ab"), "a") && !json_member(NULL, "a"));
	assert(!json_member(json_check("\"a\""), "a") && !json_member(json_check("{}"), ""));
}

int main(void)
{
	check();
	depth();
	cut();
	strings();
	numbers();
	walks();
	members();
	return 0;
}
