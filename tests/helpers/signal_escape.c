/* SPDX-License-Identifier: ISC */
/*
 * signal_escape [all] PID: tries in every way to get a signal to the process of
 * that pid outside, to its process group, to this process's one, and with "all" to
 * all there are: never to be used where that is not an instance. Prints each way
 * that the kernel took.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <termios.h>
#include <unistd.h>

#include "core/linux/kernel.h"

enum { BY = SIGUSR2 };

static void report(const char *way, long result)
{
	if (result >= 0)
		printf("%s\n", way);
	fflush(stdout);
}

/* SIGIO, or any other signal, when something can be read. */
static void try_owner(const char *way, pid_t owner)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
		return;
	fcntl(pair[0], F_SETSIG, BY);
	fcntl(pair[0], F_SETFL, O_ASYNC);
	report(way, owner ? fcntl(pair[0], F_SETOWN, owner) : -1);
	ioctl(pair[0], FIOSETOWN, &owner);
	ioctl(pair[0], SIOCSPGRP, &owner);
	if (write(pair[1], "x", 1) != 1)
		return;
	close(pair[0]);
	close(pair[1]);
}

/* Whoever has the terminal is told of the next key, whoever asked. */
static void try_terminal(int terminal)
{
	const int on = 1;

	fcntl(terminal, F_SETSIG, BY);
	fcntl(terminal, F_SETFL, fcntl(terminal, F_GETFL) | O_ASYNC);
	ioctl(terminal, FIOASYNC, &on);
}

int main(int argc, char **argv)
{
	pid_t pid = argc > 1 ? atoi(argv[argc - 1]) : 0;
	int terminal = open("/dev/tty", O_RDWR | O_NOCTTY);

	signal(BY, SIG_IGN);
	signal(SIGTTOU, SIG_IGN);
	kill(0, BY); /* may reach this process's like; the witness tells */
	if (argc > 2)
		kill(-1, BY);
	killpg(getpgrp(), BY);
	report("kill", kill(pid, BY));
	report("kill of the group", kill(-pid, BY));
	report("tkill", syscall(SYS_tkill, pid, BY));
	report("tgkill", syscall(SYS_tgkill, pid, pid, BY));
	report("rt_sigqueueinfo", sigqueue(pid, BY, (union sigval){ 0 }));
	report("pidfd_open", syscall(SYS_pidfd_open, pid, 0));
	try_owner("F_SETOWN", pid);
	try_owner("F_SETOWN of the group", -pid);
	try_owner("F_SETOWN of its own", -getpgrp());
	try_terminal(terminal);
	report("tcsetpgrp", terminal < 0 ? -1 : tcsetpgrp(terminal, pid));
	/* That of a child is its parent's signal, and this process's parent outside. */
	if (!fork()) {
		prctl(PR_SET_PDEATHSIG, BY, 0, 0, 0);
		_exit(0);
	}
	/* The parent of an orphan with an exit signal is pid 1. */
	if (!syscall(SYS_clone, (long)BY, 0L, 0L, 0L, 0L))
		_exit(0);
	if (terminal >= 0)
		printf("type\n"), fflush(stdout);
	usleep(terminal < 0 ? 50000 : 500000);
	return 0;
}
