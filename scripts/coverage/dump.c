/* SPDX-License-Identifier: ISC */
/*
 * For scripts/coverage/run: writes the counters where a process ends by _exit, as most of
 * selfdock's do. A process that shares its memory with another one has that one's counters, too,
 * and they are written only once in each memory. So a copy of the process writes them.
 */
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

void __gcov_dump(void);
_Noreturn void __real__exit(int status);
_Noreturn void __wrap__exit(int status);

_Noreturn void __wrap__exit(int status)
{
	long copy = syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);

	if (copy <= 0) {
		/* The files are out of reach inside an instance, which is no error. */
		setenv("GCOV_ERROR_FILE", "/dev/null", 1);
		__gcov_dump();
	}
	if (copy > 0)
		syscall(SYS_wait4, copy, NULL, __WALL, NULL);
	__real__exit(status);
}
