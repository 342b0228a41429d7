/* SPDX-License-Identifier: ISC */
/*
 * descriptors HOW [FD]: what a program may try with a descriptor that it was given. Says each way
 * that worked on standard error, and "tried" at the end.
 *
 *   write FD   to write to what FD is open for reading of
 *   read FD    to read what FD is open for writing of
 *   join       to join, or go up from, a namespace that a standard descriptor is open on
 */
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* <linux/nsfs.h> */
enum { GET_USERNS = 0xb701, GET_PARENT = 0xb702 };

static void refuse(int worked, const char *way)
{
	if (!worked)
		return;
	fprintf(stderr, "BROKEN: %s\n", way);
}

static void try_writing(int fd)
{
	static const int flags[] = { O_WRONLY, O_RDWR, O_WRONLY | O_APPEND, O_RDONLY | O_TRUNC };
	const struct timespec old[2] = { { .tv_sec = 1 }, { .tv_sec = 1 } };
	char path[64];

	refuse(write(fd, "x", 1) > 0, "write");
	refuse(!ftruncate(fd, 0), "ftruncate");
	refuse(!fchmod(fd, 0777), "fchmod");
	refuse(!fchown(fd, getuid(), getgid()), "fchown");
	refuse(!futimens(fd, old), "futimens");
	refuse(mmap(NULL, 1, PROT_WRITE, MAP_SHARED, fd, 0) != MAP_FAILED, "mmap");
	refuse(!fcntl(fd, F_SETFL, O_RDWR) && write(fd, "x", 1) > 0, "F_SETFL");
	for (int by = 0; by < 3; by++) {
		const char *const names[] = { "/proc/self/fd/%d", "/dev/fd/%d",
					      "/proc/thread-self/fd/%d" };
		snprintf(path, sizeof path, names[by], fd);
		for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
			refuse(open(path, flags[i]) >= 0, path);
		refuse(!chmod(path, 0777), path);
		refuse(!truncate(path, 0), path);
	}
	int held = open("/proc/self/fd", O_PATH | O_DIRECTORY);
	snprintf(path, sizeof path, "%d", fd);
	refuse(openat(held, path, O_WRONLY) >= 0, "openat");
}

static void try_reading(int fd)
{
	char path[64], byte;

	refuse(read(fd, &byte, 1) > 0, "read");
	refuse(pread(fd, &byte, 1, 0) > 0, "pread");
	refuse(mmap(NULL, 1, PROT_READ, MAP_SHARED, fd, 0) != MAP_FAILED, "mmap");
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	refuse(open(path, O_RDONLY) >= 0, "open");
	refuse(open(path, O_RDWR) >= 0, "open for both");
	refuse(!fchmod(fd, 0777), "fchmod");
}

static void join_standard(const char *where)
{
	for (int fd = 0; fd < 3; fd++) {
		int user = ioctl(fd, GET_USERNS), parent = ioctl(fd, GET_PARENT);
		const int found[] = { fd, user, parent };
		for (size_t i = 0; i < sizeof found / sizeof *found; i++)
			refuse(found[i] >= 0 && !setns(found[i], 0), where);
	}
}

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "";
	int fd = argc > 2 ? atoi(argv[2]) : 0;

	if (!strcmp(how, "write"))
		try_writing(fd);
	if (!strcmp(how, "read"))
		try_reading(fd);
	if (!strcmp(how, "join")) {
		join_standard("itself");
		if (!fork()) {
			if (!unshare(CLONE_NEWUSER))
				join_standard("in a user namespace");
			_exit(0);
		}
		wait(NULL);
	}
	fprintf(stderr, "tried\n");
	return 0;
}
