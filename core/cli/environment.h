/* SPDX-License-Identifier: ISC */
#ifndef CORE_ENVIRONMENT_H
#define CORE_ENVIRONMENT_H

#include "core/cli/options.h"

/* The keys of --clearenv and --keep-env in every table that has them. */
enum { ENVIRONMENT_CLEAR = 1, ENVIRONMENT_KEEP = 2 };

/*
 * The effect of -e NAME VALUE, -E NAME, --clearenv or --keep-env NAME, if the last option of
 * the walk is one of them: they change this process's environment, which the program inherits.
 * Of variables that are kept over --clearenv it also looks for those named later. Dies.
 */
void environment_take(const struct options *options);

#endif
