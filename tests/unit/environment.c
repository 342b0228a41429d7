/* SPDX-License-Identifier: ISC */
/* The environment is changed as env(1) would do it.
 * With: core/cli/environment.c core/base/text.c core/base/error.c */
#include "core/cli/environment.h"

#include <assert.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/cli/options.h"

/* Instead of the command line's: the names that are kept. */
static char *kept[8];

void options_visit(void (*visit)(const struct option_spec *spec, char **value))
{
	const struct option_spec keep = { .name = "keep-env", .take = environment_keep };

	for (char **name = kept; *name; name++)
		visit(&keep, name);
}

static void set(char *name, char *value)
{
	environment_set((char *[]){ name, value });
}

static void unset(char *name)
{
	environment_unset((char *[]){ name });
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
	is("A=one,AB=2,B=,B=again,");
	set("C", "");
	is("A=one,AB=2,B=,B=again,C=,");
	set("D", "=");
	unset("B");
	is("A=one,AB=2,C=,D==,");
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
	kept[0] = "B", kept[1] = "X", kept[2] = "AB";
	environment_clear(NULL);
	is("B=3,AB=2,");
	kept[0] = NULL;
	environment_clear(NULL);
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
