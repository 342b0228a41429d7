/* SPDX-License-Identifier: ISC */
/*
 * terminal_late: says "ready", and waits for SIGCONT. Soon after, its terminal sends SIGTTOU, where
 * that is another group's. For 0.1 seconds from then on it cannot stop: it waits for a child of
 * vfork(2).
 */
#include <signal.h>
#include <stdio.h>
#include <termios.h>
#include <unistd.h>

static void handle(int number)
{
	(void)number;
}

int main(void)
{
	struct sigaction handled = { .sa_handler = handle };
	sigset_t cont;
	int number;

	sigemptyset(&cont);
	sigaddset(&cont, SIGCONT);
	sigprocmask(SIG_BLOCK, &cont, NULL);
	puts("ready");
	fflush(stdout);
	sigwait(&cont, &number);
	pid_t child = vfork();
	if (child)
		return child < 0;
	sigaction(SIGTTOU, &handled, NULL); /* of the child alone */
	usleep(100000);
	tcdrain(STDOUT_FILENO);
	usleep(100000);
	_exit(0);
}
