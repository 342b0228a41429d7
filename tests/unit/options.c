/* SPDX-License-Identifier: ISC */
/* Options are found in a command line, with their arguments, and where they end.
 * With: core/cli/options.c core/base/text.c core/base/error.c core/base/filter.c */
#include "core/cli/options.h"

#include <assert.h>
#include <string.h>

enum { LONG = 1 };

static const struct option table[] = {
	{ 'a', "alone", "", "no argument" },
	{ 'o', "one", "DIR", "one argument" },
	{ 't', "two", "SRC DST", "two arguments" },
	{ LONG, "long", "", "no letter" },
	{ .name = "" },
};

/* The walk as text: "KEY", "KEY VALUE" or "KEY VALUE VALUE" and ";" for each option, then the end
 * and the first operand. */
static const char *walk(char **words)
{
	static char text[256];
	static const char *const ends[] = { "done",	"help",	    "version", "unknown",
					    "attached", "together", "lacking" };
	struct options options = options_begin(table, words);
	const struct option *option;

	*text = '\0';
	while ((option = options_next(&options))) {
		strncat(text, option->key > ' ' ? &option->key : "L", 1);
		for (int i = 0; i < option_count(option); i++)
			strcat(strcat(text, " "), options.values[i]);
		strcat(text, ";");
	}
	strcat(text, ends[options.end]);
	if (options.end == OPTIONS_DONE && words[options.at])
		strcat(strcat(text, " "), words[options.at]);
	return text;
}

#define IS(EXPECTED, ...) assert(!strcmp(walk((char *[]){ "run", ##__VA_ARGS__, NULL }), EXPECTED))

int main(void)
{
	IS("done");
	IS("done command", "command", "-a");
	IS("done -", "-");
	IS("done -a", "--", "-a");
	IS("help", "--help", "--unknown");
	IS("help", "-h");
	IS("a;version", "-a", "--version", "--unknown");
	IS("a;o x;done y", "-a", "-o", "x", "y");
	IS("o x;done", "-ox");
	IS("a;o x;done", "-aox");
	IS("a;a;done", "-aa");
	IS("o =x;done", "-o=x");
	IS("o x;done", "--one=x");
	IS("o ;done", "--one=");
	IS("o ;done", "-o", "");
	IS("o --help;done", "-o", "--help");
	IS("t x y;done z", "-t", "x", "y", "z");
	IS("t x --;done", "--two", "x", "--");
	IS("a;t x y;done", "-at", "x", "y");
	IS("L;done", "--long");

	IS("unknown", "-x");
	IS("a;unknown", "-ax");
	IS("unknown", "-\001"); /* the key of --long is no letter */
	IS("unknown", "--on", "x");
	IS("unknown", "--ones", "x");
	IS("unknown", "--=x");
	IS("attached", "--alone=x");
	IS("attached", "--two=x", "y");
	IS("together", "-tx", "y");
	IS("lacking", "-o");
	IS("lacking", "--two", "x");
	IS("a;lacking", "-at", "x");
	return 0;
}
