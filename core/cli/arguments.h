/* SPDX-License-Identifier: ISC */
#ifndef CORE_ARGUMENTS_H
#define CORE_ARGUMENTS_H

#include "core/cli/options.h"

/* What marks an option in its table as one whose argument is a file of arguments. */
void arguments_take(char **value);

/*
 * Puts the lines of the files that a command line names in the place of those
 * options, drops all privilege, and executes this binary with the whole. Returns if
 * there is no such option. Dies; with a file that cannot be read, without privilege.
 */
void arguments_expand(const struct option_spec *table, int argc, char **argv);

#endif
