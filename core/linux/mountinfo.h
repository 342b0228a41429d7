/* SPDX-License-Identifier: ISC */
#ifndef CORE_MOUNTINFO_H
#define CORE_MOUNTINFO_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The name of selfdock's tmpfs, and the beginnings of the names in it. By these an instance inside
 * another one recognises the outer one's mounts. */
#define MOUNTINFO_SELFDOCK "selfdock"
#define MOUNTINFO_NAME_COVER "cover"
#define MOUNTINFO_NAME_UNDERLAY "underlay"
#define MOUNTINFO_NAME_DEV "dev"

/* A list holds no more mounts: uint16_t can count these. The second is for mountinfo_read_top. */
enum { MOUNTINFO_MAX = 16384, MOUNTINFO_OWN = 3 };

enum mountinfo_kind { MOUNTINFO_OTHER, MOUNTINFO_COVER, MOUNTINFO_UNDERLAY, MOUNTINFO_DEV };

struct mountinfo_entry {
	uint64_t mount; /* as path_identify gives it */
	uint64_t parent;
	uint32_t path; /* in the text of the list; see mountinfo_path */
	/* The part of selfdock's tmpfs that it shows, of this instance or of one around it. */
	enum mountinfo_kind kind;
	bool writable;	 /* by the options of the mount alone */
	bool kernel;	 /* its files are the kernel's own, as those of proc and sysfs */
	bool own;	 /* it is an OWN of mountinfo_read_top, or one stands on it */
	uint16_t before; /* the next one in the chain of mountinfo_find, plus 1 */
};

/* A list of mounts. A short one takes a page or two; a long one moves to a mapping. */
struct mountinfo {
	struct mountinfo_entry *entries;
	size_t count, entries_max;
	/* First comes the text that is kept, then what was read and not yet looked at. The first
	 * never reaches the second: it grows by one character at most for each that is looked
	 * at. */
	char *text;
	size_t kept, at, end, text_max;
	int file;
	char last_end;	    /* what ended the last field: a space, a newline, or 0 for the file */
	uint64_t rootfs;    /* the mount of the root file system, for mountinfo_is_rootfs_mount */
	bool complete;	    /* it has all mounts, and not only those of mountinfo_read_top */
	size_t total;	    /* how many there are, also if it has not all */
	uint16_t last[256]; /* for each rest of a mount id the last entry, plus 1 */
	/* For mountinfo_read_top. First come all mounts below the root, in ascending order; one
	 * that is done with is 0. The second half is for the ids below one of them. */
	size_t id_count;
	uint64_t ids[MOUNTINFO_MAX];
	struct mountinfo_entry first_entries[512];
	char first_text[8 * PATH_MAX] __attribute__((aligned(8)));
};

/*
 * Lists the mounts of this process's mount namespace that can be reached from its root. PROC is a
 * descriptor of /proc. LIST is all zeros, or a list to read anew. proc_pid_mountinfo(5). Dies.
 */
void mountinfo_read(struct mountinfo *list, int proc);

/*
 * Lists only the mount of ROOT, a descriptor of the root file system, with those that it stands on,
 * and the mounts directly on it. That is quicker, the more so the more mounts are below these. Each
 * OWN is a descriptor of a mount, or -1: the mount directly on the root that it is or stands on is
 * marked. Returns false if the list cannot be told: before Linux 6.8, where listmount(2) or
 * statmount(2) fails, or where more has to be looked at. Needs CAP_SYS_ADMIN over the mount
 * namespace.
 */
bool mountinfo_read_top(struct mountinfo *list, int root, const int own[MOUNTINFO_OWN]);

/* Adds the mount that FD is in, and those between that and one that such a list has, if it can. */
void mountinfo_add(struct mountinfo *list, int fd);

/* Returns the mount with that id, or NULL. */
const struct mountinfo_entry *mountinfo_find(const struct mountinfo *list, uint64_t mount);

/* Returns the path of the mount, as seen from the root of this process. */
const char *mountinfo_path(const struct mountinfo *list, const struct mountinfo_entry *entry);

/* Whether a mount shows a part of the root file system at its place. LIST->rootfs does. So do an
 * underlay of an instance around this one, and the mounts in it that do not come from an option. */
bool mountinfo_is_rootfs_mount(const struct mountinfo *list, uint64_t mount);

/* Whether the mount, or one below it, is of a file system whose files are the kernel's own. */
bool mountinfo_shows_kernel(const struct mountinfo *list, uint64_t mount);

/* Returns the mount that is directly on a part of the root file system, and that MOUNT is or stands
 * on. NULL if MOUNT is such a part itself, or is not in the list. */
const struct mountinfo_entry *mountinfo_find_base(const struct mountinfo *list, uint64_t mount);

#endif
