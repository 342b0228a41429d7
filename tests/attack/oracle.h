/* SPDX-License-Identifier: ISC */
/* For oracle.c, oracle_plant.c and mutate.c: what a process is called, and the descriptor of one of
 * root's files that is passed on. */
#ifndef TESTS_ORACLE_H
#define TESTS_ORACLE_H

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

enum { NAME_SIZE = 32, PIDFS = 0x50494446, MINE = 77 };

/* Sets NAME to the inode of the pidfd, which no two processes share, or before Linux 6.9 to the
 * time when the process started. Returns whether it could be told. */
static inline int name_process(int pid, int pidfd, char name[NAME_SIZE])
{
	char path[64], text[1024];
	struct statfs system;
	struct stat is;

	if (pidfd < 0 || fstatfs(pidfd, &system) || fstat(pidfd, &is))
		return 0;
	if (system.f_type == PIDFS) {
		snprintf(name, NAME_SIZE, "%llu", (unsigned long long)is.st_ino);
		return 1;
	}
	snprintf(path, sizeof path, "/proc/%d/stat", pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
	close(fd);
	text[length < 0 ? 0 : length] = 0;
	const char *rest = strrchr(text, ')');
	return rest && sscanf(rest + 1,
			      " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d"
			      " %*d %*d %*d %31s",
			      name) == 1;
}

#endif
