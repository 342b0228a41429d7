/* SPDX-License-Identifier: ISC */
/*
 * The environment: what the options of run, build and enter do to it. Not by
 * setenv(3): the allocator of the C library is more code than all of this.
 */
#include "core/cli/environment.h"

#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/cli/options.h"

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

/* From mappings that are never given back, since a program is executed soon. */
static void *allocate(size_t size)
{
	enum { LEAST = 64 * 1024 };
	static char *rest;
	static size_t left;

	size += -size % sizeof(void *);
	if (size > left) {
		left = size > LEAST ? size : LEAST;
		rest = mmap(NULL, left, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (rest == MAP_FAILED)
			die_errno("cannot change the environment");
	}
	left -= size;
	rest += size;
	return rest - size;
}

/* Makes room for one more behind the COUNT there are. */
static void grow(size_t count)
{
	static char **list;
	static size_t room;

	if (environ == list && count + 2 <= room)
		return;
	room = 2 * count + 2;
	list = allocate(room * sizeof *list);
	memcpy(list, environ, count * sizeof *list);
	environ = list;
}

void environment_set(char **value)
{
	size_t size = strlen(value[0]) + strlen(value[1]) + 2;
	size_t at = 0;

	check_name(value[0], "set");
	while (environ[at] && !has_name(environ[at], value[0]))
		at++;
	if (!environ[at]) {
		grow(at);
		environ[at + 1] = NULL;
	}
	char *variable = allocate(size);
	text_format(variable, size, "%s=%s", value[0], value[1]);
	environ[at] = variable;
}

void environment_unset(char **value)
{
	char **kept = environ;

	check_name(value[0], "unset");
	for (char **entry = environ; *entry; entry++)
		if (!has_name(*entry, value[0]))
			*kept++ = *entry;
	*kept = NULL;
}

/* Behind the variables that are kept. */
static char **dropped;

static void keep_named(const struct option_spec *spec, char **value)
{
	for (char **entry = dropped; spec->take == environment_keep && *entry; entry++)
		if (has_name(*entry, value[0])) {
			char *variable = *entry;
			*entry = *dropped;
			*dropped++ = variable;
		}
}

void environment_clear(char **value)
{
	(void)value;
	dropped = environ;
	options_visit(keep_named);
	*dropped = NULL;
}

/* It acts in environment_clear, wherever that stands. */
void environment_keep(char **value)
{
	check_name(value[0], "keep");
}
