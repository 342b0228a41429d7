/* SPDX-License-Identifier: ISC */
#ifndef CORE_MOUNTINFO_H
#define CORE_MOUNTINFO_H

#include <stddef.h>
#include <stdint.h>

struct mountinfo_entry {
	uint64_t mount; /* as path_identify gives it */
	uint64_t parent;
	const char *path; /* as seen from the root of this process */
};

/*
 * Lists the mounts in this process's mount namespace that its root leads to;
 * PROC is a descriptor of /proc. Sets *list to memory that the next call uses
 * again, and returns the count. proc_pid_mountinfo(5). Dies.
 */
size_t mountinfo_read(int proc, const struct mountinfo_entry **list);

#endif
