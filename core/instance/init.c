/* SPDX-License-Identifier: ISC */
/*
 * The init of an instance: pid 1, if the program is not to be pid 1. It is this binary, executed
 * anew, so nothing of the start is left in its memory, such as the caller's words and environment.
 * It is executed from a read-only mount, which leads to no file that could be changed. It has no
 * privilege left, and nothing open but a pipe to report to the monitor. Nothing inside can trace it
 * or open what it has open: it is not dumpable, and no program has CAP_SYS_PTRACE over the user
 * namespace in which it was executed. It is in its own session: a signal to the caller's process
 * group, from the terminal or from somebody outside, reaches the program once, and not again
 * through the init.
 */
#include "core/instance/init.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/base/error.h"
#include "core/base/filter.h"
#include "core/linux/kernel.h"
#include "core/linux/path.h"
#include "core/linux/privilege.h"
#include "core/linux/process.h"
#include "core/linux/procfs.h"

/* The descriptors of the pipe and, at first, of the eventfd. The pid of the program: a pid
 * namespace counts from 1. */
enum { REPORTS = STDIN_FILENO, READY = STDOUT_FILENO, PROGRAM = 2 };

/* No applet has this name. */
static const char name[] = "selfdock-init";

void init_prepare(struct init *init)
{
	init->ready = eventfd(0, EFD_CLOEXEC | EFD_SEMAPHORE);
	/* The pipe is one page, whatever the size of a page: the monitor reads all of it in one
	 * go. */
	if (init->ready < 0 || syscall(SYS_pipe2, init->reports, O_CLOEXEC | O_NONBLOCK) ||
	    syscall(SYS_fcntl, init->reports[1], F_SETPIPE_SZ, 1) < 0)
		die_errno("cannot prepare an init");
}

static _Noreturn void execute(const struct init *init)
{
	char *words[] = { (char *)name, NULL }, *environment[] = { NULL };

	setsid();
	/* The init can report errors until it is ready. */
	if (dup2(init->reports[1], REPORTS) >= 0 && dup2(init->ready, READY) >= 0 &&
	    dup2(error_descriptor, STDERR_FILENO) >= 0 &&
	    !syscall(SYS_close_range, STDERR_FILENO + 1U, ~0U, KERNEL_CLOSE_RANGE_CLOEXEC))
		syscall(SYS_execveat, init->binary, "", words, environment, AT_EMPTY_PATH);
	die_errno("cannot execute an init");
}

void init_fork(const struct init *init, uint64_t keep, struct supervised *supervised)
{
	const int woken = 0;
	eventfd_t one;
	pid_t program = process_fork(0);

	if (program < 0)
		die_errno("cannot start the program");
	if (program) {
		if (program != PROGRAM) /* a setns(2) at this very moment took that pid */
			die("something has entered the instance before its program");
		if (keep && !privilege_bound(0, 0))
			die_errno("cannot reduce the bounding set");
		execute(init);
	}
	procfs_note_self(supervised->proc, supervised->process);
	if (write(init->reports[1], &woken, sizeof woken) < 0)
		die_errno("cannot start the program");
	for (int left = 2; left; left--)
		if (eventfd_read(init->ready, &one))
			die_errno("cannot start the program");
}

bool init_is_named(int count, char **words)
{
	return count == 1 && !strcmp(words[0], name);
}

/* Reports a change. If the pipe is full, a stop is dropped, since the monitor has enough of them to
 * read. The end waits for room. */
static void report(int status, bool end)
{
	struct pollfd room = { .fd = REPORTS, .events = POLLOUT };

	while (write(REPORTS, &status, sizeof status) < 0 && errno == EAGAIN && end)
		poll(&room, 1, -1);
}

/* The program has ended. Kills and reaps what it left, for at most a second, since only what was
 * waited for counts as used by children: time(1) and schedulers ask for that. The kernel kills
 * whatever is left when the init exits. A process of another uid may not be killed from here. */
static _Noreturn void end(void)
{
	const uint64_t all = ~UINT64_C(0);
	const struct timespec pause = { .tv_nsec = 20000000 };

	for (int looks = 50; looks; looks--) {
		while (waitpid(-1, NULL, WNOHANG | __WALL) > 0)
			;
		if (kill(-1, SIGKILL))
			break;
		syscall(KERNEL_SYS_SIGTIMEDWAIT, &all, NULL, &pause, sizeof all);
	}
	_exit(0);
}

static void reap(void)
{
	siginfo_t change;
	int failed;

	while (!(failed = waitid(P_ALL, 0, &change, WEXITED | WSTOPPED | WNOHANG | WNOWAIT)) &&
	       change.si_pid) {
		bool stopped = change.si_code == CLD_STOPPED || change.si_code == CLD_TRAPPED;
		bool exited = change.si_code == CLD_EXITED;
		if (change.si_pid == PROGRAM && !stopped) {
			report(exited ? change.si_status << 8 : change.si_status, true);
			end();
		}
		/* Takes only the change that was seen. The process may have ended since. */
		waitid(P_PID, (id_t)change.si_pid, NULL, WNOHANG | (stopped ? WSTOPPED : WEXITED));
		if (change.si_pid == PROGRAM && change.si_code == CLD_STOPPED)
			report(change.si_status << 8 | 0x7f, false);
	}
	if (failed) /* without this the end of the program could be missed for ever */
		_exit(EXIT_SELFDOCK);
}

_Noreturn void init_run(void)
{
	const uint64_t all = ~UINT64_C(0);
	siginfo_t info;

	privilege_drop();
	privilege_seal(0);
	privilege_hide();
	if (filter_refuses_init() || eventfd_write(READY, 1))
		die_errno("cannot start the program");
	/* A reader of the program's output must see its end when the program ends, even if this
	 * process is still there. */
	syscall(SYS_close_range, REPORTS + 1U, ~0U, 0U);
	for (;;) {
		if (syscall(SYS_rt_sigtimedwait, &all, &info, NULL, sizeof all) < 0)
			continue;
		if (info.si_signo == SIGCHLD)
			reap();
		else if (info.si_code != SI_KERNEL) /* the program got it, too, before setsid */
			kill(PROGRAM, info.si_signo);
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
	if (poll(events, 2, -1) < 0)
		die_errno("cannot start the program");
	if (!events[0].revents)
		return; /* the start failed, and the pidfd tells */
	if (read(init->reports[0], &begun, sizeof begun) < 0)
		die_errno("cannot start the program");
	if (begun == EXIT_SELFDOCK << 8)
		_exit(EXIT_SELFDOCK); /* what would be the program has said why */
	if (begun) /* a report of the init, though the program has not yet waited */
		die("the start was killed before the program ran");
	supervised->proc = path_open(shared->proc, shared->process, O_RDONLY | O_DIRECTORY, 0);
	if (supervised->proc >= 0) /* else hidepid hides it, and the init passes signals on */
		supervised->target = supervised->proc;
	memcpy(supervised->process, ".", 2);
	supervised->started = 1;
	if (eventfd_write(init->ready, 1))
		die_errno("cannot start the program");
}
