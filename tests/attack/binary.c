/* SPDX-License-Identifier: ISC */
/*
 * binary: tries to change each program that a process in /proc executes, unless that is this one,
 * until it gets SIGTERM. Says "ready", each way that worked, and at the end how many links it
 * tried, of how many different processes.
 */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

static struct stat self;
static unsigned long tried, processes, last;
static volatile sig_atomic_t ending;

static void end(int number)
{
	ending = number;
}

static void refuse(int worked, const char *way, const char *path)
{
	if (!worked)
		return;
	printf("BROKEN: %s of %s\n", way, path);
	fflush(stdout);
}

static void change(const char *path)
{
	const struct timespec old[2] = { { .tv_sec = 1 }, { .tv_sec = 1 } };
	struct stat file;
	static const int flags[] = { O_WRONLY, O_RDWR, O_WRONLY | O_APPEND, O_WRONLY | O_TRUNC };

	/* A link that leads to this very program proves nothing. */
	if (!stat(path, &file) && file.st_dev == self.st_dev && file.st_ino == self.st_ino)
		return;
	tried++;
	for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
		int fd = open(path, flags[i]);
		refuse(fd >= 0, "open", path);
		if (fd >= 0)
			close(fd);
	}
	refuse(!chmod(path, 04777), "chmod", path);
	refuse(!truncate(path, 1), "truncate", path);
	refuse(!utimensat(AT_FDCWD, path, old, 0), "utimensat", path);
	refuse(!chown(path, getuid(), getgid()), "chown", path);
	refuse(!setxattr(path, "user.selfdock", "x", 1, 0), "setxattr", path);
	refuse(!linkat(AT_FDCWD, path, AT_FDCWD, "/tmp/linked", AT_SYMLINK_FOLLOW), "link", path);
	/* By a descriptor that is held until the process has ended. */
	int held = open(path, O_PATH);
	if (held >= 0) {
		char again[64];
		snprintf(again, sizeof again, "/proc/self/fd/%d", held);
		refuse(!chmod(again, 04777), "chmod by a descriptor", path);
		int fd = open(again, O_WRONLY);
		refuse(fd >= 0, "open by a descriptor", path);
		close(fd);
		close(held);
	}
}

int main(void)
{
	char path[300];

	signal(SIGTERM, end);
	stat("/proc/self/exe", &self);
	puts("ready");
	fflush(stdout);
	while (!ending) {
		DIR *proc = opendir("/proc");
		struct dirent *entry;
		while (proc && (entry = readdir(proc))) {
			unsigned long pid = strtoul(entry->d_name, NULL, 10);
			if (!pid || pid == (unsigned long)getpid())
				continue;
			processes += pid > last;
			last = pid > last ? pid : last;
			snprintf(path, sizeof path, "/proc/%lu/exe", pid);
			change(path);
			snprintf(path, sizeof path, "/proc/%lu/task/%lu/exe", pid, pid);
			change(path);
		}
		closedir(proc);
		/* Those that come next, before they are listed. */
		for (unsigned long next = last + 1; next < last + 4; next++) {
			snprintf(path, sizeof path, "/proc/%lu/exe", next);
			change(path);
		}
	}
	printf("tried %lu, of %lu processes\n", tried, processes);
	return 0;
}
