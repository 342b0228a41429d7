/* SPDX-License-Identifier: ISC */
#ifndef CORE_INIT_H
#define CORE_INIT_H

#include "core/supervise.h"

/* What an init and the monitor know of each other. */
struct init {
	int reports[2]; /* pipe: what became of the program, as waitpid has it */
	int ready;	/* eventfd, of two: by the monitor, and by the init */
};

/* Outer side, before there is another process. Dies. */
void init_prepare(struct init *init);

/*
 * Inner side. Forks: returns in the child, which becomes the program, once the
 * monitor holds it and this process is in a session of its own. That stays as pid 1,
 * reaps every process that is left to it, and passes on what signals it gets. It
 * reports stops and the end of the program, and ends then. SUPERVISED is in memory
 * shared with the outer side, in which the program's name in /proc is left for
 * init_adopt. Dies.
 */
void init_fork(const struct init *init, struct supervised *supervised);

/*
 * Outer side: from the memory shared with SHARED makes what the monitor needs, of
 * its own: a program can change what its init can, so nothing there is looked at
 * again. Signals and status are then those of the program, whatever its pid is by
 * then: /proc/PID, opened while only this code runs inside. Where hidepid hides that,
 * signals go to the init. Dies.
 */
void init_adopt(const struct init *init, const struct supervised *shared,
		struct supervised *supervised);

#endif
