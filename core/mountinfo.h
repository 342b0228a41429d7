/* SPDX-License-Identifier: ISC */
#ifndef CORE_MOUNTINFO_H
#define CORE_MOUNTINFO_H

#include <stddef.h>
#include <stdint.h>

struct mountinfo_child {
	uint64_t mount; /* as path_identify gives it */
	const char *path;
};

/*
 * Lists the mounts directly below mount PARENT in this process's mount
 * namespace; PROC is a descriptor of /proc. Sets *list to memory that the next
 * call uses again, and returns the count. proc_pid_mountinfo(5). Dies.
 */
size_t mountinfo_children(int proc, uint64_t parent, const struct mountinfo_child **list);

#endif
