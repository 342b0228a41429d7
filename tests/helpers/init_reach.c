/* SPDX-License-Identifier: ISC */
/* init_reach: what a program in an instance tries to get hold of pid 1. Prints each try
 * that works, or OK. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static int broken;

static void refuse(int worked, const char *what)
{
	if (worked)
		printf("BROKEN: %s\n", what);
	broken |= worked;
}

/* Who may override modes can open them, but must not read. */
static void try_files(void)
{
	static const char *const files[] = { "environ", "mem", "auxv",	 "fd/0",
					     "fd/1",	"exe", "ns/mnt", "pagemap" };
	char path[64], byte;

	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		snprintf(path, sizeof path, "/proc/1/%s", files[i]);
		refuse(read(open(path, O_RDONLY | O_NONBLOCK), &byte, 1) >= 0 ||
			       open(path, O_WRONLY) >= 0,
		       path);
	}
	refuse(open("/proc/1/root", O_PATH) >= 0, "root");
	refuse(open("/proc/1/cwd", O_PATH) >= 0, "cwd");
	refuse(open("/proc/1/exe", O_PATH) >= 0, "exe");
}

static void try_calls(void)
{
	char byte;
	struct iovec ours = { &byte, 1 }, theirs = { (void *)try_calls, 1 };
	int pidfd = (int)syscall(SYS_pidfd_open, 1, 0);

	refuse(!ptrace(PTRACE_SEIZE, 1, 0, 0), "PTRACE_SEIZE");
	refuse(process_vm_readv(1, &ours, 1, &theirs, 1, 0) >= 0 || errno != EPERM, "readv");
	refuse(process_vm_writev(1, &ours, 1, &theirs, 1, 0) >= 0 || errno != EPERM, "writev");
	refuse(pidfd < 0 || syscall(SYS_pidfd_getfd, pidfd, 0, 0) >= 0, "pidfd_getfd");
	refuse(!syscall(SYS_kcmp, getpid(), 1, 0, 0, 0), "kcmp");
}

int main(void)
{
	try_files();
	try_calls();
	/* With every capability over a namespace of its own. */
	if (!unshare(CLONE_NEWUSER)) {
		try_files();
		try_calls();
	}
	if (!broken)
		puts("OK");
	return broken;
}
