/* SPDX-License-Identifier: ISC */
/*
 * privilege_caller traced|fs|vm|files COMMAND [ARG]...: executes the command as a child that it
 * traces, and prints the uids of this child whenever it stops; or in a process that shares its
 * directory, its memory or its descriptors with another one.
 */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

static char stack[65536];

/* It ends with the process that executes the command, which waits until that is certain. */
static int share(void *ready)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (write(*(int *)ready, "", 1) == 1)
		pause();
	return 0;
}

static void show_ids(pid_t pid)
{
	char path[64], line[256];

	snprintf(path, sizeof path, "/proc/%d/status", pid);
	FILE *file = fopen(path, "r");
	while (file && fgets(line, sizeof line, file))
		if (!strncmp(line, "Uid:", 4))
			fputs(line, stdout);
	if (file)
		fclose(file);
	fflush(stdout);
}

static int trace(char **words)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		execv(words[0], words);
		_exit(127);
	}
	while (waitpid(pid, &status, 0) == pid && WIFSTOPPED(status)) {
		int deliver = WSTOPSIG(status);
		show_ids(pid);
		ptrace(PTRACE_CONT, pid, NULL, deliver == SIGTRAP ? 0L : (long)deliver);
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int main(int argc, char **argv)
{
	int flags, ready[2];
	char byte;

	if (argc < 3)
		return 2;
	if (!strcmp(argv[1], "traced"))
		return trace(argv + 2);
	if (!strcmp(argv[1], "fs"))
		flags = CLONE_FS;
	else if (!strcmp(argv[1], "vm"))
		flags = CLONE_VM;
	else
		flags = CLONE_FILES;
	if (pipe2(ready, O_CLOEXEC) ||
	    clone(share, stack + sizeof stack, flags | SIGCHLD, &ready[1]) < 0 ||
	    read(ready[0], &byte, 1) != 1)
		return 2;
	execv(argv[2], argv + 2);
	return 127;
}
