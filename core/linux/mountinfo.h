/* SPDX-License-Identifier: ISC */
#ifndef CORE_MOUNTINFO_H
#define CORE_MOUNTINFO_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What selfdock calls its tmpfs, and what begins the names in it: by these an instance inside
 * another one knows the mounts of that. */
#define MOUNTINFO_SELFDOCK "selfdock"
#define MOUNTINFO_NAME_COVER "cover"
#define MOUNTINFO_NAME_UNDERLAY "underlay"
#define MOUNTINFO_NAME_DEV "dev"

enum mountinfo_kind { MOUNTINFO_OTHER, MOUNTINFO_COVER, MOUNTINFO_UNDERLAY, MOUNTINFO_DEV };

struct mountinfo_entry {
	uint64_t mount; /* as path_identify gives it */
	uint64_t parent;
	uint32_t path; /* in the text of the list; see mountinfo_path */
	/* What it is of selfdock's tmpfs, of this instance or one around it. */
	enum mountinfo_kind kind;
	bool writable;	 /* as far as the mount goes */
	uint16_t before; /* for mountinfo_find */
};

/* A list of mounts. Few take a page or two; for many the list moves to a mapping. */
struct mountinfo {
	struct mountinfo_entry *entries;
	size_t count, entries_max;
	/* What is kept, then what was read and not yet looked at. The first never reaches the
	 * second: it grows by one character at most for each that is looked at. */
	char *text;
	size_t kept, at, end, text_max;
	int file;
	char last_end;	    /* what ended the last field: a space, a newline, or 0 for the file */
	uint64_t rootfs;    /* the mount of the root file system, for mountinfo_is_rootfs_mount */
	uint16_t last[256]; /* entry of those whose mount id leaves the same rest; plus 1 */
	struct mountinfo_entry first_entries[512];
	char first_text[8 * PATH_MAX];
};

/*
 * Lists the mounts in this process's mount namespace that its root leads to; PROC is a
 * descriptor of /proc. LIST is zeros, or was read before: then it is read anew.
 * proc_pid_mountinfo(5). Dies.
 */
void mountinfo_read(struct mountinfo *list, int proc);

/* The mount of that id, or NULL. */
const struct mountinfo_entry *mountinfo_find(const struct mountinfo *list, uint64_t mount);

/* Where it is, as seen from the root of this process. */
const char *mountinfo_path(const struct mountinfo *list, const struct mountinfo_entry *entry);

/* Whether a mount shows a part of the root file system at its place: LIST->rootfs does; and of
 * an instance around this one an underlay, and what is no option's in it. */
bool mountinfo_is_rootfs_mount(const struct mountinfo *list, uint64_t mount);

/* The mount directly below a part of the root file system that MOUNT is, or stands on; NULL if
 * it is such a part itself, or not in the list. */
const struct mountinfo_entry *mountinfo_find_base(const struct mountinfo *list, uint64_t mount);

#endif
