/* SPDX-License-Identifier: ISC */
/* foreground COMMAND [ARG]...: the command, as the foreground of its terminal, which is
 * standard input. Its process is the leader of its group already. */
#include <signal.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	sigset_t stop;

	sigemptyset(&stop);
	sigaddset(&stop, SIGTTOU);
	sigprocmask(SIG_BLOCK, &stop, NULL);
	if (argc < 2 || tcsetpgrp(STDIN_FILENO, getpid()))
		return 99;
	sigprocmask(SIG_UNBLOCK, &stop, NULL);
	execvp(argv[1], argv + 1);
	return 99;
}
