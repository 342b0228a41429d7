/* SPDX-License-Identifier: ISC */
/*
 * Paths: the only openat2, and so the only place where a name is looked up that a user or a root
 * file system can influence. Rules:
 *
 *  1. A path is resolved once, to a descriptor; all later work uses that.
 *  2. A destination is resolved with KERNEL_RESOLVE_IN_ROOT: whatever its links say, it ends
 *     beneath the new root.
 *  3. Nothing is created outside the instance's own tmpfs but a log.
 *  4. No link in a source, or above a log, is followed if a program of the caller's may have made
 *     it: a program that ran with a volume could have left it there for the next start.
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
#include "core/base/text.h"
#include "core/linux/kernel.h"

int path_open(int dir, const char *path, uint64_t flags, uint64_t resolve)
{
	struct kernel_open_how how = {
		.flags = flags | O_CLOEXEC,
		.mode = flags & O_CREAT ? 0666 : 0,
		.resolve = resolve | KERNEL_RESOLVE_NO_MAGICLINKS,
	};
	long fd;
	int tries = 100000;

	/* EAGAIN: somebody renamed or mounted something meanwhile, and the kernel could not be sure
	 * of what it saw; or it would have to ask the file system, and may not. Another user may
	 * rename without end, and then one try in thousands succeeds. */
	do
		fd = syscall(SYS_openat2, dir, path, &how, sizeof how);
	while (fd < 0 && errno == EAGAIN && !(resolve & KERNEL_RESOLVE_CACHED) && tries--);
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

	if (proc < 0 && errno != ENOENT && errno != ENOTDIR && errno != ELOOP)
		die_errno("cannot open '/proc'");
	if (proc < 0)
		die_errno("no proc file system at '/proc', 'mount -t proc proc /proc' mounts it");
	return proc;
}

bool path_stat(int dir, const char *path, unsigned wanted, struct kernel_statx *status)
{
	return !syscall(SYS_statx, dir, path, AT_EMPTY_PATH | KERNEL_AT_STATX_DONT_SYNC, wanted,
			status);
}

bool path_shows_root(void)
{
	struct kernel_statx proc;

	return !path_stat(AT_FDCWD, "/proc", KERNEL_STATX_BASIC, &proc) || proc.uid == 0;
}

enum { IDENTITY = KERNEL_STATX_TYPE | KERNEL_STATX_INO | KERNEL_STATX_MNT_ID };

static bool find_identity(int dir, const char *path, unsigned wanted,
			  struct path_identity *identity)
{
	struct kernel_statx status;

	if (!path_stat(dir, path, wanted, &status))
		return false;
	if (!(status.mask & KERNEL_STATX_MNT_ID))
		die("cannot identify a mount: selfdock needs Linux 5.12 or newer");
	*identity = (struct path_identity){
		.device = makedev(status.dev_major, status.dev_minor),
		.inode = status.ino,
		.mount = status.mnt_id,
		.root = status.attributes & KERNEL_STATX_ATTR_MOUNT_ROOT,
		.type = status.mode & S_IFMT,
		.mode = status.mode & 01777,
		.uid = status.uid,
		.node = makedev(status.rdev_major, status.rdev_minor),
	};
	return true;
}

bool path_find_identity(const char *path, struct path_identity *identity)
{
	return find_identity(AT_FDCWD, path, IDENTITY, identity);
}

static struct path_identity identify(int fd, unsigned wanted)
{
	struct path_identity identity;

	if (!find_identity(fd, "", wanted, &identity))
		die_errno("cannot identify a file of the view");
	return identity;
}

struct path_identity path_identify(int fd)
{
	return identify(fd, IDENTITY);
}

/* FUSE answers a user other than its owner only if no field is asked for. */
struct path_identity path_identify_mount(int fd)
{
	return identify(fd, 0);
}

/* getdents64(2) returns ENOENT only for a deleted directory. A name can lie about that. */
bool path_is_deleted(int fd)
{
	int directory = path_open(fd, ".", O_RDONLY | O_DIRECTORY, 0);
	bool deleted = syscall(SYS_getdents64, directory, NULL, 0) < 0 && errno == ENOENT;

	close(directory);
	return deleted;
}

