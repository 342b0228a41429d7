/* SPDX-License-Identifier: ISC */
#ifndef CORE_SUPERVISE_H
#define CORE_SUPERVISE_H

#include <stdbool.h>
#include <sys/types.h>

/* What the monitor knows of the program. */
struct supervised {
	pid_t pid;    /* of the process to wait for, in this pid namespace */
	int pidfd;    /* of the same */
	int target;   /* of the program, for signals: that pidfd, or its /proc/PID */
	bool is_pid1; /* it is pid 1 of its pid namespace, and the program itself */
	int proc;     /* /proc, and the program in it: its pid, or "." for PROC itself */
	char process[16];
	int reports;	      /* pipe, in which an init tells of the program; or -1 */
	volatile int started; /* the program has its signals back; the inner side tells */
};

/*
 * The monitor: passes signals on, stops as the program stops, waits for its end,
 * and ends as it ended: with its exit status, or by the signal that killed it. To be
 * called with every signal blocked and every privilege gone.
 */
_Noreturn void supervise(const struct supervised *child);

#endif
