/* SPDX-License-Identifier: ISC */
/* signal_late: leaves SIGTERM to its default at first, then blocks it and reads it, as a monitor
 * does; sigwait(3) would make it look unblocked. */
#include <signal.h>
#include <stdio.h>
#include <sys/signalfd.h>
#include <unistd.h>

int main(void)
{
	struct signalfd_siginfo info;
	sigset_t term;

	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	puts("ready");
	fflush(stdout);
	usleep(300000);
	sigprocmask(SIG_BLOCK, &term, NULL);
	return read(signalfd(-1, &term, 0), &info, sizeof info) == sizeof info ? 41 : 1;
}
