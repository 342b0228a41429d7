/* SPDX-License-Identifier: ISC */
/* job COMMAND...: runs it as a shell with job control does, prints the signal that stops it,
 * continues it, and ends with its status. */
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	int status;
	pid_t job = argc > 1 ? fork() : -1;

	if (!job) {
		setpgid(0, 0);
		execvp(argv[1], argv + 1);
		return 127;
	}
	while (waitpid(job, &status, WUNTRACED) == job && WIFSTOPPED(status)) {
		printf("stopped by %d\n", WSTOPSIG(status));
		kill(-job, SIGCONT);
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
