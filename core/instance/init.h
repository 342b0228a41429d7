/* SPDX-License-Identifier: ISC */
#ifndef CORE_INIT_H
#define CORE_INIT_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/instance/supervise.h"

/* What an init and the monitor know of each other. */
struct init {
	int binary;	/* this one, on a mount of its own; the inner side's */
	int reports[2]; /* pipe: what became of the program, as waitpid has it */
	int ready;	/* eventfd, of two: by the monitor, and by the init */
};

/* Outer side, before there is another process. Dies. */
void init_prepare(struct init *init);

/*
 * Inner side, before the view is changed: a clone of the mount that this binary is on,
 * read-only, nosuid and nodev, to execute the init from. Needs CAP_SYS_ADMIN over the
 * mount namespace, and a path that leads to the binary; PROC is a descriptor of /proc, and PATH
 * a buffer. Dies.
 */
void init_clone(struct init *init, int proc, char path[PATH_MAX]);

/*
 * Inner side, KEEP being all capabilities there are. Forks: returns in the child, which
 * becomes the program, once the monitor holds it and pid 1 is an init. That leaves the
 * caller's session and what KEEP is, and executes this binary anew: no environment, one
 * word, and the descriptors that init_run needs. SUPERVISED is in memory shared with the
 * outer side, in which the program's name in /proc is left for init_adopt. Dies.
 */
void init_fork(const struct init *init, uint64_t keep, struct supervised *supervised);

/* Whether this is the command line of an init. */
bool init_is_named(int count, char **words);

/*
 * The init. To be called by pid 1, with every signal blocked, and the pipe and the eventfd as
 * descriptors 0 and 1, which it believes; it says that it is ready
 * when it has proved that there is no privilege, and nobody can trace it. It reaps every
 * process that is left to it, and passes on what signals it gets. It reports stops and
 * the end of the program, and ends then. Dies.
 */
_Noreturn void init_run(void);

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
