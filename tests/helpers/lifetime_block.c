/* SPDX-License-Identifier: ISC */
/* lifetime_block [WORD]...: blocks SIGTERM, as a shell does while it forks, until
 * it has got one, then no more, and waits for ever. */
#include <signal.h>
#include <unistd.h>

int main(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	if (write(STDERR_FILENO, "ready\n", 6) != 6)
		return 1;
	while (!sigpending(&set) && !sigismember(&set, SIGTERM))
		usleep(1000);
	/* The monitor has looked at it by then. */
	usleep(100000);
	sigemptyset(&set);
	sigprocmask(SIG_SETMASK, &set, NULL);
	for (;;)
		pause();
}
