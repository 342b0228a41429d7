/* SPDX-License-Identifier: ISC */
#ifndef CORE_WORDS_H
#define CORE_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "core/cli/options.h"

/*
 * Walks over the whole command line. Dies if an option is unknown, or an argument is missing or
 * empty. Returns OPTIONS_DONE, OPTIONS_HELP or OPTIONS_VERSION.
 */
enum options_end words_check(const struct option *table, char **words);

/* Dies if one of the operands, which end with NULL, begins with "-" and is not the first. */
void words_refuse_late(char **operands);

/* Dies: there is no applet of that name. It may have "selfdock-" in front. */
_Noreturn void words_refuse_applet(const char *typed);

/* Whether CALLED, the last component of argv[0], stands for something that this binary does not do:
 * an applet that was left out, or the init of an instance, which is not a command. */
bool words_is_reserved(const char *called);

/* Dies: no applet was found in this command line, which ends with NULL. Returns OPTIONS_HELP or
 * OPTIONS_VERSION if it asks for that. */
enum options_end words_refuse_line(char **words);

/*
 * Returns how many letters have to be changed, removed or added in one place so that the first
 * LENGTH bytes of WORD are KNOWN. Two letters that are exchanged count as one.
 */
size_t words_gap(const char *word, size_t length, const char *known);

#endif
