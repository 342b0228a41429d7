/* SPDX-License-Identifier: ISC */
/*
 * lifetime_together COUNT COMMAND [ARG]... [, COMMAND [ARG]...]...: COUNT
 * processes that execute the commands in turn, all at the same moment. Their
 * output goes to N.out and N.err in the working directory; as one ends, a line
 * "N STATUS" follows.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST = 64 };

static void redirect(int fd, int number, const char *suffix)
{
	char name[32];

	snprintf(name, sizeof name, "%d.%s", number, suffix);
	dup2(open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644), fd);
}

static _Noreturn void execute(char **command, int number, const int barrier[2])
{
	char byte;

	redirect(1, number, "out");
	redirect(2, number, "err");
	close(barrier[1]);
	if (!read(barrier[0], &byte, 1)) /* its end, when the parent closes it */
		execv(command[0], command);
	_exit(99);
}

int main(int argc, char **argv)
{
	char **commands[MOST];
	pid_t pids[MOST], pid;
	int count = argc > 2 ? atoi(argv[1]) : 0, different = 0, barrier[2], status;

	if (count < 1 || count > MOST || pipe2(barrier, O_CLOEXEC))
		return 2;
	commands[different++] = argv + 2;
	for (char **word = argv + 2; *word; word++) {
		if (strcmp(*word, ","))
			continue;
		*word = NULL;
		if (different == MOST)
			return 2;
		commands[different++] = word + 1;
	}
	for (int i = 0; i < count; i++) {
		pids[i] = fork();
		if (!pids[i])
			execute(commands[i % different], i, barrier);
	}
	close(barrier[0]);
	close(barrier[1]);

	setvbuf(stdout, NULL, _IOLBF, 0);
	while ((pid = wait(&status)) > 0)
		for (int i = 0; i < count; i++)
			if (pids[i] == pid)
				printf("%d %d\n", i,
				       WIFEXITED(status) ? WEXITSTATUS(status)
							 : 128 + WTERMSIG(status));
	return 0;
}
