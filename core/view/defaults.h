/* SPDX-License-Identifier: ISC */
#ifndef CORE_DEFAULTS_H
#define CORE_DEFAULTS_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "core/cli/plan.h"
#include "core/linux/path.h"

enum { DEFAULTS_LINKS = 2, DEFAULTS_MAX = 3 + DEFAULTS_LINKS };

/* What an instance shows although no option names it. */
struct defaults {
	size_t count;
	struct plan_bind binds[DEFAULTS_MAX]; /* they come before those of the plan */
	int sources[DEFAULTS_MAX];	      /* descriptors, or -1 where none is needed */
	struct path_identity wanted;	      /* the working directory; mount 0: any will do */
	char cwd[PATH_MAX];		      /* "" if it was deleted or is out of reach */
	char resolver[PATH_MAX];	      /* what names are looked up with */
	char texts[DEFAULTS_LINKS][PATH_MAX];
};

/* Whether PATH is a part of the installed system. Mounts there stay in sight. */
bool defaults_is_system(const char *path);

/* Whether the absolute PATH belongs to the machine as it runs, as /run/user does. An instance does
 * not show it unless an option does, and does not start there unless one says so. */
bool defaults_is_closed(const char *path);

/*
 * Finds what is to be shown, and changes nothing. PROC is a descriptor of /proc, or -1. Call it as
 * the caller, before any mount is changed. Dies if the program is to start in the caller's working
 * directory, and that cannot be shown.
 */
void defaults_find(struct defaults *defaults, const struct plan *plan, int proc);

/* Dies: the program cannot start in the caller's working directory. WHY tells the reason, as
 * defaults_other does; NULL stands for errno. */
_Noreturn void defaults_refuse(const struct defaults *defaults, const char *why);

/* The reason that its path leads to another directory. */
extern const char defaults_other[];

#endif
