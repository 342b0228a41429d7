/* SPDX-License-Identifier: ISC */
#ifndef CORE_ARGUMENTS_H
#define CORE_ARGUMENTS_H

#include "core/cli/options.h"

/*
 * Puts the lines of the files that --args options name in the place of those
 * options, drops all privilege, and executes this binary with the whole. Returns if
 * there is no such option. Dies; with a file that cannot be read, without privilege.
 */
void arguments_expand(const struct option *table, char **words);

#endif
