/* SPDX-License-Identifier: ISC */
#ifndef CORE_INSTANCE_H
#define CORE_INSTANCE_H

#include "core/cli/applet.h"
#include "core/linux/procfs.h"

/* The command line of a process, if it is one of selfdock's. The process writes it itself: it is a
 * label, and never an authorisation. */
struct instance_record {
	const struct applet *applet;
	const char *name;      /* or NULL */
	const char *rootfs;    /* or NULL */
	const char *directory; /* where the program starts, as typed, or NULL */
	struct options typed;  /* a walk over the whole command line */
	char **operands;       /* ends with NULL */
};

struct instance {
	struct procfs_process monitor, program;
	struct instance_record record; /* valid until the next call of procfs */
};

/* A walk over the running instances. */
struct instance_list {
	int proc;
	bool all;
	struct path_listing processes;
};

/*
 * Lists the instances of the caller, including nested ones. With ALL, which is for root, lists
 * everybody's; this reads command lines of other users, who can make it wait for ever. PROC is from
 * procfs_open. instance_next returns one after the other, then false. Both die.
 */
struct instance_list instance_begin(int proc, bool all);
bool instance_next(struct instance_list *list, struct instance *instance);

/*
 * Finds the caller's instance that WORD means: the pid of its monitor or of any process in it, or
 * its name unless it is inside another instance. Returns false, with a message, if there is none.
 * Unless PIDFD is NULL, it becomes a pidfd of the monitor that was opened before the monitor was
 * read: if that has not ended afterwards, what was read is not another's.
 */
bool instance_find(int proc, const char *word, struct instance *instance, int *pidfd);

/* Whether the instance that was FOUND still has the same monitor and program and, if WORD is a
 * name, that name. To be asked when their pids can no longer become those of others. */
bool instance_confirm(int proc, const char *word, const struct instance *found);

/*
 * Goes one step up from a process in an instance: to its parent or, if the parent enters the
 * instance, to a process of the instance that its command line names. ENTERED counts the second
 * kind, from 0 at the start of a way. ALL is as for instance_begin. Returns false and leaves
 * PROCESS as it was if there is no step.
 */
bool instance_climb(int proc, bool all, struct procfs_process *process, int *entered);

/* Returns the pid of the program of the innermost instance that PROCESS is in, or 0 if it is in
 * none. */
pid_t instance_enclosing(int proc, struct procfs_process process);

/*
 * Makes sure that no other instance of the caller has this name, or is about to have it. Of several
 * starts at once, one returns and the others die. Call it before any process is started.
 */
void instance_claim(int proc, const char *name);

#endif
