/* SPDX-License-Identifier: ISC */
#ifndef CORE_CENSUS_H
#define CORE_CENSUS_H

#include "core/applet.h"
#include "core/procfs.h"

/* What the command line of a process says, if it is one of selfdock's. It is
 * the process's own word: a label, and never an authorisation. */
struct census_record {
	const struct applet *applet;
	const char *name;   /* or NULL */
	const char *rootfs; /* or NULL */
	int count;	    /* of the operands */
	char **operands;
};

struct census_instance {
	struct procfs_process monitor, program;
	struct census_record record; /* valid until the next call of procfs */
};

/*
 * Calls VISIT for each running instance of the caller, nested ones included. With ALL, which
 * is for root, for everyone's; this reads command lines of other users, who can make it wait
 * for ever. PROC is procfs_open's. Dies.
 */
void census_take(int proc, bool all, void (*visit)(const struct census_instance *instance));

/*
 * The caller's instance that WORD names, by the pid of its monitor or of any
 * process in it, or by its name if it is not inside another. Dies if there is none.
 */
void census_find(int proc, const char *word, struct census_instance *instance);

/* Whether the monitor and program of an instance that was FOUND are those of one
 * that WORD names, if that is a name: for when their pids can no more be others'. */
bool census_confirm(int proc, const char *word, const struct census_instance *found);

/*
 * Goes from a process in an instance to one that it comes from there: its parent, or, where
 * that one enters, a process of what it says it enters. ENTERED counts those, from 0 on a
 * way up. ALL is census_take's. False, with PROCESS as it was, if there is none.
 */
bool census_climb(int proc, bool all, struct procfs_process *process, int *entered);

/* The pid of the program of the innermost instance that PROCESS is in; 0 if that
 * is none. */
pid_t census_enclosing(int proc, struct procfs_process process);

/*
 * Makes sure that no other instance of the caller has that name, or is about to
 * have it: of several starts at once, one returns, and the others die. To be
 * called before any process is started.
 */
void census_claim(int proc, const char *name);

#endif
