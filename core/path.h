/* SPDX-License-Identifier: ISC */
#ifndef CORE_PATH_H
#define CORE_PATH_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* What a descriptor stands on, read without waiting for a remote server. */
struct path_identity {
	dev_t device;
	uint64_t inode;
	uint64_t mount; /* as in the first column of /proc/PID/mountinfo */
	mode_t type;	/* S_IFDIR, S_IFREG, ... */
	dev_t node;	/* for a device node, which device */
};

/*
 * openat2(2) with O_CLOEXEC added to FLAGS, beneath DIR or, if that is
 * AT_FDCWD, from the working directory; RESOLVE as in kernel.h, with
 * KERNEL_RESOLVE_NO_MAGICLINKS added: a link into /proc/PID means this process
 * here, and never what the caller had in mind. Returns a descriptor or -1 and
 * errno.
 */
int path_open(int dir, const char *path, uint64_t flags, uint64_t resolve);

/* A descriptor of /proc, certain to be a procfs. Dies if it is not. */
int path_open_proc(void);

/* Reads the identity of what FD stands on; statx(2). Dies if the kernel cannot,
 * as for a file in a FUSE mount that belongs to another user. */
struct path_identity path_identify(int fd);

/* The same, but only device and mount, which every mount tells everyone. */
struct path_identity path_identify_mount(int fd);

/* Opens what a link of the kernel's leads to, such as PID/ns/user below a /proc.
 * Returns a descriptor, or -1 and errno. */
int path_open_link(int proc, const char *link);

/*
 * Makes the missing components of absolute PATH beneath ROOT: directories,
 * the last one an empty file unless DIRECTORY. Each is made only where OURS
 * says that the file system of its parent is the instance's own. Returns 0,
 * or -1 and errno; ENOENT where the parent is not ours.
 */
int path_make(int root, const char *path, bool directory, bool (*ours)(dev_t device));

#endif
