/* SPDX-License-Identifier: ISC */
#ifndef CORE_JOIN_H
#define CORE_JOIN_H

#include <stdbool.h>

/* What the command line of enter asks for. */
struct join_plan {
	const char *instance;  /* a name or pid, as instance_find takes it */
	const char *directory; /* inside */
	bool trace;	       /* without Landlock scopes, which forbid to trace */
};

/*
 * Runs a program in a running instance of the caller and stays as its monitor:
 * does not return, but ends as the program ends. No operands: $SHELL, else /bin/sh.
 */
_Noreturn void join_run(const struct join_plan *plan, char **operands);

#endif
