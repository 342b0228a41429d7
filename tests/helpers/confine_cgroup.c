/* SPDX-License-Identifier: ISC */
/* confine_cgroup CGROUP: tries to get at the cgroups outside, each time with another way
 * to a cgroup namespace that a user namespace of its own owns, and kills what is in
 * CGROUP, or in the namespace's root. Prints "WAY ERRNO" where there is no way, else
 * "WAY refused" where no kind of cgroup file system can be mounted, or what was. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { OWN = CLONE_NEWUSER | CLONE_NEWNS };

static const char place[] = "/tmp/cgroup";

static void kill_all(const char *cgroup)
{
	char path[512];

	snprintf(path, sizeof path, "%s/%s/cgroup.kill", place, cgroup);
	int file = open(path, O_WRONLY);
	if (file < 0) {
		snprintf(path, sizeof path, "%s/cgroup.kill", place);
		file = open(path, O_WRONLY);
	}
	if (file >= 0 && write(file, "1", 1) != 1)
		perror(path);
}

static void try_mounts(const char *way, const char *cgroup)
{
	static const char *const hierarchies[] = { "freezer", "pids",	"memory",	    "cpu",
						   "devices", "cpuset", "none,name=systemd" };

	for (size_t i = 0; i < sizeof hierarchies / sizeof *hierarchies; i++)
		if (!mount("none", place, "cgroup", 0, hierarchies[i]))
			printf("%s mounted %s\n", way, hierarchies[i]);
	if (!mount("none", place, "cpuset", 0, NULL))
		printf("%s mounted cpuset\n", way);
	if (mount("none", place, "cgroup2", 0, NULL)) {
		printf("%s refused\n", way);
	} else {
		printf("%s mounted cgroup2\n", way);
		fflush(stdout);
		kill_all(cgroup);
	}
}

/* The new process, if there is one, goes on as the child that tries; this one waits. */
static long start_child(const char *way, long pid)
{
	if (pid <= 0)
		return pid;
	waitpid((pid_t)pid, NULL, 0);
	_exit(way == NULL);
}

static long go(const char *way, int number)
{
	uint64_t arguments[8] = { OWN | CLONE_NEWCGROUP, 0, 0, 0, SIGCHLD };
	unsigned long garbage = sizeof garbage == 8 ? 1UL << (sizeof garbage * 8 - 1) : 0;

	switch (number) {
	case 0:
		return unshare(OWN | CLONE_NEWCGROUP);
	case 1:
		return unshare(OWN) ? -1 : unshare(CLONE_NEWCGROUP);
	case 2:
		return start_child(way,
				   syscall(SYS_clone, OWN | CLONE_NEWCGROUP | SIGCHLD, 0, 0, 0, 0));
	case 3:
		return start_child(
			way,
			syscall(SYS_clone, OWN | CLONE_NEWCGROUP | SIGCHLD | garbage, 0, 0, 0, 0));
	case 4:
		return start_child(way, syscall(SYS_clone3, arguments, sizeof arguments));
	case 5:
		return unshare(OWN)
			       ? -1
			       : setns(open("/proc/self/ns/cgroup", O_RDONLY), CLONE_NEWCGROUP);
	default:
		return unshare(OWN | CLONE_NEWNET | CLONE_NEWIPC);
	}
}

int main(int argc, char **argv)
{
	static const char *const ways[] = { "unshare", "unshare-later", "clone",  "clone-garbage",
					    "clone3",  "setns",		"without" };

	if (argc < 2)
		return 2;
	signal(SIGPIPE, SIG_IGN);
	mkdir(place, 0755);
	for (int i = 0; i < 7; i++) {
		pid_t pid = fork();
		if (pid) {
			waitpid(pid, NULL, 0);
			continue;
		}
		if (go(ways[i], i) < 0)
			printf("%s %d\n", ways[i], errno);
		else
			try_mounts(ways[i], argv[1]);
		fflush(stdout);
		_exit(0);
	}
	return 0;
}
