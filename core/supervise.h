/* SPDX-License-Identifier: ISC */
#ifndef CORE_SUPERVISE_H
#define CORE_SUPERVISE_H

#include <sys/types.h>

/* A start's one word of shared memory that outlives it, see supervise. */
struct supervised {
	pid_t pid; /* of the program, in this pid namespace */
	int pidfd;
	int proc; /* /proc, and the program's name in it */
	const char *name;
	volatile int started; /* the inner process has its signals back */
};

/*
 * The monitor: passes signals on, waits for the program, and ends as it ended:
 * with its exit status, or by the signal that killed it. To be called with
 * every signal blocked and every privilege gone.
 */
_Noreturn void supervise(const struct supervised *program);

#endif
