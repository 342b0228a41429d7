/* SPDX-License-Identifier: ISC */
/* A command line is refused with one line and 125, or becomes a plan whose parts are as the manual
 * says. Printed, that plan is for a terminal; read again, it is the same plan. A refused command
 * line leaves no option of its own in the next plan.
 * With: core/cli/plan.c core/cli/environment.c core/cli/options.c core/cli/words.c
 * core/cli/applet.c core/base/text.c core/base/error.c core/linux/path.c core/base/filter.c */
#include "core/cli/plan.h"

#include <limits.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "core/base/error.h"
#include "core/cli/applet.h"
#include "core/cli/words.h"
#include "tests/fuzz/fuzz.h"

static const struct applet run = { .name = "run", .options = plan_options };

const struct applet *const applets[] = { &run, NULL };
const char applet_names[] = "run :\0";

/* The only plan. As a new process has it: all zeros, but for what was in use. */
static struct plan *plan;

static void forget(void)
{
	static const struct plan_bind none;
	char *words[] = { "run", NULL };

	if (!plan) {
		struct options options = options_begin(plan_options, words);
		plan = plan_read(&options);
	}
	for (size_t i = 0; i < plan->bind_count; i++)
		plan->binds[i] = none;
	memset(plan, 0, offsetof(struct plan, binds));
}

struct line {
	char **words;
	struct options options;
	bool whole; /* the walk went to its end, and no help was asked for */
};

static void read_line(void *argument)
{
	struct line *line = argument;

	if (words_check(plan_options, line->words) != OPTIONS_DONE)
		return;
	line->options = options_begin(plan_options, line->words);
	plan = plan_read(&line->options);
	line->whole = true;
}

static int read_words(struct line *line)
{
	static char *variables[] = { "HOME=/home/user", "PATH=/bin", NULL };
	static char *list[8];

	memcpy(list, variables, sizeof variables);
	environ = list;
	forget();
	return fuzz_status(read_line, line);
}

static void check_bind(const struct plan_bind *bind)
{
	const char *target = bind->target;

	REQUIRE(bind->size <= INT64_MAX && bind->inodes <= INT64_MAX && bind->mode <= 01777);
	REQUIRE(bind->source || bind->kind == PLAN_MASK);
	REQUIRE(bind->kind == PLAN_TMPFS || (!bind->size && !bind->inodes && !bind->mode));
	if (!target) {
		REQUIRE(bind->kind == PLAN_VOL && !strcmp(bind->source, "."));
		return;
	}
	REQUIRE(*target == '/' && strlen(target) < PATH_MAX && target[strspn(target, "/")]);
	REQUIRE(strcmp(target, "/proc") && strncmp(target, "/proc/", 6));
}

static void check_plan(const struct line *line)
{
	REQUIRE(plan->bind_count <= PLAN_BINDS_MAX && plan->rootfs);
	for (size_t i = 0; i < plan->bind_count; i++)
		check_bind(&plan->binds[i]);
	REQUIRE(!plan->detach || !plan->die_with_parent);
	REQUIRE(!plan->log || plan->detach);
	REQUIRE(!plan->name || strlen(plan->name) <= 64);
	REQUIRE(!plan->hostname || strlen(plan->hostname) <= 64);
	REQUIRE(line->options.end == OPTIONS_DONE);
	for (size_t i = 0; environ[i]; i++)
		REQUIRE(strchr(environ[i], '='));
}

/* The plan as text, but for the /tmp that every instance has. */
static char *print(const struct line *line)
{
	static const char tmp[] = "--tmpfs mode=1777,exec /tmp\n";
	size_t length;

	plan_print(plan, NULL, 0, plan->directory ? plan->directory : "/",
		   line->words + line->options.at);
	char *text = fuzz_output(&length), *start = strstr(text, tmp);
	REQUIRE(fuzz_is_clean(text, length) && strlen(text) == length && start);
	memmove(start, start + sizeof tmp - 1, strlen(start + sizeof tmp - 1) + 1);
	return text;
}

/* Reads a word as a shell does, and moves *TEXT behind it. */
static char *read_shell_word(char **text)
{
	char *word = fuzz_take(strlen(*text) + 1), *to = word, *from = *text;
	bool quoted = false;

	for (; *from && (quoted || (*from != ' ' && *from != '\n')); from++) {
		if (*from == '\'')
			quoted = !quoted;
		else if (*from == '\\' && !quoted)
			*to++ = *++from;
		else
			*to++ = *from;
	}
	REQUIRE(!quoted && *from);
	*text = from + strspn(from, " \n");
	return word;
}

static char **read_shell(char *text)
{
	char **words = fuzz_take((strlen(text) + 2) * sizeof *words);
	size_t count = 0;

	words[count++] = "selfdock-run";
	while (*text)
		words[count++] = read_shell_word(&text);
	return words;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct line line = { .whole = false };

	fuzz_begin();
	error_set_applet("run");
	line.words = fuzz_words("selfdock-run", data, size);
	int status = read_words(&line);
	REQUIRE(status == -1 || status == EXIT_SELFDOCK);
	if (status == -1 && line.whole) {
		check_plan(&line);
		char *text = print(&line);
		fuzz_forget_output();
		struct line again = { .words = read_shell(text) };
		REQUIRE(read_words(&again) == -1 && again.whole);
		check_plan(&again);
		REQUIRE(!strcmp(print(&again), text));
	}
	struct line empty = { .words = fuzz_words("selfdock-run", NULL, 0) };
	REQUIRE(read_words(&empty) == -1 && empty.whole);
	REQUIRE(!plan->bind_count && !plan->directory && !plan->name && !plan->detach);
	return 0;
}
