/* SPDX-License-Identifier: ISC */
#ifndef CORE_WORDS_H
#define CORE_WORDS_H

#include <stddef.h>

#include "core/cli/options.h"

/*
 * Walks over the whole command line. Dies if an option is unknown, or an argument is missing or
 * empty. Returns OPTIONS_DONE, OPTIONS_HELP or OPTIONS_VERSION.
 */
enum options_end words_check(const struct option *table, char **words);

/* Dies: there is no applet of that name. It may have "selfdock-" in front. */
_Noreturn void words_refuse_applet(const char *typed);

/* Dies: no applet was found in this command line, which ends with NULL. */
_Noreturn void words_refuse_line(char **words);

/*
 * Returns how many letters have to be changed, removed or added in one place so that the first
 * LENGTH bytes of WORD are KNOWN. Two letters that are exchanged count as one.
 */
size_t words_gap(const char *word, size_t length, const char *known);

#endif
