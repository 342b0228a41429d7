/* SPDX-License-Identifier: ISC */
#ifndef CORE_VIEW_H
#define CORE_VIEW_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/cli/plan.h"
#include "core/linux/mountinfo.h"
#include "core/view/defaults.h"
#include "core/view/devices.h"
#include "core/view/layer.h"

/* The detached tree for a file-system option. */
struct bind {
	int tree;
	mode_t type;
	dev_t device; /* of a tmpfs: a missing destination is simply made in it */
};

/* What the program is to see, while it is made. There is one, and it is static: then only the pages
 * in use become the monitor's memory. A large stack frame would be touched whole. */
struct view {
	const struct plan *plan;
	int outer_proc; /* a descriptor of the outer /proc */
	int root;	/* the root file system with the mounts in it, or its underlay */
	uint64_t root_mount;
	int proc; /* the tree of the instance's /proc, or -1 */
	uint64_t proc_mount;
	int tmp;	 /* the tree of the instance's /tmp, or -1 */
	uint64_t wanted; /* a mount that must not be left out of MOUNTS, or 0 */
	struct devices devices;
	struct layer layer;
	struct defaults defaults;
	struct bind default_binds[DEFAULTS_MAX];
	char path[2 * PATH_MAX + 2]; /* buffer for one function at a time */
	struct mountinfo mounts;     /* as last listed */
	struct bind binds[PLAN_BINDS_MAX];
};

/* The functions need CAP_SYS_ADMIN over the mount namespace. */

/* Begins with the instance's own file systems, LAYER and /proc. Returns false and errno if /proc
 * cannot be made. Dies if LAYER cannot. */
bool view_begin(struct view *view, const struct plan *plan, int outer_proc);

/* Opens PATH beneath the root with O_PATH; "" is the root. Follows no link. Returns a descriptor,
 * or -1 and errno. */
int view_open(const struct view *view, const char *path);

/* Like layer_make_underlay. An underlay over the root becomes the root. */
int view_make_underlay(struct view *view, int below);

#endif
