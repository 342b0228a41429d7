/* SPDX-License-Identifier: ISC */
#ifndef CORE_START_H
#define CORE_START_H

#include "core/cli/plan.h"

/*
 * Starts the program in a new instance, and stays as its monitor. Does not return: ends as the
 * program ends. Without operands the program is $SHELL or /bin/sh.
 */
_Noreturn void start_run(const struct plan *plan, char **operands);

#endif
