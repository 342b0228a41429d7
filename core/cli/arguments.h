/* SPDX-License-Identifier: ISC */
#ifndef CORE_ARGUMENTS_H
#define CORE_ARGUMENTS_H

#include "core/cli/options.h"

/*
 * Replaces each --args option by the lines of the file that it names, drops all privilege, and
 * executes this binary with that command line. Returns if there is no such option. Dies; if a file
 * cannot be read, without privilege.
 */
void arguments_expand(const struct option *table, char **words);

#endif