bool path_is_beneath(const char *path, const char *directory)
{
	size_t length = strlen(directory);

	return !strncmp(path, directory, length) && path[length] == '/';
}

bool path_is_within(const char *path, const char *directory)
{
	return !strcmp(path, directory) || path_is_beneath(path, directory);
}

bool path_is_top(const char *path, const char *name)
{
	size_t length = strlen(name);

	path += strspn(path, "/");
	return !strncmp(path, name, length) && !path[length + strspn(path + length, "/")];
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

/* A path is moved from REST to DONE, one component at a time. Both together fit into PATH_MAX. It
 * is static, so that only the pages in use become the monitor's memory; a large stack frame would
 * be touched whole. One is enough, because there is one walk at a time. */
static struct walk {
	char done[PATH_MAX], rest[PATH_MAX];
	char name[NAME_MAX + 1]; /* the component that was cut off DONE */
	char link[PATH_MAX];
	int links;
} walk_buffer;

/* The following return false and errno if the walk cannot go on. */

static bool put_in_front(struct walk *walk, const char *path)
{
	size_t length = strlen(path), rest = strlen(walk->rest);

	if (strlen(walk->done) + length + rest + 3 > PATH_MAX) {
		errno = ENAMETOOLONG;
		return false;
	}
	memmove(walk->rest + length + 1, walk->rest, rest + 1);
	memcpy(walk->rest, path, length);
	walk->rest[length] = '/';
	if (*path == '/')
		memcpy(walk->done, "/", 2);
	return true;
}

static bool begin(struct walk *walk, const char *path)
{
	*walk->done = *walk->rest = '\0';
	walk->links = 0;
	return put_in_front(walk, path);
}

/* Moves one component. False without an error at the end of the path. */
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

/* Moves the last component of DONE to NAME. */
static void cut(struct walk *walk)
{
	char *slash = strrchr(walk->done, '/'), *last = slash ? slash + 1 : walk->done;

	text_format(walk->name, sizeof walk->name, "%s", last);
	*(slash > walk->done ? slash : last) = '\0';
}

/* Continues with the target of LINK, which is in the directory DONE. */
static bool follow(struct walk *walk, int link)
{
	ssize_t length = readlinkat(link, "", walk->link, sizeof walk->link - 1);

	if (length < 0)
		return false;
	walk->link[length] = '\0';
	errno = ELOOP;
	return walk->links++ < 40 && put_in_front(walk, walk->link);
}

static bool is_root(uid_t owner)
{
	return owner == 0 && path_shows_root();
}

/* Whether a link of this owner may have been made by a program of the caller's or, in a directory
 * that all can write to, by anybody. Without the setuid bit all others appear as nobody, root too.
 * An underlay of the instance around is read-only, on the file system of /dev, and its links are
 * copies. */
static bool may_be_planted(int directory, uid_t owner)
{
	struct path_identity is = path_identify(directory), dev;
	struct statfs status;

	if ((is.mode & 01002) == 01002)
		return !is_root(owner) || !is_root(is.uid);
	if (is_root(owner) || (owner == PATH_NOBODY && owner != getuid()) ||
	    (path_find_identity("/dev", &dev) && dev.root && dev.device == is.device &&
	     !fstatfs(directory, &status) && status.f_flags & ST_RDONLY))
		return false;
	return is.uid == getuid() || !syscall(SYS_faccessat, directory, ".", W_OK) ||
	       errno == EROFS;
}

/* Whether LINK, in DIRECTORY, may be followed. */
static bool is_allowed(int directory, int link)
{
	struct path_identity is = path_identify(link);
	struct statfs status;

	errno = ELOOP; /* some links in a procfs lead to what this process has open */
	if (fstatfs(link, &status) || status.f_type == KERNEL_PROC_SUPER_MAGIC)
		return false;
	if (!may_be_planted(directory, is.uid))
		return true;
	errno = EPERM;
	return false;
}

/* Follows the last component of DONE, a link, if that is allowed. The directory is opened only
 * once. If it were opened twice by its path, a rename could make another directory decide about the
 * link. */
static bool follow_source(struct walk *walk)
{
	cut(walk);
	int directory = path_open(AT_FDCWD, *walk->done ? walk->done : ".", O_PATH | O_DIRECTORY,
				  KERNEL_RESOLVE_NO_SYMLINKS);
	if (directory < 0)
		return false;
	int link =
		path_open(directory, walk->name, O_PATH | O_NOFOLLOW, KERNEL_RESOLVE_NO_SYMLINKS);
	bool followed = link >= 0 && is_allowed(directory, link) && follow(walk, link);
	int error = errno;
	close(link);
	close(directory);
	errno = error;
	return followed;
}

int path_open_source(const char *path)
{
	struct walk *walk = &walk_buffer;
	int fd = path_open(AT_FDCWD, path, O_PATH, KERNEL_RESOLVE_NO_SYMLINKS);

	if (fd >= 0 || errno != ELOOP)
		return fd;
	if (!begin(walk, path))
		return -1;
	while (step(walk)) {
		fd = path_open(AT_FDCWD, walk->done, O_PATH | O_NOFOLLOW,
			       KERNEL_RESOLVE_NO_SYMLINKS);
		if (fd < 0 || (path_identify(fd).type == S_IFLNK && !follow_source(walk)))
			return -1;
		close(fd);
	}
	return path_open(AT_FDCWD, *walk->done ? walk->done : ".", O_PATH,
			 KERNEL_RESOLVE_NO_SYMLINKS);
}

int path_open_log(const char *path)
{
	char directory[PATH_MAX + 1]; /* the kernel refuses one that does not fit */
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;

	text_format(directory, sizeof directory, "%.*s", (int)(name - path), path);
	int dir = path_open_source(slash ? directory : ".");
	if (dir < 0)
		return -1;
	/* A FIFO without a reader, and a terminal without a line, are not waited for. On 32-bit
	 * machines a log may have more than 2 GiB, too. */
	int fd = path_open(dir, name, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK | O_LARGEFILE,
			   KERNEL_RESOLVE_NO_SYMLINKS);
	int error = errno;
	close(dir);
	errno = error;
	return fd;
}

/* The last component of DONE does not exist, or is a link that leads nowhere. Follows such a link
 * and returns true. Otherwise returns false, with *MISSING set unless there is another error. */
static bool follow_missing(struct walk *walk, int root, struct path_missing *missing)
{
	int link = path_open(root, walk->done, O_PATH | O_NOFOLLOW, KERNEL_RESOLVE_IN_ROOT);

	missing->is_last = !*walk->rest;
	cut(walk);
	if (link >= 0) {
		bool followed = follow(walk, link);
		close(link);
		return followed;
	}
	memcpy(missing->name, walk->name, sizeof missing->name);
	missing->parent = path_open(root, *walk->done ? walk->done : "/", O_PATH | O_DIRECTORY,
				    KERNEL_RESOLVE_IN_ROOT);
	return false;
}

static int walk_on(struct walk *walk, int root, const char *path, struct path_missing *missing)
{
	while (step(walk)) {
		int fd = path_open(root, walk->done, O_PATH, KERNEL_RESOLVE_IN_ROOT);
		if (fd < 0 && (errno != ENOENT || !follow_missing(walk, root, missing)))
			return -1;
		if (fd >= 0)
			close(fd);
	}
	return path_open(root, path, O_PATH, KERNEL_RESOLVE_IN_ROOT);
}

int path_find(int root, const char *path, struct path_missing *missing)
{
	struct walk *walk = &walk_buffer;
	int fd = path_open(root, path, O_PATH, KERNEL_RESOLVE_IN_ROOT);

	missing->parent = -1;
	if (fd >= 0 || errno != ENOENT || !begin(walk, path))
		return fd;
	/* Mostly the last component alone is missing. */
	while (step(walk))
		continue;
	if (follow_missing(walk, root, missing))
		return walk_on(walk, root, path, missing);
	if (missing->parent >= 0 || errno != ENOENT || !begin(walk, path))
		return -1;
	return walk_on(walk, root, path, missing);
}

int path_find_on(int root, const char *path, struct path_missing *missing)
{
	missing->parent = -1;
	if (!put_in_front(&walk_buffer, missing->name))
		return -1;
	return walk_on(&walk_buffer, root, path, missing);
}
