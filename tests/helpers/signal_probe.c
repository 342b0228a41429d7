/* SPDX-License-Identifier: ISC */
/*
 * signal_probe DISPOSITION SIGNAL [inside]: leaves the default action of the
 * signal, ignores it, or handles it, and says "ready". With "inside" a child
 * then sends it. Once it has been handled, says so, and exits with 40 and how often
 * that was; or with 9 when a line is typed.
 */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static volatile sig_atomic_t count;

static void handle(int number)
{
	(void)number;
	count++;
}

static void set_disposition(const char *name, int number)
{
	struct sigaction action = { .sa_handler = SIG_DFL };
	sigset_t none;

	if (!strcmp(name, "ignored"))
		action.sa_handler = SIG_IGN;
	if (!strcmp(name, "handled"))
		action.sa_handler = handle;
	if (sigaction(number, &action, NULL))
		_exit(2);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

int main(int argc, char **argv)
{
	struct pollfd typed = { .fd = STDIN_FILENO, .events = POLLIN };
	int number = argc > 2 ? atoi(argv[2]) : 0;
	char line[64];

	if (!number)
		return 2;
	set_disposition(argv[1], number);
	if (write(STDOUT_FILENO, "ready\n", 6) != 6)
		return 2;
	pid_t self = getpid();
	if (argc > 3 && !fork())
		_exit(kill(self, number));
	for (;;) {
		int ready = poll(&typed, 1, 100);
		if (count && !ready) {
			dprintf(STDOUT_FILENO, "handled\n");
			return 40 + count;
		}
		if (ready > 0 && read(STDIN_FILENO, line, sizeof line) >= 0)
			return 9;
	}
}
