/* SPDX-License-Identifier: ISC */
/*
 * The monitor: the process the caller started, without any privilege. It
 * holds nothing but the program's pidfd and /proc.
 *
 * The program is pid 1 of its namespace, for which the kernel drops every
 * signal it does not handle. So the monitor supplies the default action: where
 * a signal would have ended the program, it ends the instance and then dies of
 * that signal itself, and the caller's shell sees what really happened.
 */
#include "core/supervise.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/error.h"
#include "core/path.h"

/* Signals whose default action does not end a process; signal(7). */
static bool is_harmless(int number)
{
	switch (number) {
	case SIGCHLD:
	case SIGCONT:
	case SIGURG:
	case SIGWINCH:
	case SIGTSTP:
	case SIGTTIN:
	case SIGTTOU:
		return true;
	default:
		return false;
	}
}

/* The signal sets in /proc/PID/status; the file has a fixed, short form. */
static uint64_t read_set(const char *status, const char *name)
{
	const char *line = strstr(status, name);

	return line ? strtoull(line + strlen(name), NULL, 16) : 0;
}

/* Whether the program itself deals with the signal: by a handler, by ignoring
 * it, or by keeping it blocked for later. */
static bool is_handled(const struct supervised *program, int number)
{
	char path[64], status[4096];
	snprintf(path, sizeof path, "%s/status", program->name);
	int fd = path_open(program->proc, path, O_RDONLY, 0);
	ssize_t length = fd < 0 ? -1 : read(fd, status, sizeof status - 1);

	if (fd >= 0)
		close(fd);
	if (length < 0)
		return true;
	status[length] = '\0';
	uint64_t handled = read_set(status, "\nSigCgt:") | read_set(status, "\nSigIgn:") |
			   read_set(status, "\nSigBlk:");
	return handled >> (number - 1) & 1;
}

static void send(const struct supervised *program, int number)
{
	syscall(SYS_pidfd_send_signal, program->pidfd, number, NULL, 0);
}

/* Returns the signal whose default action ended the instance, or 0. */
static int pass_on(const struct supervised *program, const siginfo_t *info)
{
	int number = info->si_signo;

	if (program->started) {
		/* SI_KERNEL: the terminal sent it to the program, too. */
		if (info->si_code != SI_KERNEL)
			send(program, number);
		if (is_harmless(number) || is_handled(program, number))
			return 0;
	} else if (is_harmless(number)) {
		return 0;
	}
	send(program, SIGKILL);
	return number;
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
	int ended_by = 0, status;
	siginfo_t info;
	sigset_t all;

	/* Whoever reads from the program's output waits for its end, not ours. */
	syscall(SYS_close_range, 0U, 2U, 0U);
	sigfillset(&all);
	for (;;) {
		if (sigwaitinfo(&all, &info) < 0)
			continue;
		if (info.si_signo != SIGCHLD) {
			int number = pass_on(program, &info);
			ended_by = ended_by ? ended_by : number;
		} else if (waitpid(program->pid, &status, WNOHANG) == program->pid) {
			break;
		}
	}
	if (WIFEXITED(status))
		_exit(WEXITSTATUS(status));
	end_by_signal(ended_by ? ended_by : WTERMSIG(status));
}
