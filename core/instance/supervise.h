/* SPDX-License-Identifier: ISC */
#ifndef CORE_SUPERVISE_H
#define CORE_SUPERVISE_H

#include <stdbool.h>
#include <sys/types.h>

/* What the monitor knows of the program. */
struct supervised {
	pid_t pid;    /* of the process to wait for, in this pid namespace */
	int pidfd;    /* of the process to wait for */
	int target;   /* of the program, for signals: PIDFD or its /proc/PID */
	bool is_pid1; /* the process is the program, and pid 1 of its pid namespace */
	int proc;     /* /proc; PROCESS is the program in it: a pid, or "." if PROC is /proc/PID */
	char process[16];
	int reports;	      /* pipe in which an init reports on the program, or -1 */
	volatile int started; /* set by the inner side when the program has its signals back */
};

/* To be called first, while there is a standard error: dies where a filter around refuses what the
 * monitor needs. */
void supervise_prepare(void);

/*
 * The monitor: passes signals on, stops as the program stops, waits for its end, and ends in the
 * same way, with the exit status of the program or by the signal that killed it. Call it with every
 * signal blocked and every privilege gone.
 */
_Noreturn void supervise(const struct supervised *child);

#endif
