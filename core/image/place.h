/* SPDX-License-Identifier: ISC */
#ifndef CORE_PLACE_H
#define CORE_PLACE_H

#include <limits.h>
#include <stdbool.h>

/* A directory that is being made, and what is beside it. */
struct place {
	int parent;	     /* its directory */
	char path[PATH_MAX]; /* its absolute path */
	const char *name;    /* the last component of that */
	int partial; /* what is made in the meantime: NAME.partial.PID, which holds "tree" */
	char partial_name[NAME_MAX + 1];
};

/* Makes a place for the directory that was TYPED, which must not exist. Where it is, others may be
 * able to write: what is made in the meantime is named by descriptors alone. Says what another
 * process has left there that was killed. PROC is a descriptor of /proc. Dies. */
void place_make(struct place *place, int proc, const char *typed);

/* Makes a file NAME in the meantime. Returns a descriptor, or -1 and errno. */
int place_make_file(const struct place *place, const char *name);

/* Ends it: "tree" becomes the directory and, with ARGUMENTS, "args" what is beside it with ".args"
 * at the end of its name. Nothing that exists is replaced. Returns false and errno; then neither is
 * there. */
bool place_finish(const struct place *place, bool arguments);

/* Removes all that was made, also what its modes close. Says what is left if it cannot. */
void place_remove(const struct place *place);

#endif
