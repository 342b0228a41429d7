/* SPDX-License-Identifier: ISC */
#ifndef CORE_JOIN_H
#define CORE_JOIN_H

#include <stdbool.h>

#include "core/cli/options.h"

/* What the command line of enter asks for. */
struct join_plan {
	const char *instance;  /* a name or pid, as for instance_find */
	const char *directory; /* inside; NULL: where the program of the instance started */
	struct options typed;  /* a walk over the whole command line */
	bool fresh;	       /* without what the instance's command line changes */
	bool trace;	       /* without Landlock scopes, which forbid tracing */
};

/*
 * Runs a program in a running instance of the caller, and stays as its monitor. Does not return:
 * ends as the program ends. Without operands the program is $SHELL or /bin/sh.
 */
_Noreturn void join_run(const struct join_plan *plan, char **operands);

#endif
