/* SPDX-License-Identifier: ISC */
/*
 * Paths: the only openat2, and so the only place where a name that a user or
 * a root file system can influence is looked up. Rules:
 *
 *  1. A path is resolved once, to a descriptor; all later work uses that.
 *  2. A destination is resolved with KERNEL_RESOLVE_IN_ROOT: whatever its links
 *     say, it ends beneath the new root.
 *  3. Nothing is created but inside the instance's own tmpfs.
 *  4. Of a source no link is followed that a program of the caller's may have
 *     made: what ran with a volume could have left it there, for the next start.
 */
#include "core/linux/path.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "core/base/error.h"
#include "core/linux/kernel.h"

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

int path_find_proc(void)
{
	struct statfs status;
	int proc = path_open(AT_FDCWD, "/proc", O_PATH | O_DIRECTORY, KERNEL_RESOLVE_NO_SYMLINKS);

	if (proc < 0 || fstatfs(proc, &status))
		return -1;
	errno = ENOENT;
	return status.f_type == KERNEL_PROC_SUPER_MAGIC ? proc : -1;
}

int path_open_proc(void)
{
	int proc = path_find_proc();

	if (proc < 0)
		die_errno("no proc file system at '/proc', 'mount -t proc proc /proc' mounts it");
	return proc;
}

bool path_stat(int dir, const char *path, unsigned wanted, struct kernel_statx *status)
{
	return !syscall(SYS_statx, dir, path, AT_EMPTY_PATH | KERNEL_AT_STATX_DONT_SYNC, wanted,
			status);
}

static struct path_identity identify(int fd, unsigned wanted)
{
	struct kernel_statx status;

	if (!path_stat(fd, "", wanted, &status))
		die_errno("cannot identify a file of the view");
	if (!(status.mask & KERNEL_STATX_MNT_ID))
		errno = ENOSYS, die_errno("cannot identify a mount");
	return (struct path_identity){
		.device = makedev(status.dev_major, status.dev_minor),
		.inode = status.ino,
		.mount = status.mnt_id,
		.root = status.attributes & KERNEL_STATX_ATTR_MOUNT_ROOT,
		.type = status.mode & S_IFMT,
		.mode = status.mode & 01777,
		.uid = status.uid,
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

/* getdents64(2): only such a directory is ENOENT, whatever its name says. */
bool path_is_deleted(int fd)
{
	int directory = path_open(fd, ".", O_RDONLY | O_DIRECTORY, 0);
	bool deleted = syscall(SYS_getdents64, directory, NULL, 0) < 0 && errno == ENOENT;

	close(directory);
	return deleted;
}

int path_open_link(int proc, const char *link)
{
	struct kernel_open_how how = { .flags = O_RDONLY | O_CLOEXEC };

	return (int)syscall(SYS_openat2, proc, link, &how, sizeof how);
}

const char *path_next(struct path_listing *list)
{
	for (;;) {
		if (list->at == list->length) {
			list->length = (int)syscall(SYS_getdents64, list->fd, list->buffer,
						    sizeof list->buffer);
			list->at = 0;
		}
		if (list->length < 0)
			die_errno("cannot list a directory");
		if (!list->length)
			return NULL;
		struct dirent *entry = (struct dirent *)(list->buffer + list->at);
		list->at += entry->d_reclen;
		if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, ".."))
			return entry->d_name;
	}
}

/* A path on its way from REST to DONE, one component at a time. Both together fit
 * into one PATH_MAX. */
struct walk {
	char done[PATH_MAX], rest[PATH_MAX];
	int links;
};

static int put_in_front(struct walk *walk, const char *path)
{
	size_t length = strlen(path), rest = strlen(walk->rest);

	if (strlen(walk->done) + length + rest + 3 > PATH_MAX) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memmove(walk->rest + length + 1, walk->rest, rest + 1);
	memcpy(walk->rest, path, length);
	walk->rest[length] = '/';
	if (*path == '/')
		memcpy(walk->done, "/", 2);
	return 0;
}

static int begin(struct walk *walk, const char *path)
{
	*walk->done = *walk->rest = '\0';
	walk->links = 0;
	return put_in_front(walk, path);
}

static bool step(struct walk *walk)
{
	const char *name = walk->rest + strspn(walk->rest, "/");
	size_t length = strcspn(name, "/"), done = strlen(walk->done);
	const char *rest = name + length + strspn(name + length, "/");

	if (!length)
		return false;
	if (done && walk->done[done - 1] != '/')
		walk->done[done++] = '/';
	memcpy(walk->done + done, name, length);
	walk->done[done + length] = '\0';
	memmove(walk->rest, rest, strlen(rest) + 1);
	return true;
}

/* Cuts the last component off DONE, into NAME. */
static void cut(struct walk *walk, char name[NAME_MAX + 1])
{
	char *slash = strrchr(walk->done, '/'), *last = slash ? slash + 1 : walk->done;
	size_t length = strnlen(last, NAME_MAX);

	memcpy(name, last, length);
	name[length] = '\0';
	*(slash > walk->done ? slash : last) = '\0';
}

