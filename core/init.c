/* SPDX-License-Identifier: ISC */
/*
 * The init of an instance: pid 1, where the program is not to be it. It has no
 * privilege left, and nothing open but a pipe to report to the monitor. A program
 * can do with it what it can do itself, so the monitor believes it nothing but
 * how the program stopped or ended. It is in a session of its own: what the
 * terminal or somebody outside sends to the caller's process group reaches the
 * program without it, once.
 */
#include "core/init.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/error.h"
#include "core/path.h"
#include "core/privilege.h"
#include "core/process.h"
#include "core/procfs.h"

enum { REPORTS = STDIN_FILENO }; /* where the pipe is put */

void init_prepare(struct init *init)
{
	init->ready = eventfd(0, EFD_CLOEXEC | EFD_SEMAPHORE);
	if (init->ready < 0 || pipe2(init->reports, O_CLOEXEC | O_NONBLOCK))
		die_errno("cannot prepare an init");
}

/* A full pipe has more stops in it than anybody wants to know of. */
static void report(int fd, int status)
{
	if (write(fd, &status, sizeof status) < 0)
		return;
}

static void reap(pid_t program)
{
	siginfo_t change;

	while (!waitid(P_ALL, 0, &change, WEXITED | WSTOPPED | WNOHANG | WNOWAIT) &&
	       change.si_pid) {
		bool stopped = change.si_code == CLD_STOPPED || change.si_code == CLD_TRAPPED;
		bool exited = change.si_code == CLD_EXITED;
		if (change.si_pid == program && !stopped) {
			report(REPORTS, exited ? change.si_status << 8 : change.si_status);
			_exit(0);
		}
		/* Only what was seen: it may have ended since. */
		waitid(P_PID, (id_t)change.si_pid, NULL, WNOHANG | (stopped ? WSTOPPED : WEXITED));
		if (change.si_pid == program && change.si_code == CLD_STOPPED)
			report(REPORTS, change.si_status << 8 | 0x7f);
	}
}

void init_fork(const struct init *init, struct supervised *supervised)
{
	eventfd_t one;
	sigset_t all;
	siginfo_t info;
	pid_t program = process_fork();

	if (program < 0)
		die_errno("cannot start the program");
	if (!program) {
		procfs_note_self(supervised->proc, supervised->name);
		report(init->reports[1], 0);
		for (int left = 2; left; left--)
			if (eventfd_read(init->ready, &one))
				die_errno("cannot wait for the monitor and the init");
		return;
	}
	setsid();
	eventfd_write(init->ready, 1);
	/* Whoever reads from the program's output waits for its end, not this one's. */
	if (dup2(init->reports[1], REPORTS) < 0)
		die_errno("cannot start an init");
	syscall(SYS_close_range, REPORTS + 1U, ~0U, 0U);
	privilege_show();
	memset(&all, 0xff, sizeof all);
	for (;;) {
		if (sigwaitinfo(&all, &info) < 0)
			continue;
		if (info.si_signo == SIGCHLD)
			reap(program);
		else if (info.si_code != SI_KERNEL) /* as before setsid */
			kill(program, info.si_signo);
	}
}

void init_adopt(const struct init *init, const struct supervised *shared,
		struct supervised *supervised)
{
	struct pollfd events[] = { { .fd = init->reports[0], .events = POLLIN },
				   { .fd = shared->pidfd, .events = POLLIN } };
	int begun;

	*supervised = *shared;
	supervised->reports = init->reports[0];
	if (poll(events, 2, -1) < 0 || read(init->reports[0], &begun, sizeof begun) < 0)
		return; /* the start has failed, and the pidfd tells */
	supervised->proc = path_open(shared->proc, shared->name, O_RDONLY | O_DIRECTORY, 0);
	if (supervised->proc >= 0) /* or hidepid hides it, and the init passes signals on */
		supervised->target = supervised->proc;
	memcpy(supervised->name, ".", 2);
	supervised->started = 1;
	if (eventfd_write(init->ready, 1))
		die_errno("cannot tell the program that it is supervised");
}
