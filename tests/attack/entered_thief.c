/* SPDX-License-Identifier: ISC */
/*
 * entered_thief FILE any|selfdock: for ever tries to look into, trace and rob each other process
 * that /proc shows. Writes to FILE how many attempts there were, and below that what worked: with
 * "selfdock" only on a process that executes selfdock still, or has descriptors beyond 2.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

static int file, any;
static unsigned long attempts, seen;

static void report(pid_t pid, const char *what, const char *more)
{
	char line[512];
	int length = snprintf(line, sizeof line, "HIT %d %s %s\n", pid, what, more);

	if (lseek(file, 0, SEEK_END) < 0 || write(file, line, (size_t)length) != length)
		exit(3);
}

static int reads(pid_t pid, const char *name, char *target)
{
	char path[64];

	attempts++;
	snprintf(path, sizeof path, "/proc/%d/%s", pid, name);
	ssize_t length = readlink(path, target, 255);
	target[length < 0 ? 0 : length] = '\0';
	return length >= 0;
}

static void take(pid_t pid)
{
	static char here[8];
	struct iovec local = { here, 1 }, remote = { &here, 1 };
	char path[64], target[256];
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);

	attempts += 3;
	if (process_vm_readv(pid, &local, 1, &remote, 1, 0) >= 0)
		report(pid, "memory", "");
	if (syscall(SYS_pidfd_getfd, pidfd, 3, 0) >= 0)
		report(pid, "descriptor", "3");
	snprintf(path, sizeof path, "/proc/%d/mem", pid);
	int memory = open(path, O_RDWR);
	if (memory >= 0)
		report(pid, "mem", "");
	close(memory);
	close(pidfd);
	/* Last, since a tracer changes what comes after it. */
	attempts++;
	if (!ptrace(PTRACE_SEIZE, pid, 0, 0))
		report(pid, "trace", reads(pid, "exe", target) ? target : "");
}

static int is_selfdock(const char *path)
{
	const char *name = strrchr(path, '/');

	return name && !strcmp(name, "/selfdock");
}

static void attack(pid_t pid)
{
	static const char *const links[] = { "cwd", "root", "ns/user", "ns/mnt" };
	char target[256], name[16];

	seen++;
	if (reads(pid, "exe", target) && (any || is_selfdock(target)))
		report(pid, "exe", target);
	for (int fd = any ? 0 : 3; fd < 16; fd++) {
		snprintf(name, sizeof name, "fd/%d", fd);
		if (reads(pid, name, target))
			report(pid, name, target);
	}
	if (!any)
		return;
	for (size_t i = 0; i < sizeof links / sizeof *links; i++)
		if (reads(pid, links[i], target))
			report(pid, links[i], target);
	take(pid);
}

int main(int argc, char **argv)
{
	char count[64];

	if (argc != 3)
		return 2;
	file = open(argv[1], O_WRONLY | O_CREAT | O_TRUNC, 0644);
	any = !strcmp(argv[2], "any");
	for (pid_t self = getpid();;) {
		DIR *proc = opendir("/proc");
		if (file < 0 || !proc)
			return 2;
		for (struct dirent *entry; (entry = readdir(proc));) {
			pid_t pid = atoi(entry->d_name);
			if (pid > 0 && pid != self)
				attack(pid);
		}
		closedir(proc);
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
		int length = snprintf(count, sizeof count, "%10lu attempts, %10lu seen\n", attempts,
				      seen);
		if (pwrite(file, count, (size_t)length, 0) != length)
			return 3;
	}
}
