/* SPDX-License-Identifier: ISC */
/* signal_witness FILE COMMAND [ARG]...: starts the command in its own process
 * group, and waits for it. Meanwhile writes the number of each signal that it gets
 * to the file. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	sigset_t all, before;
	siginfo_t info;
	int status;

	if (argc < 3)
		return 2;
	int file = open(argv[1], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	memset(&all, 0xff, sizeof all);
	sigprocmask(SIG_SETMASK, &all, &before);
	setpgid(0, 0);
	pid_t pid = fork();
	if (!pid) {
		sigprocmask(SIG_SETMASK, &before, NULL);
		execvp(argv[2], argv + 2);
		_exit(99);
	}
	for (;;) {
		if (sigwaitinfo(&all, &info) < 0)
			continue;
		if (info.si_signo != SIGCHLD)
			dprintf(file, "%d\n", info.si_signo);
		else if (waitpid(pid, &status, WNOHANG) == pid)
			return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	}
}
