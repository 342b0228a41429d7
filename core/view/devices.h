/* SPDX-License-Identifier: ISC */
#ifndef CORE_DEVICES_H
#define CORE_DEVICES_H

#include <limits.h>
#include <stdbool.h>

enum { DEVICES_NODES = 6 };

/* Detached clones of the host's nodes and of the terminal. -1 stands for one that does not
 * exist. */
struct devices {
	int nodes[DEVICES_NODES], terminal;
	int shm; /* the tree of /dev/shm, from devices_attach */
};

/*
 * Clones the harmless nodes of the outer /dev, and the caller's terminal. PROC is a descriptor of
 * the outer /proc, and PATH a buffer. Call it before anything in the mount namespace is changed,
 * because a clone keeps the restrictions of its source. Dies.
 */
void devices_clone(struct devices *devices, int proc, char path[PATH_MAX]);

/*
 * Attaches the instance's /dev, with those nodes, on top of LAYER. Returns its tree. Unless SEAL is
 * true, more can be added to it until devices_seal. LAYER is the tree of the instance's tmpfs,
 * attached at /dev of the new root, with the directories "dev" and "shm". Dies.
 */
int devices_attach(struct devices *devices, int layer, bool seal);

/* From here on no file can be made or changed in that /dev. */
void devices_seal(int dev);

#endif
