/* SPDX-License-Identifier: ISC */
#ifndef CORE_PROCFS_H
#define CORE_PROCFS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "core/linux/path.h"

/*
 * All functions take PROC, a descriptor of /proc, and none needs any privilege
 * or fails but by saying that a process is not there: it ended, or /proc hides
 * it (hidepid, proc(5)). What they return lies in memory that the next call
 * uses again.
 */

/* A process as /proc/PID/status has it. */
struct procfs_process {
	pid_t pid, parent;
	uid_t uid[4]; /* real, effective, saved, of file systems */
	gid_t gid[4];
	unsigned level;	 /* how many pid namespaces below that of PROC */
	pid_t innermost; /* its pid in its own one */
	uint64_t permitted, bounding;
	bool no_new_privs;
	bool thread; /* a thread other than a process's first */
	bool ended;  /* a zombie */
};

/* What it has used, from /proc/PID/stat: times in clock ticks, START since the
 * machine's, memory in pages. */
struct procfs_usage {
	pid_t pid, parent;
	uint64_t time, start, memory;
};

/* A descriptor of /proc, which must be that of this process's pid namespace.
 * Dies if it is not. */
int procfs_open(void);

/* The text of /proc/PID/status without the groups, where PROCESS is PID, or "/proc/self"; NULL if
 * there is none. */
char *procfs_status(int proc, const char *process);

/* What follows FIELD and a colon in a status, after white space. "" if nothing,
 * or no STATUS. */
const char *procfs_field(char *status, const char *field);

bool procfs_read(int proc, pid_t pid, struct procfs_process *process);
bool procfs_read_usage(int proc, pid_t pid, struct procfs_usage *usage);

/* What stat(2) has of what /proc/PROCESS/NAME is or, being a link of the kernel's, leads
 * to: "exe", "ns/net", "". False and errno if the process may not be traced. */
bool procfs_stat(int proc, const char *process, const char *name, struct kernel_statx *status);

/* Whether PID executes the same binary as this one: 1 if so, 0 if another,
 * -1 and errno if the process may not be traced. */
int procfs_compare_binary(int proc, pid_t pid);

/* Writes this process's pid as PROC has it, which need not be of its own pid
 * namespace. To be asked in the process meant: right by construction. Dies. */
void procfs_note_self(int proc, char process[16]);

/* Reads the file PATH below PROC, as far as ROOM has place for it and a null byte, which
 * is put behind it; or another file, by its absolute path. It waits for no FIFO. Returns the
 * length, or -1 and errno. */
ssize_t procfs_read_text(int proc, const char *path, char *text, size_t room);

/* The command line; 0 and no words where there is none. */
int procfs_read_words(int proc, pid_t pid, char ***words);

/* All processes: procfs_next returns one after the other, then 0. The caller closes
 * the listing's descriptor. They die. */
struct path_listing procfs_list(int proc);
pid_t procfs_next(struct path_listing *list);

/*
 * The one child of PARENT that is pid 1 of a pid namespace right below PARENT's;
 * 0 if there is none, or more than one. Quick where the kernel has
 * /proc/PID/task/TID/children (CONFIG_PROC_CHILDREN, Linux 4.2).
 */
pid_t procfs_find_pid1(int proc, const struct procfs_process *parent);

/* Whether users see their own processes alone, and dumpable ones of them. */
bool procfs_hides(int proc);

#endif
