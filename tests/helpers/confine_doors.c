/* SPDX-License-Identifier: ISC */
/* Tries the doors that the system-call filter closes. Prints "DOOR ERRNO". */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *name(long result)
{
	static char number[16];

	if (result >= 0)
		return "open";
	switch (errno) {
	case EPERM:
		return "EPERM";
	case ENOSYS:
		return "ENOSYS";
	case EAFNOSUPPORT:
		return "EAFNOSUPPORT";
	default:
		snprintf(number, sizeof number, "%d", errno);
		return number;
	}
}

static void report(const char *door, long result)
{
	printf("%s %s\n", door, name(result));
	fflush(stdout);
}

/* On the controlling terminal of a new session: only there is TIOCSTI the
 * caller's right outside. */
static void try_terminal(void)
{
	const unsigned long garbage = 0xdeadbeef00000000;
	int master = posix_openpt(O_RDWR | O_NOCTTY);
	char typed = 'x', screen = 6;

	if (master < 0 || grantpt(master) || unlockpt(master))
		return;
	if (fork()) {
		wait(NULL);
		return;
	}
	setsid();
	int slave = open(ptsname(master), O_RDWR);
	report("TIOCSTI", syscall(SYS_ioctl, slave, (unsigned long)TIOCSTI, &typed));
	report("TIOCSTI+garbage", syscall(SYS_ioctl, slave, TIOCSTI | garbage, &typed));
	report("TIOCLINUX", syscall(SYS_ioctl, slave, 0x541cUL, &screen));
	report("TIOCLINUX+garbage", syscall(SYS_ioctl, slave, 0x541cUL | garbage, &screen));
	_exit(0);
}

/* In a process of its own: a kernel without this ABI lets it end by SIGSEGV. */
static long foreign(void)
{
#ifdef __x86_64__
	long result;
	int status;

	if (!fork()) {
		__asm__ volatile("int $0x80"
				 : "=a"(result)
				 : "a"(20L)
				 : "memory", "r8", "r9", "r10", "r11");
		_exit(result < 0 ? (int)-result : 0);
	}
	wait(&status);
	errno = WIFEXITED(status) ? WEXITSTATUS(status) : ENOSYS;
	return errno ? -1 : 0;
#else
	errno = ENOSYS;
	return -1;
#endif
}

/* In a process of its own: what it gets is its own trouble. */
static void try_namespaces(const char *door, long number, unsigned long flags)
{
	pid_t child = fork();
	if (child) {
		waitpid(child, NULL, 0); /* as pid 1 it gets others, too */
		return;
	}
	long pid = syscall(number, flags | (number == SYS_clone ? SIGCHLD : 0), 0, 0, 0, 0);
	if (number == SYS_clone && pid == 0)
		_exit(0);
	report(door, pid);
	_exit(0);
}

/* A tracer skips a call of its child by the number -1, and says what it returned. */
static void try_skipping(void)
{
#ifdef __x86_64__
	struct user_regs_struct registers;
	pid_t pid = fork();

	if (!pid) {
		ptrace(PTRACE_TRACEME, 0, 0, 0);
		raise(SIGSTOP);
		_exit(syscall(SYS_getppid) == 42 ? 42 : 1);
	}
	int status;
	waitpid(pid, &status, 0);
	do {
		ptrace(PTRACE_SYSCALL, pid, 0, 0);
		waitpid(pid, &status, 0);
		ptrace(PTRACE_GETREGS, pid, 0, &registers);
	} while (WIFSTOPPED(status) && registers.orig_rax != SYS_getppid);
	registers.orig_rax = (unsigned long)-1;
	registers.rax = 42;
	ptrace(PTRACE_SETREGS, pid, 0, &registers);
	ptrace(PTRACE_CONT, pid, 0, 0);
	waitpid(pid, &status, 0);
	errno = ENOSYS;
	report("skipped", WIFEXITED(status) && WEXITSTATUS(status) == 42 ? 0 : -1);
#else
	puts("skipped open");
#endif
}

int main(void)
{
	char parameters[256] = { 0 };

	try_terminal();
	report("int80", foreign());
#ifdef __x86_64__
	report("x32", syscall(0x40000000L | SYS_getpid));
#else
	puts("x32 ENOSYS");
#endif
	report("keyctl", syscall(SYS_keyctl, 0L /* GET_KEYRING_ID */, -3L, 0L));
	report("add_key", syscall(SYS_add_key, "user", "k", "v", (size_t)1, -2));
	report("request_key", syscall(SYS_request_key, "user", "k", NULL, 0));
	report("io_uring_setup", syscall(SYS_io_uring_setup, 1, parameters));
	/* The process group is shared with processes outside, unless there is a
	 * new one: of that everybody may do it where it is not refused. */
	setpgid(0, 0);
	report("setpriority", setpriority(PRIO_PROCESS, 0, 19));
	report("setpriority+group", setpriority(PRIO_PGRP, 0, 19));
	report("ioprio_set+group", syscall(SYS_ioprio_set, 2L, 0L, 3L << 13));
	report("AF_ALG", socket(38, SOCK_SEQPACKET, 0));
	report("AF_VSOCK", socket(40, SOCK_STREAM, 0));
	report("AF_VSOCK+garbage", syscall(SYS_socket, 0x1200000028L, SOCK_STREAM, 0));
	report("AF_UNIX", socket(AF_UNIX, SOCK_STREAM, 0));
	report("AF_INET", socket(AF_INET, SOCK_STREAM, 0));
	try_namespaces("clone+cgroup", SYS_clone, CLONE_NEWUSER | CLONE_NEWCGROUP);
	try_namespaces("unshare+cgroup", SYS_unshare, CLONE_NEWUSER | CLONE_NEWCGROUP);
	try_namespaces("clone+user", SYS_clone, CLONE_NEWUSER | CLONE_NEWNS);
	try_namespaces("unshare+user", SYS_unshare, CLONE_NEWUSER | CLONE_NEWNS);
	try_namespaces("clone3", SYS_clone3, 0);
	try_skipping();
	return 0;
}
