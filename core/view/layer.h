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
	dev_t below_device; /* of the directory that it shows */
	uint64_t below_inode;
};

struct layer {
	int tree;
	dev_t device;
	size_t underlay_count;
	struct layer_underlay underlays[LAYER_UNDERLAYS_MAX];
	char link[PATH_MAX]; /* one that an underlay copies */
};

/*
 * All of these need CAP_SYS_ADMIN over the mount namespace; see core/linux/mount.h. Of those that
 * return int, 0 or a descriptor is success, and -1 sets errno.
 */

/* Makes LAYER, with the directories dev, shm and tmp in it: a detached tree, which must be
 * attached before any of the rest. */
int layer_make(struct layer *layer);

/* Whether DEVICE is LAYER's. */
bool layer_has(const struct layer *layer, dev_t device);

/* Attaches an empty, read-only file or directory over TARGET. Returns its tree. */
int layer_cover(const struct layer *layer, int target);

/* A detached tree: an empty, read-only file or directory of mode 000. Dies. */
int layer_clone_mask(const struct layer *layer, bool directory);

/* Makes NAME, an empty directory or file. */
int layer_make_entry(int directory, const char *name, bool is_directory);

/*
 * Puts an underlay over the directory BELOW, in which something can be made, and returns its
 * tree. MOUNTS says which of the entries are the root file system's, and not an option's. An
 * empty file or directory stands for a mount in it whose root was deleted, and for what
 * is deleted meanwhile. EACCES where the caller may not list BELOW.
 */
int layer_make_underlay(struct layer *layer, const struct mountinfo *mounts, int below);

/* Whether WANTED is a directory, or what that shows, being an underlay; both are descriptors. */
bool layer_shows(const struct layer *layer, int directory, int wanted);

/* Makes the underlays read-only, and what was cloned of them and of /dev beneath ROOT; lists
 * the mounts anew for that. PROC is a descriptor of /proc. Nothing can be made in them after
 * that. Dies. */
void layer_seal(const struct layer *layer, struct mountinfo *mounts, int root, int proc);

#endif
