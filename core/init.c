/* SPDX-License-Identifier: ISC */
/*
 * The init of an instance: pid 1, where the program is not to be it. It has no
 * privilege left, nothing open but the eventfd, and shares no memory with the
 * monitor but what it reports in.
 */
#include "core/init.h"

#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/error.h"
#include "core/privilege.h"

enum { STOPPED = STDIN_FILENO }; /* where the eventfd is put */

static void reap(struct supervised *shared, pid_t program)
{
	const uint64_t one = 1;
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG | WUNTRACED)) > 0) {
		if (pid != program)
			continue;
		if (!WIFSTOPPED(status)) {
			shared->status = status;
			shared->has_ended = true;
			_exit(0);
		}
		if (write(STOPPED, &one, sizeof one) < 0)
			die_errno("cannot tell that the program has stopped");
	}
}

void init_fork(struct supervised *shared)
{
	sigset_t all;
	siginfo_t info;
	pid_t program = fork();

	if (program < 0)
		die_errno("cannot start the program");
	if (!program)
		return;
	/* Whoever reads from the program's output waits for its end, not this one's. */
	if (dup2(shared->stopped, STOPPED) < 0)
		die_errno("cannot start an init");
	syscall(SYS_close_range, STOPPED + 1U, ~0U, 0U);
	privilege_show();
	memset(&all, 0xff, sizeof all);
	for (;;) {
		if (sigwaitinfo(&all, &info) < 0)
			continue;
		if (info.si_signo == SIGCHLD)
			reap(shared, program);
		else
			kill(program, info.si_signo);
	}
}
