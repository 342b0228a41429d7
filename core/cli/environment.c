/* SPDX-License-Identifier: ISC */
/*
 * The environment: what the options of run, build and enter do to it. setenv(3) is not used: the C
 * library's allocator is more code than this file.
 */
#include "core/cli/environment.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/error.h"
#include "core/base/memory.h"
#include "core/base/text.h"

static bool has_name(const char *variable, const char *name)
{
	size_t length = strlen(name);

	return !strncmp(variable, name, length) && variable[length] == '=';
}

static void check_name(const char *name, const char *what)
{
	if (strchr(name, '='))
		die("cannot %s the environment variable '%s': a name has no '='", what, name);
}

static void check_setting(const char *name)
{
	const char *equals = strchr(name, '=');

	if (equals)
		die("cannot set the environment variable '%s': write two words: --env %.*s %s",
		    name, (int)(equals - name), name, equals[1] ? equals + 1 : "''");
}

/* The list of variables, if it was made here. */
static struct {
	char **list;
	size_t room;
} made;

/* Makes room for one variable after the first COUNT. */
static void grow(size_t count)
{
	if (environ == made.list && count + 2 <= made.room)
		return;
	made.room = 2 * count + 2;
	made.list = memory_take(made.room * sizeof *made.list);
	memcpy(made.list, environ, count * sizeof *made.list);
	environ = made.list;
}

static void unset(const char *name)
{
	char **kept = environ;

	for (char **variable = environ; *variable; variable++)
		if (!has_name(*variable, name))
			*kept++ = *variable;
	*kept = NULL;
}

/* Of a name that is there twice, some programs would use the one and some the other. */
static void set(const char *name, const char *value)
{
	size_t size = strlen(name) + strlen(value) + 2, at = 0;

	unset(name);
	while (environ[at])
		at++;
	grow(at);
	environ[at] = memory_take(size);
	text_format(environ[at], size, "%s=%s", name, value);
	environ[at + 1] = NULL;
}

/* Moves the variable NAME to the front of DROPPED. Returns the rest after it. */
static char **keep(char **dropped, const char *name)
{
	for (char **variable = dropped; *variable; variable++)
		if (has_name(*variable, name)) {
			char *kept = *variable;
			*variable = *dropped;
			*dropped++ = kept;
		}
	return dropped;
}

/* Removes all variables except those that a --keep-env anywhere on the command line names. */
static void clear(const struct options *typed)
{
	struct options options = options_begin(typed->table, typed->words);
	const struct option *option;
	char **dropped = environ;

	while ((option = options_next(&options)))
		if (option->key == ENVIRONMENT_KEEP)
			dropped = keep(dropped, options.values[0]);
	*dropped = NULL;
}

bool environment_set_default(const char *name, const char *value)
{
	if (getenv(name))
		return false;
	set(name, value);
	return true;
}

void environment_check(const struct options *options)
{
	const char *name = options->values[0];

	switch (options->option->key) {
	case 'e':
		check_setting(name);
		break;
	case 'E':
		check_name(name, "unset");
		break;
	case ENVIRONMENT_KEEP:
		check_name(name, "keep");
	}
}

void environment_take(const struct options *options)
{
	environment_check(options);
	switch (options->option->key) {
	case 'e':
		set(options->values[0], options->values[1]);
		break;
	case 'E':
		unset(options->values[0]);
		break;
	case ENVIRONMENT_CLEAR:
		clear(options);
	}
}
