/* SPDX-License-Identifier: ISC */
/*
 * forbidden_imitate OWNER STATE MONITOR PROGRAM FILE WORDS...: looks like an
 * instance. OWNER is the uid that owns its user namespace, with "=ID" behind it if the map
 * is marked for that caller, "host" for none of its own and "nowhere" for no namespaces at all;
 * MONITOR and PROGRAM are the uids of its two processes. The first one executes FILE with the
 * command line WORDS, the second one, pid 1, is in a STATE: see take_state. FILE is this one, or
 * selfdock, whose output finds a full pipe then.
 */
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/linux/kernel.h"

static void check(int failed, const char *what)
{
	if (failed) {
		perror(what);
		exit(1);
	}
}

static void become(uid_t uid)
{
	if (getuid() == uid && geteuid() == uid)
		return;
	check(setgroups(0, NULL), "setgroups");
	check(setresgid(uid, uid, uid), "setresgid");
	check(setresuid(uid, uid, uid), "setresuid");
}

static void write_file(pid_t pid, const char *name, const char *text)
{
	char path[64];
	snprintf(path, sizeof path, "/proc/%d/%s", pid, name);
	int fd = open(path, O_WRONLY);

	check(fd < 0 || write(fd, text, strlen(text)) < 0, path);
	close(fd);
}

static void write_maps(pid_t pid, const char *marked)
{
	char map[80] = "0 0 4294967295";

	if (marked) {
		unsigned after = (unsigned)atoi(marked + 1) + 1;
		snprintf(map, sizeof map, "0 0 %u\n%u %u %u\n", after, after, after, ~0U - after);
	}

	if (getuid()) {
		write_file(pid, "setgroups", "deny");
		snprintf(map, sizeof map, "%d %d 1", getuid(), getuid());
	}
	write_file(pid, "uid_map", map);
	if (getuid())
		snprintf(map, sizeof map, "%d %d 1", getgid(), getgid());
	write_file(pid, "gid_map", map);
}

static void drop_capabilities(void)
{
	struct kernel_cap_header header = { KERNEL_CAPABILITY_VERSION_3, 0 };
	struct kernel_cap_data none[2] = { 0 };

	check((int)syscall(SYS_capset, &header, none), "capset");
}

/* "sealed" is that of the program of an instance; each other one lacks a bit. "free" is the same,
 * and the monitor lacks NO_NEW_PRIVS. */
static void take_state(const char *state, uid_t uid)
{
	if (!strcmp(state, "saved-root"))
		check(setresgid(uid, uid, uid) || setresuid(uid, uid, 0), "setresuid");
	else if (!strcmp(state, "saved-group"))
		check(setresgid(uid, uid, 0) || setresuid(uid, uid, uid), "setresgid");
	else
		become(uid);
	if (!strcmp(state, "ended"))
		_exit(0);
	if (strcmp(state, "capable"))
		drop_capabilities();
	if (strcmp(state, "gaining"))
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
}

static void wait_for(const int *pair)
{
	char byte;

	close(pair[1]);
	if (read(pair[0], &byte, 1) > 0)
		exit(1);
	close(pair[0]);
}

/* The other end stays open in the child. */
static void fill_output(int fd)
{
	char block[4096] = { 0 };

	fcntl(fd, F_SETFL, O_NONBLOCK);
	while (write(fd, block, sizeof block) > 0)
		;
	fcntl(fd, F_SETFL, 0);
	dup2(fd, STDOUT_FILENO);
}

int main(int argc, char **argv)
{
	int mapped[2], ready[2], output[2], flags = 0;

	if (!strstr(argv[0], "forbidden"))
		for (;;)
			pause();
	if (argc < 7 || pipe(mapped) || pipe(ready) || pipe(output))
		return 1;
	const char *owner = argv[1];
	uid_t monitor = (uid_t)atoi(argv[3]), program = (uid_t)atoi(argv[4]);
	int userns = strspn(owner, "0123456789") > 0;
	if (strcmp(owner, "nowhere"))
		flags = CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP;

	if (userns)
		check(seteuid((uid_t)atoi(owner)), "seteuid");
	pid_t pid = (pid_t)syscall(SYS_clone, flags | (userns ? CLONE_NEWUSER : 0) | SIGCHLD, 0, 0,
				   0, 0);
	check(pid < 0, "clone");
	if (!pid) {
		wait_for(mapped);
		take_state(argv[2], program);
		prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
		close(ready[0]);
		close(ready[1]);
		for (;;)
			pause();
	}
	check(seteuid(getuid()), "seteuid");
	if (userns)
		write_maps(pid, strchr(owner, '='));
	close(mapped[0]);
	close(mapped[1]);
	wait_for(ready);
	become(monitor);
	if (strcmp(argv[2], "free"))
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (strcmp(argv[5], argv[0]))
		fill_output(output[1]);
	execv(argv[5], argv + 6);
	return 1;
}
