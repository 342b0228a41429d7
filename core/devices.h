/* SPDX-License-Identifier: ISC */
#ifndef CORE_DEVICES_H
#define CORE_DEVICES_H

/*
 * Attaches an instance's own /dev on top of LAYER, and returns its tree, which
 * can still be added to until devices_seal. LAYER is the tree of the instance's
 * tmpfs, attached at /dev of the new root, with directories "dev" and "shm";
 * PROC is a descriptor of the outer /proc. Needs the outer /dev to be at /dev
 * still. Dies.
 */
int devices_attach(int layer, int proc);

/* No file can be made or changed in that /dev from here on. */
void devices_seal(int dev);

#endif
