/* SPDX-License-Identifier: ISC */
#ifndef CORE_SUPERVISE_H
#define CORE_SUPERVISE_H

#include <stdbool.h>
#include <sys/types.h>

/* What the monitor knows of the program; the inner side tells part of it. */
struct supervised {
	pid_t pid;  /* of the process to wait for, in this pid namespace */
	int pidfd;  /* of the same, which also gets the signals */
	bool first; /* it is pid 1 of its pid namespace, and the program itself */
	int proc;   /* /proc, and the program's name in it */
	const char *name;
	int stopped;		 /* eventfd: the program below an init has stopped; or -1 */
	volatile int started;	 /* the program has its signals back */
	volatile int status;	 /* below an init: as waitpid has it, once ended */
	volatile bool has_ended; /* there is one */
};

/*
 * The monitor: passes signals on, stops as the program stops, waits for its end,
 * and ends as it ended: with its exit status, or by the signal that killed it. To be
 * called with every signal blocked and every privilege gone.
 */
_Noreturn void supervise(const struct supervised *program);

#endif
