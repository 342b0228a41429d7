/* SPDX-License-Identifier: ISC */
/* in_userns COMMAND...: as uid 0 of a user namespace with two ranges of ids. */
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void write_map(pid_t pid, const char *name)
{
	static const char map[] = "0 0 1\n1 100000 65536\n";
	char path[64];
	snprintf(path, sizeof path, "/proc/%d/%s", pid, name);
	int fd = open(path, O_WRONLY);

	if (fd < 0 || write(fd, map, sizeof map - 1) < 0)
		exit(1);
}

int main(int argc, char **argv)
{
	int ready[2], mapped[2], status = 1;
	char byte;

	if (argc < 2 || pipe(ready) || pipe(mapped))
		return 1;
	pid_t pid = fork();
	if (!pid) {
		if (unshare(CLONE_NEWUSER) || write(ready[1], "", 1) != 1 ||
		    read(mapped[0], &byte, 1) != 1 || setresuid(0, 0, 0))
			return 1;
		execv(argv[1], argv + 1);
		return 1;
	}
	/* Where it ends instead, nobody else holds the pipe. */
	close(ready[1]);
	close(mapped[0]);
	if (read(ready[0], &byte, 1) != 1)
		return 1;
	write_map(pid, "uid_map");
	write_map(pid, "gid_map");
	if (write(mapped[1], "", 1) != 1 || waitpid(pid, &status, 0) != pid)
		return 1;
	return WEXITSTATUS(status);
}
