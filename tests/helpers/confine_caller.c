/* SPDX-License-Identifier: ISC */
/* confine_caller STATE COMMAND [ARG]...: a caller in an unusual state, then
 * the command. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "core/linux/kernel.h"

static void open_many(void)
{
	struct rlimit most;
	uint64_t handled = 1; /* the execution of files */
	char parameters[256] = { 0 };
	int pair[2];
	sigset_t some;

	sigemptyset(&some);
	getrlimit(RLIMIT_NOFILE, &most);
	most.rlim_cur = most.rlim_max;
	setrlimit(RLIMIT_NOFILE, &most);
	open("/", O_RDONLY | O_DIRECTORY);
	open("/", O_PATH);
	open("/proc", O_RDONLY);
	open("/proc/self/ns/mnt", O_RDONLY);
	open("/proc/self/mountinfo", O_RDONLY);
	open("/etc/passwd", O_RDONLY);
	open("/etc/passwd", O_PATH);
	open("/dev/null", O_RDWR);
	open("/dev/zero", O_RDONLY);
	if (!pipe(pair))
		socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
	socket(AF_INET, SOCK_STREAM, 0);
	epoll_create1(0);
	eventfd(0, 0);
	timerfd_create(CLOCK_MONOTONIC, 0);
	memfd_create("m", 0);
	syscall(SYS_pidfd_open, getpid(), 0);
	signalfd(-1, &some, 0);
	inotify_init1(0);
	open("/sys/fs/cgroup", O_RDONLY | O_DIRECTORY);
	open("/proc/self/ns/user", O_RDONLY);
	open("/proc/self/ns/net", O_RDONLY);
	open("/proc/self/ns/pid", O_RDONLY);
	open("/proc/self/ns/cgroup", O_RDONLY);
	syscall(SYS_landlock_create_ruleset, &handled, sizeof handled, 0);
	syscall(SYS_io_uring_setup, 1, parameters);
	dup2(0, 100);
	dup2(1, 500);
	dup2(open(".", O_RDONLY), 255);
	for (int count = 0; count < 1000; count++)
		dup(count % 20);
}

/* A session keyring with a key that whoever possesses it may see. Keyrings of instances
 * that have ended can use up the user's quota for a while. */
static void add_key(void)
{
	long key = -1;

	for (int tries = 100; key < 0 && tries; tries--) {
		usleep(tries < 100 ? 100000 : 0);
		syscall(SYS_keyctl, KERNEL_KEYCTL_JOIN_SESSION_KEYRING, NULL);
		key = syscall(SYS_add_key, "user", "selfdock-secret", "x", (size_t)1, -3);
	}
	syscall(SYS_keyctl, 5L /* SETPERM */, key, 0x3f000000L);
}

int main(int argc, char **argv)
{
	const char *state = argc > 2 ? argv[1] : "";
	char **command = argv + 2, *nothing[] = { NULL }, empty[] = "";
	sigset_t some;

	sigemptyset(&some);
	sigaddset(&some, SIGUSR1);
	sigaddset(&some, SIGTERM);
	if (!strcmp(state, "fds")) {
		open_many();
	} else if (!strcmp(state, "mask")) {
		sigprocmask(SIG_BLOCK, &some, NULL);
	} else if (!strcmp(state, "nohup")) {
		signal(SIGHUP, SIG_IGN);
		signal(SIGUSR2, SIG_IGN);
	} else if (!strcmp(state, "default")) { /* not as a shell starts its jobs */
		signal(SIGINT, SIG_DFL);
		signal(SIGQUIT, SIG_DFL);
	} else if (!strcmp(state, "nochld")) {
		signal(SIGCHLD, SIG_IGN);
	} else if (!strcmp(state, "alarm")) {
		struct itimerval soon = { .it_value = { .tv_usec = 500000 } };
		setitimer(ITIMER_REAL, &soon, NULL);
	} else if (!strcmp(state, "umask")) {
		umask(0137);
	} else if (!strcmp(state, "core")) {
		struct rlimit core = { 4096, 8192 };
		setrlimit(RLIMIT_CORE, &core);
	} else if (!strcmp(state, "key")) {
		add_key();
	} else if (!strcmp(state, "argc0")) {
		execve(command[0], nothing, nothing);
	} else if (!strcmp(state, "argv0")) { /* the word after the command */
		execv(command[0], command + 1);
	} else if (!strcmp(state, "empty0")) {
		const char *file = command[0];
		command[0] = empty;
		execv(file, command);
	} else {
		return 2;
	}
	execv(command[0], command);
	return 3;
}
