/* SPDX-License-Identifier: ISC */
#ifndef CORE_MOUNTINFO_H
#define CORE_MOUNTINFO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mountinfo_entry {
	uint64_t mount; /* as path_identify gives it */
	uint64_t parent;
	const char *path; /* as seen from the root of this process */
	/* What it is of the LAYER of this instance, or of one around it. */
	enum { MOUNTINFO_OTHER, MOUNTINFO_COVER, MOUNTINFO_UNDERLAY, MOUNTINFO_DEV } kind;
	bool writable;	 /* as far as the mount goes */
	uint16_t before; /* for mountinfo_find */
};

/*
 * Lists the mounts in this process's mount namespace that its root leads to;
 * PROC is a descriptor of /proc. Sets *list to memory that the next call uses
 * again, and returns the count. proc_pid_mountinfo(5). Dies.
 */
size_t mountinfo_read(int proc, const struct mountinfo_entry **list);

/* The mount of that id in the list that was read last, or NULL. */
const struct mountinfo_entry *mountinfo_find(uint64_t mount);

#endif
