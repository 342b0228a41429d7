/* SPDX-License-Identifier: ISC */
/*
 * terminal_late [thread | again]: says "ready", and waits for SIGCONT. Soon after, its terminal
 * sends SIGTTOU, where that is another group's, and it says "sent". For a moment from then on it
 * cannot stop: it, or a thread of it, waits for a child of vfork(2). With "again" it has the
 * terminal send more of them then.
 */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

static void handle(int number)
{
	(void)number;
}

static void *delay(void *unused)
{
	struct sigaction handled = { .sa_handler = handle };

	if (vfork())
		return unused;
	sigaction(SIGTTOU, &handled, NULL); /* of the child alone */
	usleep(100000);
	tcdrain(STDOUT_FILENO);
	write(STDOUT_FILENO, "sent\n", 5);
	usleep(40000);
	_exit(0);
}

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "";
	pthread_t thread;
	sigset_t cont;
	int number;

	sigemptyset(&cont);
	sigaddset(&cont, SIGCONT);
	sigprocmask(SIG_BLOCK, &cont, NULL);
	puts("ready");
	fflush(stdout);
	sigwait(&cont, &number);
	if (!strcmp(how, "thread"))
		return pthread_create(&thread, NULL, delay, NULL) || pthread_join(thread, NULL);
	delay(NULL);
	return !strcmp(how, "again") && tcdrain(STDOUT_FILENO);
}
