/* SPDX-License-Identifier: ISC */
/*
 * privilege_inject NUMBER WHEN ERROR COMMAND [ARG]...: executes the command. In each process of
 * it the system call of that number fails the WHENth time, with that error and without being made;
 * or, if ERROR is "kill", the process is killed there. Ends when all of them have ended. It is what
 * strace -f -e inject=... does, which takes three times as long as a start only to begin.
 */
#include <elf.h>
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PROCESSES_MAX = 64, OP_ENTRY = 1, OP_EXIT = 2 };

static struct process {
	pid_t pid;
	int calls;   /* of that number */
	int failing; /* in the one that is to fail */
} processes[PROCESSES_MAX];

static struct process *process_of(pid_t pid)
{
	struct process *free_one = NULL;

	for (struct process *each = processes; each < processes + PROCESSES_MAX; each++) {
		if (each->pid == pid)
			return each;
		if (!each->pid && !free_one)
			free_one = each;
	}
	if (!free_one)
		puts("too many processes"), exit(2);
	*free_one = (struct process){ .pid = pid };
	return free_one;
}

static void check(long result, const char *what)
{
	/* It may have been killed meanwhile. */
	if (result < 0 && errno != ESRCH)
		perror(what), exit(2);
}

#if defined __x86_64__
static void skip_call(pid_t pid)
{
	check(ptrace(PTRACE_POKEUSER, pid, offsetof(struct user_regs_struct, orig_rax), -1L),
	      "skip_call");
}

static void set_result(pid_t pid, long result)
{
	check(ptrace(PTRACE_POKEUSER, pid, offsetof(struct user_regs_struct, rax), result),
	      "set_result");
}
#elif defined __aarch64__
static void skip_call(pid_t pid)
{
	int none = -1;
	struct iovec part = { &none, sizeof none };

	check(ptrace(PTRACE_SETREGSET, pid, NT_ARM_SYSTEM_CALL, &part), "skip_call");
}

static void set_result(pid_t pid, long result)
{
	struct user_regs_struct registers;
	struct iovec part = { &registers, sizeof registers };

	check(ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, &part), "set_result");
	registers.regs[0] = (unsigned long)result;
	check(ptrace(PTRACE_SETREGSET, pid, NT_PRSTATUS, &part), "set_result");
}
#endif

static void at_call(pid_t pid, unsigned long number, int when, int error)
{
	struct __ptrace_syscall_info info;
	struct process *process = process_of(pid);

	check(ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof info, &info), "system call");
	if (info.op == OP_ENTRY && info.entry.nr == number && ++process->calls == when) {
		if (!error) {
			kill(pid, SIGKILL);
			return;
		}
		skip_call(pid);
		process->failing = 1;
	} else if (info.op == OP_EXIT && process->failing) {
		set_result(pid, -(long)error);
		process->failing = 0;
	}
}

static int is_stop(int number)
{
	return number == SIGSTOP || number == SIGTSTP || number == SIGTTIN || number == SIGTTOU;
}

int main(int argc, char **argv)
{
	pid_t pid;
	int status, result = 0;

	if (argc < 5)
		return 2;
	unsigned long number = strtoul(argv[1], NULL, 10);
	int when = atoi(argv[2]), error = strcmp(argv[3], "kill") ? atoi(argv[3]) : 0;
	pid_t first = fork();
	if (!first) {
		raise(SIGSTOP);
		execvp(argv[4], argv + 4);
		perror(argv[4]);
		_exit(127);
	}
	waitpid(first, &status, WUNTRACED);
	check(ptrace(PTRACE_SEIZE, first, NULL,
		     PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
			     PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL),
	      "PTRACE_SEIZE");
	kill(first, SIGCONT);
	while ((pid = waitpid(-1, &status, __WALL)) > 0) {
		if (!WIFSTOPPED(status)) {
			process_of(pid)->pid = 0;
			if (pid == first)
				result = WIFEXITED(status) ? WEXITSTATUS(status)
							   : 128 + WTERMSIG(status);
			continue;
		}
		int stopped_by = WSTOPSIG(status), event = status >> 16, deliver = 0;
		int request = PTRACE_SYSCALL;

		if (stopped_by == (SIGTRAP | 0x80))
			at_call(pid, number, when, error);
		else if (event == PTRACE_EVENT_STOP && is_stop(stopped_by))
			request = PTRACE_LISTEN;
		else if (!event)
			deliver = stopped_by;
		check(ptrace(request, pid, NULL, (long)deliver), "going on");
	}
	return result;
}
