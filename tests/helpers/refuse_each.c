/* SPDX-License-Identifier: ISC */
/*
 * refuse_each COMMAND...: reads lines "NUMBER NAME" of system calls. For each, and for EPERM and
 * ENOSYS, it runs the command where a filter refuses that call. Either the command works and prints
 * nothing; or it ends with 125, or 126 if the call is execve, and pairs of lines on standard error:
 * one that ends with that error, and one that says that a filter refuses that call. Prints each
 * that does neither, those that work, and how many do not.
 */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/linux/kernel.h"

static _Noreturn void execute(unsigned number, int error, char **words)
{
	const struct kernel_sock_filter filter[] = {
		{ KERNEL_BPF_LOAD, 0, 0, offsetof(struct kernel_seccomp_data, nr) },
		{ KERNEL_BPF_EQUAL, 0, 1, number },
		{ KERNEL_BPF_RETURN, 0, 0, KERNEL_SECCOMP_RET_ERRNO | (unsigned)error },
		{ KERNEL_BPF_RETURN, 0, 0, KERNEL_SECCOMP_RET_ALLOW },
	};
	const struct kernel_sock_fprog program = { sizeof filter / sizeof *filter, filter };

	alarm(10);
	if (!prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) &&
	    !syscall(SYS_seccomp, KERNEL_SECCOMP_SET_MODE_FILTER, 0, &program)) {
		if (number == SYS_execve)
			syscall(SYS_execveat, AT_FDCWD, words[0], words, environ, 0);
		else
			execve(words[0], words, environ);
	}
	_exit(99);
}

/* Returns the wait status of the command, and what it prints. */
static int run(unsigned number, int error, char **words, char text[4096])
{
	size_t length = 0;
	ssize_t more;
	int ends[2], status;

	if (pipe2(ends, O_CLOEXEC))
		exit(2);
	pid_t child = fork();
	if (!child) {
		dup2(ends[1], STDOUT_FILENO);
		dup2(ends[1], STDERR_FILENO);
		execute(number, error, words);
	}
	close(ends[1]);
	while ((more = read(ends[0], text + length, 4095 - length)) > 0)
		length += (size_t)more;
	text[length] = '\0';
	close(ends[0]);
	return waitpid(child, &status, 0) == child ? status : -1;
}

static int ends_with(const char *line, size_t length, const char *end)
{
	return length >= strlen(end) && !strncmp(line + length - strlen(end), end, strlen(end));
}

/* Both processes of a start may print, so the order is not certain. From Linux 7.1 on the end of
 * one ends the other, which may not have come to its second line. */
static int tells(const char *text, const char *name, int error)
{
	char failed[128], refused[128];
	int failures = 0, refusals = 0;

	snprintf(failed, sizeof failed, ": %s\n", strerror(error));
	snprintf(refused, sizeof refused,
		 " a seccomp filter around, as of a container or service, refuses %s\n", name);
	if (!*text)
		return 0;
	for (const char *next; *text; text = next) {
		const char *end = strchr(text, '\n');
		next = end ? end + 1 : "";
		size_t length = end ? (size_t)(next - text) : 0;
		if (ends_with(text, length, failed))
			failures++;
		else if (ends_with(text, length, refused))
			refusals++;
		else
			return 0;
	}
	return refusals && failures >= refusals;
}

int main(int argc, char **argv)
{
	static const int errors[] = { EPERM, ENOSYS };
	char name[64], text[4096];
	unsigned number, told = 0;

	if (argc < 2)
		return 2;
	setlinebuf(stdout);
	while (scanf("%u %63s", &number, name) == 2)
		for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
			int status = run(number, errors[i], argv + 1, text);
			int failed = number == SYS_execve ? 126 : 125;
			if (WIFEXITED(status) && WEXITSTATUS(status) == failed &&
			    tells(text, name, errors[i]))
				told++;
			else if (!status && !*text)
				printf("works: %s %d\n", name, errors[i]);
			else
				printf("wrong: %s %d: %#x %s\n", name, errors[i], status, text);
		}
	printf("told: %u\n", told);
	return 0;
}
