/* SPDX-License-Identifier: ISC */
/* The name of an instance is refused unless it needs no quoting and is no number; a host name if it
 * is longer than the kernel's; a destination if it is not below the root, or below /proc.
 * With: core/cli/plan.c core/cli/environment.c core/cli/options.c core/base/text.c
 * core/base/error.c core/linux/path.c core/base/filter.c */
#include <ctype.h>
#include <limits.h>
#include <string.h>

#include "core/base/error.h"
#include "core/cli/plan.h"
#include "tests/fuzz/fuzz.h"

static bool is_name(const char *text)
{
	bool number = true;

	if (strlen(text) > 64 || !*text || *text == '-' || *text == '.')
		return false;
	for (; *text; text++) {
		number = number && isdigit((unsigned char)*text);
		if (!isalnum((unsigned char)*text) && *text != '_' && *text != '.' && *text != '-')
			return false;
	}
	return !number;
}

static bool is_destination(const char *text)
{
	bool root = true;

	for (const char *at = text; *at; at++)
		root = root && *at == '/';
	return *text == '/' && !root && strlen(text) < PATH_MAX && strcmp(text, "/proc") &&
	       strncmp(text, "/proc/", 6);
}

static struct plan *plan;

static void read_plan(void *argument)
{
	struct options options = options_begin(plan_options, argument);

	plan = plan_read(&options);
}

/* The only plan. As a new process has it, it is empty. */
static void forget(void)
{
	char *words[] = { "run", NULL };

	if (!plan)
		read_plan(words);
	plan->bind_count = 0;
}

static void check(char *option, char *text, char *more, bool valid)
{
	char *words[] = { "run", option, text, more, NULL };

	forget();
	REQUIRE(fuzz_status(read_plan, words) == (valid ? -1 : EXIT_SELFDOCK));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t length;

	fuzz_begin();
	uint8_t *more = (uint8_t *)fuzz_expand(data, size, PATH_MAX + 100, &length);
	char *text = fuzz_text((char *)more, (char *)more + length);
	check("--name", text, NULL, is_name(text));
	check("--hostname", text, NULL, strlen(text) <= 64);
	check("--mask", text, NULL, is_destination(text));
	check("--map", "/etc", text, is_destination(text));
	check("--net", text, NULL, !strcmp(text, "host") || !strcmp(text, "none"));
	return 0;
}
