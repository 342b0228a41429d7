/* SPDX-License-Identifier: ISC */
/*
 * privilege_watch 0 EXECS COMMAND [ARG]...: executes the command. For each process of it that exits
 * after so many calls of execve, and has not made the next one, prints what it has open that it got
 * while its effective uid was 0. The last line is "N exits". The command's output goes to standard
 * error.
 *
 * privilege_watch SIGNAL EXECS STEP COMMAND [ARG]...: executes the command again and again, with
 * limits on core files that are none. Each time another system call between these two calls of
 * execve, every STEPth, meets the signal. Prints each process that dumped its core, and at the end
 * "N signals, N deaths".
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { OP_ENTRY = 1, PROCESSES_MAX = 64, FDS_MAX = 64 };

static int number; /* the signal */
static int calls;  /* so far */
static int at;	   /* the call that is to meet it */
static int deaths, exits;
static int execs_max; /* of COMMAND until it is selfdock */

static _Noreturn void run(char **words)
{
	const struct rlimit none = { RLIM_INFINITY, RLIM_INFINITY };

	setrlimit(RLIMIT_CORE, &none);
	if (!number)
		dup2(STDERR_FILENO, STDOUT_FILENO);
	raise(SIGSTOP);
	execvp(words[0], words);
	perror(words[0]);
	_exit(127);
}

/* What is open, and what of it was when it was executed or while its effective uid was 0. */
static struct process {
	pid_t pid;
	int begun, is_program;
	char inherited[FDS_MAX], roots[FDS_MAX];
} processes[PROCESSES_MAX];

static struct process *process_of(pid_t pid)
{
	struct process *each = processes;

	while (each->pid && each->pid != pid)
		if (++each == processes + PROCESSES_MAX)
			exit(3);
	each->pid = pid;
	return each;
}

static int is_root(pid_t pid)
{
	char path[64], line[256];
	unsigned real, effective = 1;

	snprintf(path, sizeof path, "/proc/%d/status", pid);
	FILE *file = fopen(path, "r");
	while (file && fgets(line, sizeof line, file) &&
	       sscanf(line, "Uid: %u %u", &real, &effective) != 2)
		;
	if (file)
		fclose(file);
	return !effective;
}

/* Looks at each descriptor: notes those that are new while it is root, or prints at its end those
 * that were. */
static void look_at_open(struct process *process, int root, int ends)
{
	char path[64], target[256];

	for (int fd = 0; fd < FDS_MAX; fd++) {
		snprintf(path, sizeof path, "/proc/%d/fd/%d", process->pid, fd);
		ssize_t length = readlink(path, target, sizeof target - 1);
		if (length < 0)
			process->inherited[fd] = process->roots[fd] = 0;
		else if (!process->begun)
			process->inherited[fd] = 1;
		else if (root && !process->inherited[fd])
			process->roots[fd] = 1;
		if (ends && process->roots[fd])
			printf("%.*s\n", (int)length, target);
	}
	process->begun = 1;
}

/* At a system call of selfdock's. */
static void look(pid_t pid)
{
	struct __ptrace_syscall_info info;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof info, &info) < 0)
		return;
	if (!number) {
		int ends = info.op == OP_ENTRY &&
			   (info.entry.nr == SYS_exit_group || info.entry.nr == SYS_exit);
		exits += ends;
		look_at_open(process_of(pid), is_root(pid), ends);
	} else if (info.op == OP_ENTRY && ++calls == at) {
		kill(pid, number);
	}
}

static void note_death(pid_t pid, int status)
{
	if (!number || !WIFSIGNALED(status))
		return;
	deaths += WTERMSIG(status) == number;
	if (WCOREDUMP(status))
		printf("core of %d by signal %d at call %d\n", pid, number, at);
}

/* Signals are for a start. What was its outer side is looked at until it ends, too. */
static int is_watched(pid_t pid, int execs)
{
	return execs == execs_max || (!number && execs > execs_max && !process_of(pid)->is_program);
}

static void watch(char **words)
{
	int status, execs = 0, deliver;
	pid_t first = fork(), pid;

	if (!first)
		run(words);
	memset(processes, 0, sizeof processes);
	waitpid(first, &status, WUNTRACED);
	if (ptrace(PTRACE_SEIZE, first, NULL,
		   PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
			   PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL))
		perror("PTRACE_SEIZE"), exit(2);
	kill(first, SIGCONT);
	for (calls = 0; (pid = waitpid(-1, &status, __WALL)) > 0;) {
		if (!WIFSTOPPED(status)) {
			note_death(pid, status);
			continue;
		}
		deliver = 0;
		if (status >> 16 == PTRACE_EVENT_EXEC)
			process_of(pid)->is_program = ++execs > execs_max;
		else if (WSTOPSIG(status) == (SIGTRAP | 0x80) && is_watched(pid, execs))
			look(pid);
		else if (!(status >> 16) && WSTOPSIG(status) != (SIGTRAP | 0x80))
			deliver = WSTOPSIG(status);
		ptrace(is_watched(pid, execs) ? PTRACE_SYSCALL : PTRACE_CONT, pid, NULL,
		       (long)deliver);
	}
}

int main(int argc, char **argv)
{
	int step, most, tried = 0;

	if (argc < 5)
		return 2;
	setvbuf(stdout, NULL, _IONBF, 0);
	number = atoi(argv[1]);
	execs_max = atoi(argv[2]);
	if (!number) {
		watch(argv + 3);
		printf("%d exits\n", exits);
		return 0;
	}
	step = atoi(argv[3]);
	at = -1;
	watch(argv + 4); /* to count */
	most = calls;
	for (at = 1; at <= most; at += step, tried++)
		watch(argv + 4);
	printf("%d signals, %d deaths\n", tried, deaths);
	return 0;
}
