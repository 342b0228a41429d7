/* SPDX-License-Identifier: ISC */
#ifndef CORE_PROGRAM_H
#define CORE_PROGRAM_H

#include <stdbool.h>
#include <stdint.h>

#include "core/instance/init.h"
#include "core/instance/supervise.h"
#include "core/linux/landlock.h"

/* What is executed in an instance, and what it may keep. */
struct program {
	char **words;
	char *shell[2];		 /* the words if the command line has none */
	uint64_t keep;		 /* capabilities, as 1 << number */
	unsigned levels;	 /* of confinement: one for each instance around the program */
	uint64_t scopes;	 /* LANDLOCK_* */
	const struct init *init; /* the init below this program, or NULL */
	struct supervised *supervised;
};

/* Sets the words of a program: the operands or, if there are none, $SHELL or /bin/sh. */
void program_choose(struct program *program, char **operands);

/*
 * The end of the inner side of every start and every entering: hardens this process, drops its last
 * privilege, verifies that, and executes the program. Call it inside, as the caller, with the
 * bounding set reduced. Dies.
 */
_Noreturn void program_execute(const struct program *program);

#endif
