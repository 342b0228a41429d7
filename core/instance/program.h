/* SPDX-License-Identifier: ISC */
#ifndef CORE_PROGRAM_H
#define CORE_PROGRAM_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/instance/init.h"
#include "core/instance/supervise.h"
#include "core/linux/landlock.h"
#include "core/linux/mountinfo.h"

/* What is executed in an instance, and what it may keep. */
struct program {
	char **words;
	char *shell[2];	  /* the words if the command line has none */
	uint64_t outside; /* the mount that it is on outside, or 0 if it is not there */
	const struct mountinfo *mounts; /* which tells where that mount is, or NULL */
	uint64_t keep;			/* capabilities, as 1 << number */
	unsigned levels; /* of confinement: one for each instance around the program */
	uint64_t scopes; /* LANDLOCK_* */
	bool fakeroot;	 /* what only root can do seems to succeed */
	int binary;	 /* from binary_clone, to be executed with no environment; 0: a file is */
	const struct init *init; /* the init below this program, or NULL */
	struct supervised *supervised;
};

/* Sets the words of a program: the operands or, if there are none, $SHELL if that is an absolute
 * path, else /bin/sh. */
void program_choose(struct program *program, char **operands);

/* Does what program_execute does about a shell that cannot be executed in ROOTFS, as far as it can
 * be told before a start. */
void program_foresee(struct program *program, const char *rootfs);

/* Looks for the program outside, for the message if it is not found inside. With SAME_SYSTEM the
 * directories of PATH that an instance shows anyway are left out. */
void program_look(struct program *program, bool same_system);

/*
 * The end of the inner side of every start and every entering: hardens this process, drops its last
 * privilege, verifies that, and executes the program, or /bin/sh where $SHELL was chosen and cannot
 * be executed. Call it inside, as the caller, with the bounding set reduced. Dies.
 */
_Noreturn void program_execute(struct program *program);

#endif
