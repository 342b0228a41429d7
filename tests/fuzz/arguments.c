/* SPDX-License-Identifier: ISC */
/* The lines of a file take the place of the option that names it, as another reader finds them; and
 * words that are written as lines come out as they were.
 * With: core/cli/arguments.c core/cli/options.c core/base/text.c core/base/error.c
 * core/base/filter.c core/linux/path.c core/linux/privilege.c core/linux/process.c */
#include "core/cli/arguments.h"

#include <string.h>

#include "core/base/error.h"
#include "tests/fuzz/fuzz.h"

static const struct option table[] = {
	{ 'a', "alone", "", "no argument" },
	{ 't', "two", "SRC DST", "two arguments" },
	{ 'f', "args", "FILE", "lines" },
	{ .name = "" },
};

static void expand(void *argument)
{
	arguments_expand(table, argument);
}

/* The words that the file stands for. */
static char **read_lines(const char *text, size_t length)
{
	char **words = fuzz_take((length + 2) * sizeof *words);
	const char *end = text + length;
	size_t count = 0;

	while (text < end) {
		const char *line = memchr(text, '\n', (size_t)(end - text));
		line = line ? line : end;
		bool literal = text < line && *text == '\\';
		/* Here a word follows, so no default command is taken. */
		if (line - text == 17 && !memcmp(text, "--default-command", 17))
			break;
		if (literal || (text < line && *text != '#'))
			words[count++] = fuzz_text(text + literal, line);
		text = line + 1;
	}
	return words;
}

static void require_same(char **words, char **wanted)
{
	for (; *wanted; words++, wanted++)
		REQUIRE(*words && !strcmp(*words, *wanted));
	REQUIRE(!*words);
}

/* "-a -f file end" is "-a", the lines, and "end", unless a line names a file again. */
static void compare(const char *text, size_t length, size_t most)
{
	char *typed[] = { "selfdock", "-a", "-ffile", "end", NULL };
	char **lines = read_lines(text, length);
	struct options options;
	size_t count = 0;

	fuzz_write("file", text, length, most);
	int status = fuzz_status(expand, typed);
	if (memchr(text, '\0', length)) {
		REQUIRE(status == EXIT_SELFDOCK && !fuzz_executed());
		return;
	}
	while (lines[count])
		count++;
	char **wanted = fuzz_take((count + 4) * sizeof *wanted);
	wanted[0] = error_name();
	wanted[1] = "-a";
	memcpy(wanted + 2, lines, count * sizeof *wanted);
	wanted[count + 2] = "end";
	options = options_begin(table, wanted);
	while (options_next(&options))
		if (options.option->key == 'f') {
			REQUIRE(status >= EXIT_SELFDOCK);
			return;
		}
	REQUIRE(fuzz_executed());
	require_same(fuzz_executed(), wanted);
}

/* Writes the words of the input as lines, each of them literally. */
static void come_back(const uint8_t *data, size_t size, size_t most)
{
	char **words = fuzz_words("--", data, size), **written = fuzz_copy(words);
	char *text = fuzz_take(3 * size + 8), *to = text;
	char *typed[] = { "selfdock", "--args", "file", NULL };

	for (char **word = written; *word; word++) {
		for (char *letter = *word; *letter; letter++)
			*letter = *letter == '\n' ? ' ' : *letter;
		*to++ = '\\';
		memcpy(to, *word, strlen(*word));
		to += strlen(*word);
		*to++ = '\n';
	}
	fuzz_write("file", text, (size_t)(to - text), most);
	fuzz_status(expand, typed);
	REQUIRE(fuzz_executed());
	require_same(fuzz_executed() + 1, written);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t length;

	if (!size)
		return 0;
	fuzz_begin();
	char *text = fuzz_expand(data + 1, size - 1, 140000, &length);
	compare(text, length, data[0]);
	fuzz_begin();
	come_back(data + 1, size - 1, data[0]);
	return 0;
}
