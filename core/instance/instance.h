/* SPDX-License-Identifier: ISC */
#ifndef CORE_CENSUS_H
#define CORE_CENSUS_H

#include "core/cli/applet.h"
#include "core/linux/procfs.h"

/* What the command line of a process says, if it is one of selfdock's. It is
 * the process's own word: a label, and never an authorisation. */
struct instance_record {
	const struct applet *applet;
	const char *name;   /* or NULL */
	const char *rootfs; /* or NULL */
	char **operands;    /* ending with NULL */
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
 * Those of the caller, nested ones included. With ALL, which is for root, everyone's; this
 * reads command lines of other users, who can make it wait for ever. PROC is procfs_open's.
 * instance_next gives one after the other, then false. They die.
 */
struct instance_list instance_begin(int proc, bool all);
bool instance_next(struct instance_list *list, struct instance *instance);

/*
 * The caller's instance that WORD names, by the pid of its monitor or of any
 * process in it, or by its name if it is not inside another. Dies if there is none.
 */
void instance_find(int proc, const char *word, struct instance *instance);

/* Whether the monitor and program of an instance that was FOUND are those of one
 * that WORD names, if that is a name: for when their pids can no more be others'. */
bool instance_confirm(int proc, const char *word, const struct instance *found);

/*
 * Goes from a process in an instance to one that it comes from there: its parent, or, where
 * that one enters, a process of what it says it enters. ENTERED counts those, from 0 on a
 * way up. ALL is instance_begin's. False, with PROCESS as it was, if there is none.
 */
bool instance_climb(int proc, bool all, struct procfs_process *process, int *entered);

/* The pid of the program of the innermost instance that PROCESS is in; 0 if that
 * is none. */
pid_t instance_enclosing(int proc, struct procfs_process process);

/*
 * Makes sure that no other instance of the caller has that name, or is about to
 * have it: of several starts at once, one returns, and the others die. To be
 * called before any process is started.
 */
void instance_claim(int proc, const char *name);

#endif
