/* SPDX-License-Identifier: ISC */
#ifndef CORE_LAYER_H
#define CORE_LAYER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/linux/path.h"

/* All of these need CAP_SYS_ADMIN over the mount namespace; see core/linux/mount.h. */

/* Makes LAYER, with the directories dev, shm and tmp in it. Returns its detached
 * tree, which must be attached before any of the rest. Dies. */
int layer_make(void);

/* Notes a file system as the instance's own: there a missing destination is just
 * made. Dies. */
void layer_own(int tree);

/* Whether DEVICE is LAYER. */
bool layer_has(dev_t device);

/* Attaches an empty, read-only file or directory over TARGET. Returns its tree, or
 * -1 and errno. */
int layer_cover(int target);

/* A detached tree: an empty, read-only file or directory of mode 000. Dies. */
int layer_clone_mask(bool directory);

/*
 * Where something can be made that is missing in directory PARENT: PARENT itself,
 * if its file system is the instance's own, or else, if it is read-only or OVER is
 * set, an underlay that goes over it; IS_PART says of its entries which are the root
 * file system's, and not an option's. An empty file or directory stands for a mount
 * of the list read last whose root was deleted, and for what is deleted meanwhile. Returns a
 * descriptor, or -1 and errno: ENOENT where the program may be able to make it, EACCES where the
 * caller may not list PARENT.
 */
int layer_place(int parent, bool over, bool (*is_part)(uint64_t mount));

/* What the directory IS shows: what an underlay goes over, or itself. */
struct path_identity layer_below(struct path_identity is);

/* Makes the underlays read-only, and what was cloned of them and of /dev beneath ROOT;
 * PROC is a descriptor of /proc. Nothing can be made in them after that. Dies. */
void layer_seal(int root, int proc);

#endif
