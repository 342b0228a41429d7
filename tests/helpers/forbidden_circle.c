/* SPDX-License-Identifier: ISC */
/* forbidden_circle [WORD]: its command line says that it has entered the instance WORD or, without
 * one, of the second process in a pid namespace of its own, which is its child too. */
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	char words[16];
	pid_t pid = 0;

	if (argc > 2 || unshare(CLONE_NEWUSER | CLONE_NEWPID))
		for (;;)
			pause();
	for (int i = 0; i < 2; i++) {
		pid = fork();
		if (!pid) {
			prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
			for (;;)
				pause();
		}
	}
	snprintf(words, sizeof words, "%d", pid);
	execl(argv[0], "selfdock", "enter", argc > 1 ? argv[1] : words, NULL);
	return 1;
}
