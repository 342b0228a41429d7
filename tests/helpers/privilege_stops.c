/* SPDX-License-Identifier: ISC */
/*
 * privilege_stops UID GID ATTACK COMMAND [ARG]...: runs the command as that
 * user, stops it and its children at every system call from its execve to that
 * of its program, and runs ATTACK PID as the user meanwhile. Prints what an
 * attack says, with the number of the system call, and at the end "N stops".
 *
 * Stopped by a seccomp listener and not by a tracer, since a process that has
 * a tracer refuses another for that reason alone. For root.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/linux/kernel.h"

/* <linux/seccomp.h> */
struct notification {
	uint64_t id;
	uint32_t pid, flags;
	struct kernel_seccomp_data data;
};

struct response {
	uint64_t id;
	int64_t value;
	int32_t error;
	uint32_t flags;
};

#define RECEIVE _IOWR('!', 0, struct notification)
#define SEND _IOWR('!', 1, struct response)

enum { USER_NOTIF = 0x7fc00000, NEW_LISTENER = 8, CONTINUE = 1 };

static void become(char **argv)
{
	gid_t gid = (gid_t)atoi(argv[2]);
	uid_t uid = (uid_t)atoi(argv[1]);

	if (setgroups(0, NULL) || setresgid(gid, gid, gid) || setresuid(uid, uid, uid))
		_exit(4);
}

static _Noreturn void run(char **argv, int tell)
{
	const struct kernel_sock_filter filter[] = {
		{ KERNEL_BPF_LOAD, 0, 0, offsetof(struct kernel_seccomp_data, nr) },
		/* Written to the harness before it listens. */
		{ KERNEL_BPF_EQUAL, 0, 3, SYS_write },
		{ KERNEL_BPF_LOAD, 0, 0, offsetof(struct kernel_seccomp_data, args[0]) },
		{ KERNEL_BPF_EQUAL, 0, 1, (uint32_t)tell },
		{ KERNEL_BPF_RETURN, 0, 0, KERNEL_SECCOMP_RET_ALLOW },
		{ KERNEL_BPF_RETURN, 0, 0, USER_NOTIF },
	};
	const struct kernel_sock_fprog program = { sizeof filter / sizeof *filter, filter };
	int listener =
		(int)syscall(SYS_seccomp, KERNEL_SECCOMP_SET_MODE_FILTER, NEW_LISTENER, &program);

	if (write(tell, &listener, sizeof listener) < 0)
		_exit(4);
	become(argv);
	execv(argv[4], argv + 4);
	_exit(5);
}

static int attack(char **argv, uint32_t victim, int number)
{
	char pid[16];
	int status;

	snprintf(pid, sizeof pid, "%u", victim);
	pid_t attacker = fork();
	if (!attacker) {
		become(argv);
		execl(argv[3], argv[3], pid, (char *)NULL);
		_exit(6);
	}
	if (waitpid(attacker, &status, 0) < 0 || status) {
		printf("at system call %d of %u\n", number, victim);
		return 1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	int channel[2], listener = -1, executed = 0, stops = 0, bad = 0, status;

	if (argc < 5 || pipe(channel))
		return 2;
	setvbuf(stdout, NULL, _IONBF, 0);
	/* A number that selfdock closes before it could write to it. */
	dup2(channel[1], 200);
	pid_t pid = fork();
	if (!pid)
		run(argv, 200);
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (read(channel[0], &listener, sizeof listener) < 0 || listener < 0)
		return 1;
	listener = (int)syscall(SYS_pidfd_getfd, pidfd, listener, 0);
	if (listener < 0)
		return 1;

	/* Two execve: of selfdock and, by another process, of its program. */
	while (executed < 2) {
		struct notification stop;
		struct pollfd ready = { .fd = listener, .events = POLLIN };
		memset(&stop, 0, sizeof stop);
		if (poll(&ready, 1, 10000) != 1 || ioctl(listener, RECEIVE, &stop))
			break;
		if (executed) {
			stops++;
			bad |= attack(argv, stop.pid, stop.data.nr);
		}
		executed += stop.data.nr == SYS_execve;
		struct response go = { .id = stop.id, .flags = CONTINUE };
		if (ioctl(listener, SEND, &go) && errno != ENOENT)
			break;
	}
	printf("%d stops\n", stops);
	/* What follows belongs to the program; its calls would wait for ever. */
	kill(pid, SIGKILL);
	close(listener);
	waitpid(pid, &status, 0);
	return bad || executed < 2;
}
