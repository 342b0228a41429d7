/* SPDX-License-Identifier: ISC */
/* The environment becomes what a list of variables becomes under the same changes, and a command
 * line that is refused has a name with "=".
 * With: core/cli/environment.c core/cli/options.c core/base/text.c core/base/error.c
 * core/base/filter.c */
#include "core/cli/environment.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/error.h"
#include "tests/fuzz/fuzz.h"

enum { VARIABLES = 4096 };

static const struct option table[] = {
	{ 'e', "env", "NAME VALUE", "" },
	{ 'E', "unset", "NAME", "" },
	{ ENVIRONMENT_CLEAR, "clearenv", "", "" },
	{ ENVIRONMENT_KEEP, "keep-env", "NAME", "" },
	{ .name = "" },
};

static char *const first[] = { "A=1", "B=", "AB=x=y", "NONE", "C=3", "=D", NULL };

/* The other list. */
static char *list[VARIABLES];
static size_t count;

/* A name with "=" is refused, but only at its turn: a --clearenv before it keeps what it names. */
static bool is_called(const char *variable, const char *name)
{
	size_t length = strlen(name);

	return strlen(variable) > length && variable[length] == '=' &&
	       !memcmp(variable, name, length);
}

static void remove_called(const char *name)
{
	size_t left = 0;

	for (size_t i = 0; i < count; i++)
		if (!is_called(list[i], name))
			list[left++] = list[i];
	count = left;
}

static void set(const char *name, const char *value)
{
	char *variable = fuzz_take(strlen(name) + strlen(value) + 2);

	remove_called(name);
	strcpy(variable, name);
	strcat(variable, "=");
	strcat(variable, value);
	REQUIRE(count < VARIABLES);
	list[count++] = variable;
}

static bool is_kept(struct options options, const char *variable)
{
	while (options_next(&options))
		if (options.option->key == ENVIRONMENT_KEEP &&
		    is_called(variable, options.values[0]))
			return true;
	return false;
}

static void clear(char **words)
{
	size_t left = 0;

	for (size_t i = 0; i < count; i++)
		if (is_kept(options_begin(table, words), list[i]))
			list[left++] = list[i];
	count = left;
}

/* Returns false if the option is to be refused. */
static bool take_other(const struct options *options, char **words)
{
	char key = options->option->key, *name = options->values[0];

	if (key != ENVIRONMENT_CLEAR && strchr(name, '='))
		return false;
	if (key == 'e')
		set(name, options->values[1]);
	if (key == 'E')
		remove_called(name);
	if (key == ENVIRONMENT_CLEAR)
		clear(words);
	return true;
}

static void take(void *argument)
{
	environment_take(argument);
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void require_same(void)
{
	size_t ours = 0;

	while (environ[ours])
		ours++;
	REQUIRE(ours == count);
	char **sorted = fuzz_take((count + 1) * sizeof *sorted);
	memcpy(sorted, environ, count * sizeof *sorted);
	qsort(sorted, count, sizeof *sorted, compare);
	qsort(list, count, sizeof *list, compare);
	for (size_t i = 0; i < count; i++)
		REQUIRE(!strcmp(sorted[i], list[i]));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *variables[sizeof first / sizeof *first];

	fuzz_begin();
	memcpy(variables, first, sizeof first);
	memcpy(list, first, sizeof first);
	count = sizeof first / sizeof *first - 1;
	environ = variables;
	char **words = fuzz_words("selfdock", data, size);
	struct options options = options_begin(table, words);
	while (count < VARIABLES - 1 && options_next(&options)) {
		if (options.option->key != ENVIRONMENT_CLEAR && !*options.values[0])
			break; /* core/cli/words.c refuses that first */
		bool taken = fuzz_status(take, &options) == -1;
		REQUIRE(take_other(&options, words) == taken);
		if (!taken)
			break;
		require_same();
	}
	environ = (char **)first;
	return 0;
}
