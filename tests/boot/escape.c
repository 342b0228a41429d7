/* SPDX-License-Identifier: ISC */
/*
 * escape NAME WRITABLE: tries ways out of a root, each in its own process: once as the program is,
 * and once in a user and mount namespace that it makes. NAME is a file in the root outside, and
 * WRITABLE a directory. Prints which ways led to NAME, or how many were tried.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/linux/kernel.h"

enum { BENEATH = 0x200 }; /* MOVE_MOUNT_BENEATH, Linux 6.5 */

static const char *name;

static void climb(void)
{
	for (int i = 0; i < 64; i++)
		if (chdir(".."))
			return;
}

static void from_root(void)
{
	if (!chdir("/"))
		climb();
}

static void from_writable(void)
{
	climb();
}

/* The oldest way: a working directory above the root. */
static void by_chroot(void)
{
	int root = open("/", O_PATH | O_DIRECTORY);

	if (!mkdir("jail", 0700) && !chroot("jail") && !fchdir(root)) {
		climb();
		chroot(".");
	}
}

static void join_own(void)
{
	setns(open("/proc/self/ns/mnt", O_RDONLY), CLONE_NEWNS);
}

static void by_umount(void)
{
	int namespace = open("/proc/self/ns/mnt", O_RDONLY);

	umount2("/", 0);
	umount2("/", MNT_EXPIRE);
	umount2("/", MNT_EXPIRE);
	umount2("/..", MNT_DETACH);
	umount2("/", MNT_DETACH);
	setns(namespace, CLONE_NEWNS);
}

static void by_move(void)
{
	mount("/", "move", NULL, MS_MOVE, NULL);
	syscall(SYS_move_mount, AT_FDCWD, "/", AT_FDCWD, "move", 0);
	from_root();
	join_own();
}

/* Makes its own root, then unmounts the old one and what is below that. */
static void by_pivot(void)
{
	if (mount("none", "pivot", "tmpfs", 0, NULL) || chdir("pivot") ||
	    syscall(SYS_pivot_root, ".", "."))
		return;
	int namespace = open("/proc/self/ns/mnt", O_RDONLY);
	for (int i = 0; i < 64; i++)
		umount2(".", MNT_DETACH);
	from_root();
	umount2("/", MNT_DETACH);
	setns(namespace, CLONE_NEWNS);
}

static void by_pivot_to_directory(void)
{
	if (mount("none", "pivot", "tmpfs", 0, NULL) || chdir("pivot") || mkdir("old", 0755) ||
	    syscall(SYS_pivot_root, ".", "old") || chdir("/old"))
		return;
	climb();
	umount2("/old", MNT_DETACH);
	join_own();
}

static void by_mount_beneath(void)
{
	if (mount("none", "pivot", "tmpfs", 0, NULL))
		return;
	int tree = (int)syscall(SYS_open_tree, AT_FDCWD, "pivot", KERNEL_OPEN_TREE_CLONE);
	syscall(SYS_move_mount, tree, "", AT_FDCWD, "/", KERNEL_MOVE_MOUNT_F_EMPTY_PATH | BENEATH);
	by_umount();
}

static void by_bind(void)
{
	if (!mount("/..", "move", NULL, MS_BIND, NULL) ||
	    !mount("/..", "move", NULL, MS_BIND | MS_REC, NULL))
		chdir("move/..");
}

static void by_rootfs(void)
{
	if (!mount("none", "pivot", "rootfs", 0, NULL) ||
	    !mount("none", "pivot", "devtmpfs", 0, NULL))
		chdir("pivot");
}

static void by_mount_on_root(void)
{
	if (!mount("none", "/", "tmpfs", 0, NULL))
		umount2("/", MNT_DETACH);
	join_own();
	by_umount();
}

static void by_proc(void)
{
	static const char *const links[] = { "/proc/1/root", "/proc/1/cwd", "/proc/self/root/..",
					     "/proc/self/cwd/..", "/proc/2/root" };

	for (size_t i = 0; i < sizeof links / sizeof *links; i++)
		if (!chdir(links[i]) && !access(name, F_OK))
			return;
}

/* Tries each descriptor that was left open. */
static void by_descriptor(void)
{
	for (int fd = 0; fd < 1024; fd++) {
		if (fchdir(fd))
			continue;
		climb();
		if (!access(name, F_OK))
			return;
	}
}

static const struct {
	const char *what;
	void (*way)(void);
} ways[] = {
	{ "/..", from_root },
	{ "..", from_writable },
	{ "chroot", by_chroot },
	{ "setns", join_own },
	{ "umount", by_umount },
	{ "move", by_move },
	{ "pivot_root", by_pivot },
	{ "pivot_root to a directory", by_pivot_to_directory },
	{ "mount beneath", by_mount_beneath },
	{ "bind", by_bind },
	{ "rootfs", by_rootfs },
	{ "mount on the root", by_mount_on_root },
	{ "/proc", by_proc },
	{ "descriptor", by_descriptor },
};

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	if (fd >= 0 && write(fd, text, strlen(text)) < 0)
		exit(2);
	close(fd);
}

static void enter_inner(void)
{
	char map[64];
	unsigned uid = getuid(), gid = getgid();

	if (unshare(CLONE_NEWUSER | CLONE_NEWNS))
		exit(errno == EPERM ? 3 : 2);
	write_file("/proc/self/setgroups", "deny");
	snprintf(map, sizeof map, "0 %u 1", uid);
	write_file("/proc/self/uid_map", map);
	snprintf(map, sizeof map, "0 %u 1", gid);
	write_file("/proc/self/gid_map", map);
}

/* Returns 0 if it led nowhere, 1 if it led to NAME, 2 if it could not be tried, and 3 if it lacked
 * a user namespace, which may be the host's policy. */
static int try(void (*way)(void), int inner, const char *writable)
{
	int status;
	pid_t child = fork();

	if (!child) {
		char path[256];
		if (inner)
			enter_inner();
		if (chdir(writable))
			_exit(2);
		mkdir("move", 0755);
		mkdir("pivot", 0755);
		snprintf(path, sizeof path, "/%s", name);
		way();
		_exit(!access(name, F_OK) || !access(path, F_OK));
	}
	return child < 0 || waitpid(child, &status, 0) < 0 || !WIFEXITED(status)
		       ? 2
		       : WEXITSTATUS(status);
}

int main(int argc, char **argv)
{
	static const char *const ends[] = { "", "led out", "cannot be tried", "" };
	int bad = 0, tried = 0;

	if (argc != 3)
		return 2;
	name = argv[1];
	for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
		for (int inner = 0; inner < 2; inner++) {
			int end = try(ways[i].way, inner, argv[2]) & 3;
			if (*ends[end])
				printf("%s%s %s\n", ways[i].what, inner ? ", inner" : "",
				       ends[end]);
			bad |= *ends[end] != '\0';
			tried += end == 0;
		}
	if (!bad)
		printf("%d ways lead nowhere\n", tried);
	return bad;
}
