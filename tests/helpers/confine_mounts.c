/* SPDX-License-Identifier: ISC */
/* confine_mounts direct|inner WRITABLE: every way to change what is mounted,
 * as the program is or in a user namespace that it makes. Prints what worked,
 * or OK. WRITABLE is a directory that the inner one may mount things on. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/linux/kernel.h"

static int bad;

/* Refused means EPERM, or inside EINVAL: the mount is locked. */
static void refused(long result, const char *what, const char *on)
{
	if (result < 0 && (errno == EPERM || errno == EINVAL))
		return;
	printf("%s %s: %s\n", what, on, result < 0 ? strerror(errno) : "worked");
	bad = 1;
}

/* Where /proc is read-only it stays unmapped, and has every capability still. */
static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	if (fd < 0 ? errno != EROFS : write(fd, text, strlen(text)) < 0)
		printf("cannot write %s\n", path), exit(1);
	close(fd);
}

static void enter_inner(void)
{
	char map[64];
	unsigned uid = getuid(), gid = getgid();

	if (unshare(CLONE_NEWUSER | CLONE_NEWNS))
		printf("no inner user namespace: %s\n", strerror(errno)), exit(1);
	write_file("/proc/self/setgroups", "deny");
	snprintf(map, sizeof map, "0 %u 1", uid);
	write_file("/proc/self/uid_map", map);
	snprintf(map, sizeof map, "0 %u 1", gid);
	write_file("/proc/self/gid_map", map);
}

static void attack_mount(const char *path, int rdonly)
{
	struct kernel_mount_attr writes = { .attr_clr = KERNEL_MOUNT_ATTR_RDONLY };
	struct kernel_mount_attr suid = { .attr_clr = KERNEL_MOUNT_ATTR_NOSUID };

	refused(umount2(path, MNT_DETACH), "umount", path);
	refused(syscall(SYS_mount_setattr, AT_FDCWD, path, 0, &suid, sizeof suid), "clear nosuid",
		path);
	if (!rdonly)
		return;
	refused(mount(NULL, path, NULL, MS_REMOUNT | MS_BIND, NULL), "remount rw", path);
	refused(syscall(SYS_mount_setattr, AT_FDCWD, path, 0, &writes, sizeof writes),
		"clear rdonly", path);
}

/* Neither below nor at what another mount covers. */
static int is_visible(const char *path, unsigned long long id)
{
	struct kernel_statx status;

	return !syscall(SYS_statx, AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, KERNEL_STATX_MNT_ID,
			&status) &&
	       status.mnt_id == id;
}

static void attack_all(void)
{
	static char line[8192];
	FILE *mounts = fopen("/proc/self/mountinfo", "r");

	while (mounts && fgets(line, sizeof line, mounts)) {
		char path[4096], flags[256];
		unsigned long long id;
		if (sscanf(line, "%llu %*d %*s %*s %4095s %255s", &id, path, flags) == 3 &&
		    is_visible(path, id))
			attack_mount(path, !strncmp(flags, "ro", 2));
	}
}

int main(int argc, char **argv)
{
	if (argc != 3)
		return 2;
	const char *writable = argv[2];

	if (!strcmp(argv[1], "inner"))
		enter_inner();
	attack_all();
	/* The root alone, without what covers parts of it. */
	refused(mount("/", writable, NULL, MS_BIND, NULL), "bind alone", "/");
	refused(syscall(SYS_open_tree, AT_FDCWD, "/", KERNEL_OPEN_TREE_CLONE), "clone alone", "/");
	if (!strcmp(argv[1], "direct")) {
		refused(mount("none", writable, "tmpfs", 0, NULL), "tmpfs on", writable);
		refused(mount(writable, writable, NULL, MS_BIND, NULL), "bind", writable);
		refused(syscall(SYS_fsopen, "tmpfs", 0), "fsopen", "tmpfs");
		refused(syscall(SYS_pivot_root, writable, writable), "pivot_root", writable);
		refused(chroot(writable), "chroot", writable);
		refused(unshare(CLONE_NEWNS), "unshare", "mnt");
		refused(setns(open("/proc/self/ns/mnt", O_RDONLY), 0), "setns", "mnt");
		refused(sethostname("x", 1), "sethostname", "x");
	}
	if (!bad)
		puts("OK");
	return bad;
}
