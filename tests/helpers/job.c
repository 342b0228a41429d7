/* SPDX-License-Identifier: ISC */
/*
 * job SECONDS COMMAND [ARG]...: runs the command with no signal ignored or blocked, as a background
 * job or nohup(1) would have some, and reaps its orphans, which not every pid 1 does. When the
 * command ends, or after that many seconds, it kills what is left of it. Exits like the command, or
 * with 124 if that took longer.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static _Noreturn void run(char **command)
{
	sigset_t none;

	for (int number = 1; number < NSIG; number++)
		signal(number, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execvp(*command, command);
	perror(*command);
	_exit(127);
}

/* Children of this process; the kernel says when there are none. */
static void kill_children(void)
{
	char path[64], pids[4096];

	snprintf(path, sizeof path, "/proc/self/task/%d/children", getpid());
	int file = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length = file < 0 ? 0 : read(file, pids, sizeof pids - 1);

	pids[length > 0 ? length : 0] = '\0';
	for (char *pid = strtok(pids, " "); pid; pid = strtok(NULL, " "))
		kill(atoi(pid), SIGKILL);
	if (file >= 0)
		close(file);
}

int main(int argc, char **argv)
{
	int status, result = 124, ended = 0, late = 0;
	sigset_t child;

	if (argc < 3 || prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0))
		return 2;
	const time_t end = time(NULL) + atoi(argv[1]);
	signal(SIGCHLD, SIG_DFL);
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, NULL);
	pid_t pid = fork();
	if (!pid)
		run(argv + 2);
	for (;;) {
		pid_t gone = waitpid(-1, &status, WNOHANG);

		if (gone < 0)
			return result;
		if (gone == pid) {
			if (!late)
				result = WIFEXITED(status) ? WEXITSTATUS(status)
							   : 128 + WTERMSIG(status);
			ended = 1;
		} else if (!ended && time(NULL) >= end) {
			printf("ASSERT:after %s seconds it goes on\n", argv[1]);
			fflush(stdout);
			ended = late = 1;
		}
		if (ended)
			kill_children();
		if (!gone)
			sigtimedwait(&child, NULL, &(struct timespec){ ended ? 0 : 1, 10000000 });
	}
}
