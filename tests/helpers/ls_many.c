/* SPDX-License-Identifier: ISC */
/* ls_many COUNT: makes so many children that wait for its end, prints the pid of each, and at last
 * "ready". */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	for (int left = argc > 1 ? atoi(argv[1]) : 0; left > 0; left--) {
		pid_t pid = fork();

		if (!pid) {
			prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
			for (;;)
				pause();
		}
		dprintf(STDOUT_FILENO, "%d\n", pid);
	}
	dprintf(STDOUT_FILENO, "ready\n");
	pause();
	return 0;
}
