/* SPDX-License-Identifier: ISC */
/*
 * The monitor: the process the caller started, without any privilege. Of
 * descriptors it holds /proc, pidfds, a signalfd, and the eventfds of the start.
 *
 * The program is pid 1 of its namespace, for which the kernel drops every
 * signal it does not handle. So the monitor supplies the default action: where
 * a signal would have ended the program, it ends the instance and then dies of
 * that signal itself, and the caller's shell sees what really happened.
 */
#include "core/supervise.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/error.h"
#include "core/process.h"
#include "core/procfs.h"

enum effect { ENDS, STOPS, NOTHING };

/* What a signal does by default; signal(7). */
static enum effect default_effect(int number)
{
	switch (number) {
	case SIGTSTP:
	case SIGTTIN:
	case SIGTTOU:
		return STOPS;
	case SIGCHLD:
	case SIGCONT:
	case SIGURG:
	case SIGWINCH:
		return NOTHING;
	default:
		return ENDS;
	}
}

/* Whether one of the sets of signals in a status has this one. */
static bool has(const char *status, const char *set, int number)
{
	return strtoull(procfs_field(status, set), NULL, 16) >> (number - 1) & 1;
}

enum disposition { HANDLED, BY_DEFAULT, UNDECIDED };

/* Whether the program deals with a signal itself: by a handler, by ignoring it,
 * or by taking it while blocked, sigwait(3). One that is blocked and pending may
 * also be meant to meet its default later, when the kernel would drop it. */
static enum disposition read_disposition(const struct supervised *program, int number)
{
	const char *status = procfs_status(program->proc, program->name);

	if (!status || /* it has ended */
	    has(status, "SigCgt", number) || has(status, "SigIgn", number))
		return HANDLED;
	if (!has(status, "SigBlk", number))
		return BY_DEFAULT;
	bool pending = has(status, "SigPnd", number) || has(status, "ShdPnd", number);
	return pending ? UNDECIDED : HANDLED;
}

static void send(const struct supervised *program, int number)
{
	syscall(SYS_pidfd_send_signal, program->pidfd, number, NULL, 0);
}

/* Those the terminal has sent to the program as well, as one of its group. A
 * timer's signal is the kernel's too, but came to this process alone. */
static bool is_from_terminal(const struct signalfd_siginfo *info)
{
	static const char numbers[] = { SIGHUP,	 SIGINT,  SIGQUIT, SIGCONT,
					SIGTSTP, SIGTTIN, SIGTTOU, SIGWINCH };

	return info->ssi_code == SI_KERNEL && memchr(numbers, (int)info->ssi_signo, sizeof numbers);
}

/* The program has stopped, or is to: this process too, and whoever continues it
 * continues both. */
static void stop_with(const struct supervised *program)
{
	raise(SIGSTOP);
	send(program, SIGCONT);
}

/* Supplies the default action. Returns the signal if that ended the instance. */
static int act_by_default(const struct supervised *program, int number)
{
	switch (default_effect(number)) {
	case ENDS:
		send(program, SIGKILL);
		return number;
	case STOPS:
		send(program, SIGSTOP);
		stop_with(program);
		return 0;
	default:
		return 0;
	}
}

/* Supplies the default action of those signals, a set like those in a status,
 * that the program turns out not to deal with. Returns one that ended it, or 0. */
static int settle(const struct supervised *program, uint64_t *open)
{
	int ended_by = 0;

	for (int number = 1; number <= 64; number++) {
		uint64_t bit = UINT64_C(1) << (number - 1);
		enum disposition now = *open & bit ? read_disposition(program, number) : UNDECIDED;
		if (now == UNDECIDED)
			continue;
		*open &= ~bit;
		if (now == BY_DEFAULT && !ended_by)
			ended_by = act_by_default(program, number);
	}
	return ended_by;
}

/* Returns the signal whose default action ended the instance, or 0. */
static int pass_on(const struct supervised *program, const struct signalfd_siginfo *info,
		   uint64_t *open)
{
	int number = (int)info->ssi_signo;

	if (!program->started)
		return act_by_default(program, number);
	if (!is_from_terminal(info))
		send(program, number);
	if (!program->first) /* only pid 1 lacks the default actions */
		return 0;
	*open |= UINT64_C(1) << (number - 1);
	return settle(program, open);
}

/* A shell inside makes process groups of its own, and need not give the terminal
 * back; that of a group without processes would be nobody's. */
static void restore_terminal(void)
{
	int terminal = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
	pid_t group = terminal < 0 ? -1 : tcgetpgrp(terminal);

	if (group > 0 && kill(-group, 0) && errno == ESRCH)
		tcsetpgrp(terminal, getpgrp());
}

static _Noreturn void end_by_signal(int number)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, number);
	signal(number, SIG_DFL);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	raise(number);
	_exit(128 + number); /* one of those that do not end a process */
}

/* Whether the program has ended, and how; it may have stopped. A process of the
 * instance that traces it can keep the end from waitpid, but not from the pidfd. */
static bool has_ended(const struct supervised *program, int *status)
{
	int now;
	bool ended = process_has_ended(program->pidfd);

	if (waitpid(program->pid, &now, WNOHANG | WUNTRACED) <= 0)
		return ended;
	if (WIFSTOPPED(now)) {
		stop_with(program);
		return false;
	}
	*status = now;
	return true;
}

/* Waits for the end. Returns the signal whose default action it was, or 0. */
static int watch(const struct supervised *program, int signals, int *status)
{
	struct pollfd events[] = { { .fd = signals, .events = POLLIN },
				   { .fd = program->stopped, .events = POLLIN },
				   { .fd = program->pidfd, .events = POLLIN } };
	struct signalfd_siginfo info;
	uint64_t times, open = 0;
	int ended_by = 0;

	for (;;) {
		int number = 0;
		if (poll(events, 3, open ? 20 : -1) < 0)
			continue;
		if (events[1].revents && read(program->stopped, &times, sizeof times) > 0)
			stop_with(program);
		if (events[0].revents && read(signals, &info, sizeof info) == sizeof info &&
		    info.ssi_signo != SIGCHLD)
			number = pass_on(program, &info, &open);
		else if (open)
			number = settle(program, &open);
		ended_by = ended_by ? ended_by : number;
		if (has_ended(program, status))
			return ended_by;
	}
}

_Noreturn void supervise(const struct supervised *program)
{
	int status = EXIT_SELFDOCK << 8; /* should waitpid ever fail */
	sigset_t all;

	/* Not sigwaitinfo, which lets the signals it waits for look unblocked: an
	 * outer monitor would take this process for one that handles none. */
	memset(&all, 0xff, sizeof all);
	int signals = signalfd(-1, &all, SFD_CLOEXEC);
	if (signals < 0)
		die_errno("cannot wait for signals");
	/* Whoever reads from the program's output waits for its end, not ours; and
	 * whoever waits for a start, for the other side. */
	syscall(SYS_close_range, 0U, 2U, 0U);
	if (error_descriptor != STDERR_FILENO)
		close(error_descriptor);

	int ended_by = watch(program, signals, &status);
	restore_terminal();
	if (program->has_ended)
		status = program->status;
	if (WIFEXITED(status))
		_exit(WEXITSTATUS(status));
	end_by_signal(ended_by ? ended_by : WTERMSIG(status));
}
