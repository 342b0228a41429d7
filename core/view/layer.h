/* SPDX-License-Identifier: ISC */
#ifndef CORE_LAYER_H
#define CORE_LAYER_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/linux/mountinfo.h"
#include "core/linux/path.h"

enum { LAYER_UNDERLAYS_MAX = 4096 };

struct layer_underlay {
	int tree;
	uint64_t inode;	    /* in LAYER */
	dev_t below_device; /* of the directory that the underlay shows */
	uint64_t below_inode;
};

struct layer {
	int tree;
	dev_t device;
	size_t underlay_count;
	struct layer_underlay underlays[LAYER_UNDERLAYS_MAX];
	char link[PATH_MAX]; /* the target of a link that an underlay copies */
};

/*
 * All functions need CAP_SYS_ADMIN over the mount namespace; see core/linux/mount.h. Those that
 * return int return 0 or a descriptor, or -1 and errno.
 */

/* Makes LAYER, with the directories dev, shm and tmp in it. It is a detached tree, which must be
 * attached before any other function is called. */
int layer_make(struct layer *layer);

/* Whether DEVICE is the device of LAYER. */
bool layer_has(const struct layer *layer, dev_t device);

/* Attaches an empty, read-only file or directory over TARGET. Returns its tree. */
int layer_cover(const struct layer *layer, int target);

/* Returns a detached tree: an empty, read-only file or directory of mode 000. Dies. */
int layer_clone_mask(const struct layer *layer, bool directory);

/* Makes an empty directory or file NAME in DIRECTORY. */
int layer_make_entry(int directory, const char *name, bool is_directory);

/*
 * Puts an underlay, in which something can be made, over the directory BELOW, and returns its tree.
 * MOUNTS tells which entries belong to the root file system, and which to an option. An empty file
 * or directory stands for a mount whose root was deleted, for an entry that is deleted meanwhile,
 * and for a FUSE mount that only another user may look at. Fails with EACCES where the caller may
 * not list BELOW, and with ENOSPC if it has more entries than there may be mounts.
 */
int layer_make_underlay(struct layer *layer, const struct mountinfo *mounts, int below);

/* Whether the descriptor DIRECTORY is WANTED, or an underlay that shows WANTED. */
bool layer_shows(const struct layer *layer, int directory, const struct path_identity *wanted);

/* Makes the underlays read-only, and the clones of them and of /dev beneath ROOT. Lists the mounts
 * anew for that; PROC is a descriptor of /proc. Nothing can be made in them after that. Dies. */
void layer_seal(const struct layer *layer, struct mountinfo *mounts, int root, int proc);

#endif
