/* SPDX-License-Identifier: ISC */
#ifndef CORE_INSTANCE_H
#define CORE_INSTANCE_H

#include "core/cli/plan.h"

/*
 * Starts the program in a new instance and stays as its monitor: does not
 * return, but ends as the program ends. No operands: $SHELL, else /bin/sh.
 */
_Noreturn void start_run(const struct plan *plan, char **operands);

#endif
