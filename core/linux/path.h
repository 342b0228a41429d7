/* SPDX-License-Identifier: ISC */
#ifndef CORE_PATH_H
#define CORE_PATH_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/linux/kernel.h"

/* Whom all users appear as that a user namespace does not map, unless overflowuid was
 * changed in /proc/sys/kernel. */
enum { PATH_NOBODY = 65534 };

/* What a descriptor stands on, read without waiting for a remote server. */
struct path_identity {
	dev_t device;
	uint64_t inode;
	uint64_t mount; /* as in the first column of /proc/PID/mountinfo */
	bool root;	/* of that mount; Linux 5.8 */
	mode_t type;	/* S_IFDIR, S_IFREG, ... */
	mode_t mode;	/* 01777 at most */
	uid_t uid;
	dev_t node; /* for a device node, which device */
};

/*
 * openat2(2) with O_CLOEXEC added to FLAGS, beneath DIR or, if that is
 * AT_FDCWD, from the working directory; RESOLVE as in kernel.h, with
 * KERNEL_RESOLVE_NO_MAGICLINKS added: a link into /proc/PID means this process
 * here, and never what the caller had in mind. Returns a descriptor or -1 and
 * errno.
 */
int path_open(int dir, const char *path, uint64_t flags, uint64_t resolve);

/* A RESOLVE by which the path crosses no link and no mount. */
#define PATH_DIRECT (KERNEL_RESOLVE_NO_SYMLINKS | KERNEL_RESOLVE_NO_XDEV)

/* A descriptor of /proc, certain to be a procfs; -1 if it is not, where the other one dies. */
int path_find_proc(void);
int path_open_proc(void);

/* Reads what is WANTED, as KERNEL_STATX_*, of what PATH leads to from DIR, or, being empty, of
 * what DIR stands on; statx(2). Not stat(2), for which the C library has half a kilobyte of
 * code. False and errno. */
bool path_stat(int dir, const char *path, unsigned wanted, struct kernel_statx *status);

/* Reads the identity of what FD stands on; statx(2). Dies if the kernel cannot,
 * as for a file in a FUSE mount that belongs to another user. */
struct path_identity path_identify(int fd);

/* The same, but only device, mount and root, which every mount tells everyone, and where it
 * costs nothing all else, else 0. */
struct path_identity path_identify_mount(int fd);

/* Whether FD stands on a directory that was deleted, so that it shows nothing and nothing
 * can be made in it. False, too, where the caller may not list it. */
bool path_is_deleted(int fd);

/* Opens what a link of the kernel's leads to, such as PID/ns/user below a /proc.
 * Returns a descriptor, or -1 and errno. */
int path_open_link(int proc, const char *link);

/* A directory that is being read, from a descriptor open for that. */
struct path_listing {
	int fd;
	int at, length;
	char buffer[2048] __attribute__((aligned(8)));
};

/* The next name in the directory, "." and ".." left out, or NULL; it is valid until
 * the next call. getdents64(2). Dies. */
const char *path_next(struct path_listing *list);

/*
 * Opens a source with O_PATH, from the working directory if it is relative. Returns
 * a descriptor, or -1 and errno: ELOOP if its links form a loop or one is in a
 * procfs; EPERM if one belongs to the caller, who is not root, and lies in a
 * directory that he owns or can write to, and that is not read-only.
 */
int path_open_source(const char *path);

/* Whether PATH says something in DIRECTORY. */
bool path_is_beneath(const char *path, const char *directory);

/* A component of a path that does not exist: NAME in the directory PARENT. */
struct path_missing {
	int parent;
	char name[NAME_MAX + 1];
	bool is_last; /* of the path, or of what a link in it leads to */
};

/*
 * Opens absolute PATH beneath ROOT with O_PATH. Returns a descriptor, or -1 and errno. Unless
 * MISSING->parent is -1 then, what is there lacks that component, also behind a link that leads
 * nowhere; to be closed, and to be made before the next try.
 */
int path_find(int root, const char *path, struct path_missing *missing);

#endif
