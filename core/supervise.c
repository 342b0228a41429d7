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

/* Whether the program itself deals with the signal: by a handler, by ignoring
 * it, or by keeping it blocked for later. */
static bool is_handled(const struct supervised *program, int number)
{
	static const char *const sets[] = { "SigCgt", "SigIgn", "SigBlk" };
	const char *status = procfs_status(program->proc, program->name);
	uint64_t handled = 0;

	if (!status)
		return true;
	for (size_t i = 0; i < sizeof sets / sizeof *sets; i++)
		handled |= strtoull(procfs_field(status, sets[i]), NULL, 16);
	return handled >> (number - 1) & 1;
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

/* Returns the signal whose default action ended the instance, or 0. */
static int pass_on(const struct supervised *program, const struct signalfd_siginfo *info)
{
	int number = (int)info->ssi_signo;
	enum effect effect = default_effect(number);

	if (program->started && !is_from_terminal(info))
		send(program, number);
	if (effect == NOTHING || (program->started && is_handled(program, number)))
		return 0;
	if (effect == ENDS) {
		send(program, SIGKILL);
		return number;
	}
	/* Both stop; whoever continues this process continues the program. */
	send(program, SIGSTOP);
	raise(SIGSTOP);
	send(program, SIGCONT);
	return 0;
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

_Noreturn void supervise(const struct supervised *program)
{
	int ended_by = 0, status = EXIT_SELFDOCK << 8; /* should waitpid ever fail */
	struct signalfd_siginfo info;
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
	for (;;) {
		if (read(signals, &info, sizeof info) != sizeof info)
			continue;
		if (info.ssi_signo != SIGCHLD) {
			int number = pass_on(program, &info);
			ended_by = ended_by ? ended_by : number;
		} else if (waitpid(program->pid, &status, WNOHANG)) {
			break;
		}
	}
	if (WIFEXITED(status))
		_exit(WEXITSTATUS(status));
	end_by_signal(ended_by ? ended_by : WTERMSIG(status));
}
