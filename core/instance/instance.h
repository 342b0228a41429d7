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
	int count;	    /* of the operands */
	char **operands;
};

struct instance {
	struct procfs_process monitor, program;
	struct instance_record record; /* valid until the next call of procfs */
};

/*
 * Calls VISIT for each running instance of the caller, nested ones included. With ALL, which
 * is for root, for everyone's; this reads command lines of other users, who can make it wait
 * for ever. PROC is procfs_open's. Dies.
 */
void instance_take(int proc, bool all, void (*visit)(const struct instance *instance));

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
 * way up. ALL is instance_take's. False, with PROCESS as it was, if there is none.
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
