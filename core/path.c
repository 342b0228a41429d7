/* SPDX-License-Identifier: ISC */
/*
 * Paths: the only openat2, and so the only place where a name that a user or
 * a root file system can influence is looked up. Rules:
 *
 *  1. A path is resolved once, to a descriptor; all later work uses that.
 *  2. A destination is resolved with KERNEL_RESOLVE_IN_ROOT: whatever its links
 *     say, it ends beneath the new root.
 *  3. Nothing is created but inside the instance's own tmpfs.
 */
#include "core/path.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "core/error.h"
#include "core/kernel.h"

int path_open(int dir, const char *path, uint64_t flags, uint64_t resolve)
{
	struct kernel_open_how how = {
		.flags = flags | O_CLOEXEC,
		.resolve = resolve | KERNEL_RESOLVE_NO_MAGICLINKS,
	};
	long fd;
	int tries = 100;

	/* EAGAIN: a rename somewhere made the kernel unsure of "..". */
	do
		fd = syscall(SYS_openat2, dir, path, &how, sizeof how);
	while (fd < 0 && errno == EAGAIN && tries--);
	return (int)fd;
}

int path_open_proc(void)
{
	struct statfs status;
	int proc = path_open(AT_FDCWD, "/proc", O_PATH | O_DIRECTORY, KERNEL_RESOLVE_NO_SYMLINKS);

	if (proc < 0)
		die_errno("cannot open '/proc', which a start needs");
	if (fstatfs(proc, &status))
		die_errno("cannot examine '/proc'");
	if (status.f_type != KERNEL_PROC_SUPER_MAGIC)
		die("no proc file system is mounted at '/proc', and a start needs one");
	return proc;
}

static struct path_identity identify(int fd, unsigned wanted)
{
	struct kernel_statx status;

	if (syscall(SYS_statx, fd, "", AT_EMPTY_PATH | KERNEL_AT_STATX_DONT_SYNC, wanted, &status))
		die_errno("cannot identify a file of the view");
	if (!(status.mask & KERNEL_STATX_MNT_ID))
		errno = ENOSYS, die_errno("cannot identify a mount");
	return (struct path_identity){
		.device = makedev(status.dev_major, status.dev_minor),
		.inode = status.ino,
		.mount = status.mnt_id,
		.type = status.mode & S_IFMT,
		.node = makedev(status.rdev_major, status.rdev_minor),
	};
}

struct path_identity path_identify(int fd)
{
	return identify(fd, KERNEL_STATX_TYPE | KERNEL_STATX_INO | KERNEL_STATX_MNT_ID);
}

/* FUSE answers a request for nothing, and only that, to others than its owner. */
struct path_identity path_identify_mount(int fd)
{
	return identify(fd, 0);
}

int path_open_link(int proc, const char *link)
{
	struct kernel_open_how how = { .flags = O_RDONLY | O_CLOEXEC };

	return (int)syscall(SYS_openat2, proc, link, &how, sizeof how);
}

/* Makes one component, if it is missing; PATH ends with it. */
static int make_component(int root, char *path, bool directory, bool (*ours)(dev_t device))
{
	int there = path_open(root, path, O_PATH, KERNEL_RESOLVE_IN_ROOT);

	if (there >= 0)
		return close(there);
	if (errno != ENOENT)
		return -1;

	char *slash = strrchr(path, '/');
	*slash = '\0';
	int parent =
		path_open(root, *path ? path : "/", O_PATH | O_DIRECTORY, KERNEL_RESOLVE_IN_ROOT);
	*slash = '/';
	if (parent < 0)
		return -1;
	int made = -1;
	errno = ENOENT;
	if (ours(path_identify(parent).device))
		made = directory ? mkdirat(parent, slash + 1, 0755)
				 : mknodat(parent, slash + 1, S_IFREG | 0444, 0);
	int error = errno;
	close(parent);
	errno = error;
	return made;
}

int path_make(int root, const char *path, bool directory, bool (*ours)(dev_t device))
{
	char so_far[PATH_MAX];
	size_t length = 0;

	/* Component by component, without doubled and trailing slashes. */
	while (*path) {
		size_t name = strcspn(path, "/");
		const char *rest = path + name + strspn(path + name, "/");
		if (name) {
			if (length + name + 2 > sizeof so_far) {
				errno = ENAMETOOLONG;
				return -1;
			}
			so_far[length++] = '/';
			memcpy(so_far + length, path, name);
			length += name;
			so_far[length] = '\0';
			if (make_component(root, so_far, *rest || directory, ours))
				return -1;
		}
		path = rest;
	}
	return 0;
}
