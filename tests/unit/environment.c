/* SPDX-License-Identifier: ISC */
/* The environment is changed as env(1) would do it.
 * With: core/cli/environment.c core/cli/options.c core/base/memory.c core/base/text.c
 * core/base/error.c core/base/filter.c */
#include "core/cli/environment.h"

#include <assert.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/cli/options.h"

static const struct option table[] = {
	{ 'e', "env", "NAME VALUE", "" },
	{ 'E', "unset", "NAME", "" },
	{ ENVIRONMENT_CLEAR, "clearenv", "", "" },
	{ ENVIRONMENT_KEEP, "keep-env", "NAME", "" },
	{ .name = "" },
};

/* Does what these words of a command line say. */
static void take(char **words)
{
	struct options options = options_begin(table, words);

	while (options_next(&options))
		environment_take(&options);
}

static void set(char *name, char *value)
{
	take((char *[]){ "run", "-e", name, value, NULL });
}

static void unset(char *name)
{
	take((char *[]){ "run", "-E", name, NULL });
}

static void begin(char **variables)
{
	environ = variables;
}

/* All of it, in its order, as one string. */
static void is(const char *wanted)
{
	char text[256] = "";

	for (char **variable = environ; *variable; variable++)
		strcat(strcat(text, *variable), ",");
	assert(!strcmp(text, wanted));
}

static void changes(void)
{
	begin((char *[]){ "A=1", "AB=2", "B=", "B=again", NULL });
	set("A", "one");
	is("AB=2,B=,B=again,A=one,");
	set("C", "");
	is("AB=2,B=,B=again,A=one,C=,");
	set("D", "=");
	unset("B");
	is("AB=2,A=one,C=,D==,");
	begin((char *[]){ "B=1", "A=1", "B=2", NULL }); /* no program finds another one */
	set("B", "3");
	is("A=1,B=3,");
	begin((char *[]){ "A=one", "AB=2", "C=", "D==", NULL });
	unset("X");
	unset("A");
	is("AB=2,C=,D==,");
	set("A", "back");
	set("E", "1"); /* where what was unset has left something behind the end */
	is("AB=2,C=,D==,A=back,E=1,");
}

static void emptied(void)
{
	begin((char *[]){ "A=1", "AB=2", "B=3", "C=4", NULL });
	/* Also what is named after --clearenv. */
	take((char *[]){ "run", "--keep-env", "B", "--keep-env", "X", "--clearenv", "--keep-env",
			 "AB", NULL });
	is("B=3,AB=2,");
	take((char *[]){ "run", "--clearenv", NULL });
	is("");
	set("A", "1");
	is("A=1,");
}

static void many(void)
{
	char name[16];

	begin((char *[]){ NULL });
	for (int i = 0; i < 5000; i++) {
		snprintf(name, sizeof name, "V%d", i);
		set(name, "value");
	}
	size_t count = 0;
	for (char **variable = environ; *variable; variable++) {
		snprintf(name, sizeof name, "V%zu=value", count++);
		assert(!strcmp(*variable, name));
	}
	assert(count == 5000);
}

int main(void)
{
	changes();
	emptied();
	many();
	return 0;
}
