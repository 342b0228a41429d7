/* SPDX-License-Identifier: ISC */
/*
 * The program: which one it is, and how a process becomes it. All programs of an instance, started
 * or entering, pass through here, so none is less confined.
 */
#include "core/instance/program.h"

#include <stdlib.h>

#include "core/instance/detach.h"
#include "core/linux/privilege.h"
#include "core/linux/process.h"
#include "core/linux/seccomp.h"

void program_choose(struct program *program, char **operands)
{
	char *preferred = getenv("SHELL");

	program->shell[0] = preferred && *preferred ? preferred : (char *)"/bin/sh";
	program->words = *operands ? operands : program->shell;
}

_Noreturn void program_execute(const struct program *program)
{
	process_leave_keyring();
	for (unsigned level = 0; level < program->levels; level++) {
		seccomp_install(landlock_scope(program->scopes));
	}
	privilege_seal(program->keep);
	if (program->init)
		init_fork(program->init, program->keep, program->supervised);
	process_restore();
	program->supervised->started = 1;
	detach_announce();
	process_execute(program->words);
}
