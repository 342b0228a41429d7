/* SPDX-License-Identifier: ISC */
#ifndef CORE_PROCFS_H
#define CORE_PROCFS_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "core/linux/path.h"

/*
 * PROC is always a descriptor of /proc. No function needs any privilege. Unless stated otherwise, a
 * function fails only by saying that a process is not there: it ended, or /proc hides it (hidepid,
 * proc(5)). The next call overwrites what a function has returned.
 */

/* A process, read from /proc/PID/status. */
struct procfs_process {
	pid_t pid, parent;
	uid_t uid[4]; /* real, effective, saved, file system */
	gid_t gid[4];
	unsigned level;	 /* number of pid namespaces below that of PROC */
	pid_t innermost; /* its pid in its own pid namespace */
	uint64_t permitted, bounding;
	bool no_new_privs;
	bool thread; /* a thread other than a process's first */
	bool ended;  /* a zombie */
};

/* What a process has used, from /proc/PID/stat: times in clock ticks, START since the machine
 * started, memory in pages. */
struct procfs_usage {
	pid_t pid, parent;
	uint64_t time, start, memory;
};

/* Returns a descriptor of /proc. Dies if that is not of this process's pid namespace. */
int procfs_open(void);

/* Returns the text of /proc/PID/status, or NULL if there is none. If that does not fit into a few
 * kilobytes, the groups are left out. PROCESS is PID, or "/proc/self". */
char *procfs_status(int proc, const char *process);

/* Returns what follows FIELD, a colon and white space in a status. "" if there is no such field, or
 * STATUS is NULL. */
const char *procfs_field(char *status, const char *field);

bool procfs_read(int proc, pid_t pid, struct procfs_process *process);
bool procfs_read_usage(int proc, pid_t pid, struct procfs_usage *usage);

/* Reads the path of FD, a descriptor of this process. If it cannot be told, PATH is "", and the
 * result is false, with errno. */
bool procfs_read_path(int proc, int fd, char path[PATH_MAX]);

/* Reads the path of the working directory of PID in the same way. Fails if the process may not be
 * traced. */
bool procfs_read_directory(int proc, pid_t pid, char path[PATH_MAX]);

/* stat(2) of /proc/PROCESS/NAME, where NAME is "" or such as "exe" or "ns/net". A link of the
 * kernel is followed. Returns false and errno if the process may not be traced. */
bool procfs_stat(int proc, const char *process, const char *name, struct kernel_statx *status);

/* Whether PID executes the same binary as this process. Returns 1 if so, 0 if not, -1 and errno if
 * the process may not be traced. */
int procfs_compare_binary(int proc, pid_t pid);

/* Writes this process's pid in PROC, which need not be of its own pid namespace. The process asks
 * for itself, so the answer cannot be of another. Dies. */
void procfs_note_self(int proc, char process[16]);

/* Reads the file PATH below PROC, or any file by its absolute path, and puts a null byte behind the
 * text. Reads no more than fits into ROOM bytes with that. Does not wait for a FIFO. Returns the
 * length, or -1 and errno. */
ssize_t procfs_read_text(int proc, const char *path, char *text, size_t room);

/* Reads the command line of a process. Returns the number of words, 0 if there is none. */
int procfs_read_words(int proc, pid_t pid, char ***words);

/* Lists all processes: procfs_next returns one pid after the other, then 0. The caller closes the
 * descriptor of the listing. Both die. */
struct path_listing procfs_list(int proc);
pid_t procfs_next(struct path_listing *list);

/*
 * Finds the one child of PARENT that is pid 1 of a pid namespace right below PARENT's. Returns
 * false if there is none, or more than one. Quick if the kernel has /proc/PID/task/TID/children
 * (CONFIG_PROC_CHILDREN, Linux 4.2).
 */
bool procfs_find_pid1(int proc, const struct procfs_process *parent, struct procfs_process *found);

/* Whether users see only their own processes, and of those only dumpable ones. */
bool procfs_hides(int proc);

#endif
