/* SPDX-License-Identifier: ISC */
/* privilege_attack PID: everything that one process can try on another of the
 * same user. Prints what worked; fails if anything did. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

static int bad;

static void refused(long result, const char *what)
{
	if (result < 0)
		return;
	printf("%s worked\n", what);
	bad = 1;
}

int main(int argc, char **argv)
{
	static const char *const files[] = { "mem",	"environ", "maps",   "auxv",
					     "syscall", "stack",   "pagemap" };
	static const char *const links[] = { "exe", "root", "cwd", "fd/0", "ns/mnt", "ns/user" };
	static char here[8];
	pid_t pid = argc > 1 ? atoi(argv[1]) : 0;
	char path[64], target[256];

	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		snprintf(path, sizeof path, "/proc/%d/%s", pid, files[i]);
		int fd = open(path, O_RDONLY);
		/* The text files refuse with nothing to read. */
		refused(fd < 0 ? -1 : i ? read(fd, here, 1) - 1 : fd, files[i]);
	}
	for (size_t i = 0; i < sizeof links / sizeof *links; i++) {
		snprintf(path, sizeof path, "/proc/%d/%s", pid, links[i]);
		refused(readlink(path, target, sizeof target), links[i]);
	}

	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	unsigned long none = 0;
	struct iovec local = { here, 1 }, remote = { &here, 1 };
	/* EFAULT, too, would mean that the address space was searched. */
	if (process_vm_readv(pid, &local, 1, &remote, 1, 0) >= 0)
		refused(0, "process_vm_readv");
	if (process_vm_writev(pid, &local, 1, &remote, 1, 0) >= 0)
		refused(0, "process_vm_writev");
	refused(syscall(SYS_kcmp, getpid(), pid, 0 /* KCMP_FILE */, 0, 0), "kcmp");
	refused(syscall(SYS_migrate_pages, pid, 64, &none, &none), "migrate_pages");
	for (int fd = 0; fd < 10; fd++)
		refused(syscall(SYS_pidfd_getfd, pidfd, fd, 0), "pidfd_getfd");
	refused(syscall(SYS_setns, pidfd, 0x10000000 /* CLONE_NEWUSER */), "setns");

	long seized = ptrace(PTRACE_SEIZE, pid, 0, 0);
	refused(seized, "PTRACE_SEIZE");
	if (seized < 0) {
		long attached = ptrace(PTRACE_ATTACH, pid, 0, 0);
		refused(attached, "PTRACE_ATTACH");
	}
	return bad;
}