/* Goes on with what LINK says, in the directory DONE. */
static int follow(struct walk *walk, int link)
{
	static char text[PATH_MAX];
	ssize_t length = readlinkat(link, "", text, sizeof text - 1);

	if (length < 0)
		return -1;
	text[length] = '\0';
	errno = ELOOP;
	return walk->links++ < 40 ? put_in_front(walk, text) : -1;
}

/* Whether a program of the caller's, or anyone in a directory for all, may have made
 * a link of that owner. Without the setuid bit all others appear as nobody, root too.
 * In a read-only tmpfs, which an underlay is, links are copies. */
static bool may_be_planted(int directory, uid_t owner)
{
	struct path_identity is = path_identify(directory);
	struct statfs status;

	if ((is.mode & 01002) == 01002)
		return owner != 0 || is.uid != 0;
	if (owner == 0 || (owner == PATH_NOBODY && owner != getuid()) ||
	    (!fstatfs(directory, &status) && status.f_type == KERNEL_TMPFS_MAGIC &&
	     status.f_flags & ST_RDONLY))
		return false;
	return is.uid == getuid() || !syscall(SYS_faccessat, directory, ".", W_OK) ||
	       errno == EROFS;
}

/* Follows NAME in a directory, if it is a link that may be. */
static int follow_link(struct walk *walk, int directory, const char *name)
{
	int link = path_open(directory, name, O_PATH | O_NOFOLLOW, KERNEL_RESOLVE_NO_SYMLINKS);
	struct statfs status;

	if (link < 0)
		return -1;
	struct path_identity is = path_identify(link);
	errno = ELOOP; /* of those in /proc, some lead to what this process has */
	if (fstatfs(link, &status) || status.f_type == KERNEL_PROC_SUPER_MAGIC)
		return -1;
	if (may_be_planted(directory, is.uid)) {
		errno = EPERM;
		return -1;
	}
	return follow(walk, link) || close(link);
}

/* Follows the last component of DONE, a link, if that may be. Its directory is opened
 * once: by its path, a rename could have the link judged by another directory. */
static int follow_source(struct walk *walk)
{
	char name[NAME_MAX + 1];

	cut(walk, name);
	int directory = path_open(AT_FDCWD, *walk->done ? walk->done : ".", O_PATH | O_DIRECTORY,
				  KERNEL_RESOLVE_NO_SYMLINKS);
	return directory < 0 || follow_link(walk, directory, name) || close(directory);
}

int path_open_source(const char *path)
{
	static struct walk walk;
	int fd = path_open(AT_FDCWD, path, O_PATH, KERNEL_RESOLVE_NO_SYMLINKS);

	if (fd >= 0 || errno != ELOOP)
		return fd;
	if (begin(&walk, path))
		return -1;
	while (step(&walk)) {
		fd = path_open(AT_FDCWD, walk.done, O_PATH | O_NOFOLLOW,
			       KERNEL_RESOLVE_NO_SYMLINKS);
		if (fd < 0 || (path_identify(fd).type == S_IFLNK && follow_source(&walk)))
			return -1;
		close(fd);
	}
	return path_open(AT_FDCWD, *walk.done ? walk.done : ".", O_PATH,
			 KERNEL_RESOLVE_NO_SYMLINKS);
}

static int make(int root, const char *directory, const char *name, bool is_directory,
		int (*place)(int parent))
{
	int parent = path_open(root, *directory ? directory : "/", O_PATH | O_DIRECTORY,
			       KERNEL_RESOLVE_IN_ROOT);
	int in = parent < 0 ? -1 : place(parent);

	if (in < 0 ||
	    (is_directory ? mkdirat(in, name, 0755) : mknodat(in, name, S_IFREG | 0444, 0)))
		return -1;
	return close(parent);
}

int path_make(const int *root, const char *path, bool directory, int (*place)(int parent))
{
	static struct walk walk;
	char name[NAME_MAX + 1];

	if (begin(&walk, path))
		return -1;
	while (step(&walk)) {
		int fd = path_open(*root, walk.done, O_PATH, KERNEL_RESOLVE_IN_ROOT);
		if (fd < 0 && errno == ENOENT) {
			bool last = !*walk.rest;
			fd = path_open(*root, walk.done, O_PATH | O_NOFOLLOW,
				       KERNEL_RESOLVE_IN_ROOT);
			cut(&walk, name);
			/* A link that leads nowhere, or nothing: made, and looked at anew. */
			if (fd >= 0 ? follow(&walk, fd)
				    : make(*root, walk.done, name, !last || directory, place) ||
					      put_in_front(&walk, name))
				return -1;
		} else if (fd < 0) {
			return -1;
		}
		close(fd);
	}
	return path_open(*root, path, O_PATH, KERNEL_RESOLVE_IN_ROOT);
}
