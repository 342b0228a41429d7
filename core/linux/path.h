/* SPDX-License-Identifier: ISC */
#ifndef CORE_PATH_H
#define CORE_PATH_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/linux/kernel.h"

/* The uid that stands for every uid that a user namespace does not map, unless overflowuid was
 * changed in /proc/sys/kernel. */
enum { PATH_NOBODY = 65534 };

/* The file that a descriptor refers to, read without waiting for a remote server. */
struct path_identity {
	dev_t device;
	uint64_t inode;
	uint64_t mount; /* as in the first column of /proc/PID/mountinfo */
	bool root;	/* it is the root of that mount; Linux 5.8 */
	mode_t type;	/* S_IFDIR, S_IFREG, ... */
	mode_t mode;	/* 01777 at most */
	uid_t uid;
	dev_t node; /* for a device node: the device */
};

/*
 * openat2(2) with O_CLOEXEC added to FLAGS, beneath DIR or, if DIR is AT_FDCWD, from the working
 * directory. RESOLVE is as in kernel.h. KERNEL_RESOLVE_NO_MAGICLINKS is added: a link in /proc/PID
 * would mean this process, and not the one that the caller has in mind. With O_CREAT the mode is
 * 0666 less the umask. Returns a descriptor, or -1 and errno.
 */
int path_open(int dir, const char *path, uint64_t flags, uint64_t resolve);

/* RESOLVE for a path that crosses no link and no mount. */
#define PATH_DIRECT (KERNEL_RESOLVE_NO_SYMLINKS | KERNEL_RESOLVE_NO_XDEV)

/* Return a descriptor of /proc, which is certain to be a procfs. If it is not, path_find_proc
 * returns -1 and path_open_proc dies. */
int path_find_proc(void);
int path_open_proc(void);

/* Whether uid 0 is the machine's root here, who owns /proc. In the user namespace of a user it may
 * be that user. If it cannot be told, it is root. */
bool path_shows_root(void);

/* Reads the fields WANTED, as KERNEL_STATX_*, of the file at PATH from DIR or, if PATH is empty, of
 * DIR itself; statx(2). The C library's stat(2) would add half a kilobyte of code. Returns false
 * and errno. */
bool path_stat(int dir, const char *path, unsigned wanted, struct kernel_statx *status);

/* Reads the identity of the file behind FD; statx(2). Dies if the kernel cannot, as for a file in a
 * FUSE mount of another user. */
struct path_identity path_identify(int fd);

/* Reads that of the file at PATH. Returns false and errno. */
bool path_find_identity(const char *path, struct path_identity *identity);

/* The same as path_identify, but only device, mount and root are certain: every mount tells these
 * to everybody. The other fields are set where that costs nothing, else 0. */
struct path_identity path_identify_mount(int fd);

/* Whether FD is a directory that was deleted: it shows nothing, and nothing can be made in it. Also
 * false where the caller may not list it. */
bool path_is_deleted(int fd);

/* Opens what a link of the kernel leads to, such as PID/ns/user in PROC, a descriptor of /proc.
 * Returns a descriptor, or -1 and errno. */
int path_open_link(int proc, const char *link);

/* A directory that is being read; FD is open for reading. */
struct path_listing {
	int fd;
	int at, length;
	char buffer[2048] __attribute__((aligned(8)));
};

/* Returns the next name in the directory, without "." and "..", or NULL. It is valid until the next
 * call. getdents64(2). Dies. */
const char *path_next(struct path_listing *list);

/*
 * Opens a source with O_PATH, from the working directory if PATH is relative. Returns a descriptor,
 * or -1 and errno: ELOOP if the links form a loop or one of them is in a procfs; EPERM for a caller
 * other than root if one of the links belongs to him and lies in a directory that he owns or can
 * write to, and that is not read-only.
 */
int path_open_source(const char *path);

/*
 * Opens a file to append to, made with mode 0666 less the umask if it is missing. Its directory is
 * resolved as a source, and the last component must be no link. Does not wait for the other end of
 * a FIFO. Returns a descriptor, or -1 and errno as above; ELOOP for a link at the end.
 */
int path_open_log(const char *path);

/* Whether PATH is the path of something in DIRECTORY, at any depth. */
bool path_is_beneath(const char *path, const char *directory);

/* The same, or the path of DIRECTORY itself. */
bool path_is_within(const char *path, const char *directory);

/* Whether the absolute PATH is "/NAME", with any number of slashes. */
bool path_is_top(const char *path, const char *name);

/* A component of a path that does not exist: NAME in the directory PARENT. */
struct path_missing {
	int parent;
	char name[NAME_MAX + 1];
	bool is_last; /* of the path, or of what a link in the path leads to */
};

/*
 * Opens the absolute PATH beneath ROOT with O_PATH. Returns a descriptor, or -1 and errno. If a
 * component is missing, also behind a link that leads nowhere, MISSING tells which one: close
 * MISSING->parent, make the component, and go on with path_find_on. Otherwise MISSING->parent
 * is -1.
 */
int path_find(int root, const char *path, struct path_missing *missing);
int path_find_on(int root, const char *path, struct path_missing *missing);

#endif
