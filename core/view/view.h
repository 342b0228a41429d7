/* SPDX-License-Identifier: ISC */
#ifndef CORE_VIEW_H
#define CORE_VIEW_H

#include <stdint.h>
#include <sys/types.h>

#include "core/cli/plan.h"
#include "core/linux/mountinfo.h"
#include "core/view/devices.h"
#include "core/view/layer.h"

/* What a file-system option asks for, as a detached tree. */
struct bind {
	int tree;
	mode_t type;
	dev_t device; /* of a tmpfs, in which what is missing is just made */
};

/* What the program is to see, while it is made. There is one, and it is static: only the pages
 * in use become the monitor's memory, where a large stack frame is touched whole. */
struct view {
	const struct plan *plan;
	int outer_proc; /* a descriptor of the outer /proc */
	int root;	/* the root file system with what is mounted in it, or its underlay */
	int proc;	/* the tree of the instance's /proc, or -1 */
	uint64_t proc_mount;
	struct devices devices;
	struct layer layer;
	char cwd[PATH_MAX];	     /* the caller's working directory, or "" */
	char path[2 * PATH_MAX + 2]; /* for one function at a time */
	struct mountinfo mounts;     /* as they were listed last */
	struct bind binds[PLAN_BINDS_MAX];
};

/* These need CAP_SYS_ADMIN over the mount namespace. */

/* Begins with the file systems of the instance's own, LAYER and /proc. Returns NULL, or what it
 * "cannot" do, and errno. */
const char *view_begin(struct view *view, const struct plan *plan, int outer_proc);

/* Opens PATH, "" for the root, with O_PATH and beneath the root. No link in it is followed.
 * Returns a descriptor, or -1 and errno. */
int view_open(const struct view *view, const char *path);

/* As layer_make_underlay. What goes over the root is the root from there on. */
int view_make_underlay(struct view *view, int below);

#endif
