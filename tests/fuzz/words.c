/* SPDX-License-Identifier: ISC */
/* What is said about any command line is one line, and it ends with 125; a walk that is found good
 * has no unknown option and no empty argument; and how far a word is from another one is what
 * trying all places finds.
 * With: core/cli/words.c core/cli/plan.c core/cli/environment.c core/cli/applet.c
 * core/cli/options.c core/base/text.c core/base/error.c core/linux/path.c core/base/filter.c */
#include "core/cli/words.h"

#include <string.h>

#include "core/base/error.h"
#include "core/cli/applet.h"
#include "core/cli/plan.h"
#include "tests/fuzz/fuzz.h"

static const struct option few[] = {
	{ 'q', "quiet", "", "ids only" },
	{ 't', "time", "SECONDS", "seconds" },
	{ .name = "" },
};

static const struct applet run = { .name = "run",
				   .options = plan_options,
				   .privilege = PRIVILEGE_SETUP };
static const struct applet ls = { .name = "ls", .options = few };

const struct applet *const applets[] = { &ls, &run, NULL };
const char applet_names[] = "build enter ls run stop :\0";

struct line {
	char **words;
	const struct option *table;
	enum options_end end;
};

static void check(void *argument)
{
	struct line *line = argument;

	line->end = words_check(line->table, line->words);
}

static void refuse_line(void *argument)
{
	struct line *line = argument;

	line->end = words_refuse_line(line->words);
}

static void refuse_applet(void *argument)
{
	words_refuse_applet(argument);
}

static void refuse_late(void *argument)
{
	words_refuse_late(argument);
}

static void check_table(char **words, const struct option *table)
{
	struct line line = { fuzz_copy(words), table, OPTIONS_LACKING };
	int status = fuzz_status(check, &line);

	REQUIRE(status == -1 ? line.end <= OPTIONS_VERSION : status == EXIT_SELFDOCK);
	if (status != -1)
		return;
	struct options options = options_begin(table, words);
	while (options_next(&options))
		REQUIRE(!option_count(options.option) || *options.values[0]);
	REQUIRE(options.end == line.end);
}

static size_t try_places(const char *word, size_t length, const char *known)
{
	size_t left = strlen(known), least = length > left ? length : left;

	for (size_t front = 0;; front++) {
		for (size_t back = 0; front + back <= length && front + back <= left; back++) {
			if (back && word[length - back] != known[left - back])
				break;
			size_t ours = length - front - back, theirs = left - front - back;
			size_t gap = ours > theirs ? ours : theirs;
			least = gap < least ? gap : least;
		}
		if (front == length || front == left || word[front] != known[front])
			return least;
	}
}

/* Exchanged letters are one change; no other way is shorter. */
static void check_gap(const char *word, const char *known)
{
	size_t length = strlen(word), gap = words_gap(word, length, known);
	size_t places = try_places(word, length, known);

	REQUIRE(gap == places || (gap == 1 && places == 2 && length == strlen(known)));
	REQUIRE(gap == words_gap(known, strlen(known), word));
	REQUIRE(!gap == !strcmp(word, known));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_begin();
	error_set_applet("run");
	char **words = fuzz_words("selfdock", data, size);
	check_table(words, plan_options);
	check_table(words, few);
	for (size_t i = 1; words[i] && i < 8; i++) {
		REQUIRE(fuzz_status(refuse_applet, words[i]) == EXIT_SELFDOCK);
		check_gap(words[i], words[i - 1]);
		words_is_reserved(words[i]);
	}
	int status = fuzz_status(refuse_late, words);
	bool late = false;
	for (size_t i = 1; words[i]; i++)
		late = late || *words[i] == '-';
	REQUIRE(status == (late ? EXIT_SELFDOCK : -1));
	int count = 0;
	while (words[count])
		count++;
	char **moved = fuzz_copy(words);
	if (applet_of(&count, &moved))
		return 0; /* then nothing is refused */
	struct line line = { words, NULL, OPTIONS_LACKING };
	status = fuzz_status(refuse_line, &line);
	REQUIRE(status == EXIT_SELFDOCK ||
		(status == -1 && (line.end == OPTIONS_HELP || line.end == OPTIONS_VERSION)));
	return 0;
}
