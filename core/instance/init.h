/* SPDX-License-Identifier: ISC */
#ifndef CORE_INIT_H
#define CORE_INIT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/instance/supervise.h"

/* What an init and the monitor share. */
struct init {
	int binary;	/* from binary_clone; for the inner side */
	int reports[2]; /* pipe: what became of the program, in the form of waitpid */
	int ready;	/* eventfd: one post by the monitor, and one by the init */
};

/* Outer side, before there is another process: makes the pipe and the eventfd. Dies. */
void init_prepare(struct init *init);

/*
 * Inner side, when KEEP is all capabilities that are left. Forks. The child becomes the program: it
 * returns once the monitor holds it and pid 1 is an init. Pid 1 leaves the caller's session, gives
 * up KEEP, and executes this binary anew, with no environment, one word, and the descriptors that
 * init_run needs. SUPERVISED is in memory shared with the outer side; the program's name in /proc
 * is left in it for init_adopt. Dies.
 */
void init_fork(const struct init *init, uint64_t keep, struct supervised *supervised);

/* Whether this is the command line of an init. */
bool init_is_named(int count, char **words);

/*
 * The init. Call it in pid 1 with every signal blocked, and with the pipe and the eventfd as
 * descriptors 0 and 1, which are not checked. Says that it is ready when it has proved that it has
 * no privilege and nobody can trace it. Reaps every process that is left to it, and passes on the
 * signals that it gets. Reports the stops and the end of the program, and then ends. Dies.
 */
_Noreturn void init_run(void);

/*
 * Outer side: makes SUPERVISED, which the monitor needs, from SHARED, which is shared memory. A
 * program can change what its init can change, so the shared memory is not looked at again. Signals
 * and status then go by /proc/PID of the program, which is opened while only this code runs inside.
 * It stays that of the program, whatever has its pid later. If hidepid hides it, signals go to the
 * init. Dies.
 */
void init_adopt(const struct init *init, const struct supervised *shared,
		struct supervised *supervised);

#endif
