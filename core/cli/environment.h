/* SPDX-License-Identifier: ISC */
#ifndef CORE_ENVIRONMENT_H
#define CORE_ENVIRONMENT_H

#include <stdbool.h>

#include "core/cli/options.h"

/* The keys of --clearenv and --keep-env in every option table that has them. */
enum { ENVIRONMENT_CLEAR = 1, ENVIRONMENT_KEEP = 2 };

/* Dies if the last option of the walk is one of these and makes no sense. */
void environment_check(const struct options *options);

/*
 * Does what -e NAME VALUE, -E NAME, --clearenv or --keep-env NAME asks for, if it is the last
 * option of the walk. Changes this process's environment, which the program inherits. For
 * --clearenv also looks at each --keep-env that comes later. Dies.
 */
void environment_take(const struct options *options);

/* Sets the variable NAME to VALUE unless it is set. Returns whether it did. Dies. */
bool environment_set_default(const char *name, const char *value);

#endif
