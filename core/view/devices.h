/* SPDX-License-Identifier: ISC */
#ifndef CORE_DEVICES_H
#define CORE_DEVICES_H

#include <limits.h>

enum { DEVICES_NODES = 6 };

/* Detached clones of the host's nodes, and of the terminal; -1 where there is none. */
struct devices {
	int nodes[DEVICES_NODES], terminal;
};

/*
 * Takes clones of the outer /dev's harmless nodes, and of the caller's terminal;
 * PROC is a descriptor of the outer /proc, and PATH a buffer. To be called before anything in the
 * mount namespace is changed, since clones keep what their source is restricted
 * to. Dies.
 */
void devices_clone(struct devices *devices, int proc, char path[PATH_MAX]);

/*
 * Attaches an instance's own /dev, with those nodes, on top of LAYER, and
 * returns its tree, which can still be added to until devices_seal. LAYER is
 * the tree of the instance's tmpfs, attached at /dev of the new root, with
 * directories "dev" and "shm". Dies.
 */
int devices_attach(const struct devices *devices, int layer);

/* No file can be made or changed in that /dev from here on. */
void devices_seal(int dev);

#endif
