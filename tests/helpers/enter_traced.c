/* SPDX-License-Identifier: ISC */
/* enter_traced: ends with 7, traced by a child of its own that looks at it a while later; with
 * 8 if that cannot trace it. */
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
	pid_t self = getpid();
	int ready[2];
	char can = 0;

	prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY);
	if (pipe(ready))
		return 1;
	if (!fork()) {
		can = !ptrace(PTRACE_SEIZE, self, 0, 0);
		write(ready[1], &can, 1);
		usleep(100000);
		waitpid(self, NULL, __WALL);
		return 0;
	}
	return read(ready[0], &can, 1) == 1 && can ? 7 : 8;
}
