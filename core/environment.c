/* SPDX-License-Identifier: ISC */
/*
 * The environment: what the options of run, build and enter do to it.
 */
#include "core/environment.h"

#include <stdlib.h>
#include <string.h>

#include "core/error.h"

void environment_set(char **value)
{
	if (strchr(value[0], '=') || setenv(value[0], value[1], 1))
		die("cannot set the environment variable '%s'", value[0]);
}

void environment_unset(char **value)
{
	if (strchr(value[0], '=') || unsetenv(value[0]))
		die("cannot unset the environment variable '%s'", value[0]);
}

void environment_clear(char **value)
{
	(void)value;
	if (clearenv())
		die("cannot clear the environment");
}
