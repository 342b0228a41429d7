/* SPDX-License-Identifier: ISC */
#ifndef CORE_MOUNT_H
#define CORE_MOUNT_H

#include <stdbool.h>
#include <stdint.h>

/*
 * All of these need CAP_SYS_ADMIN in the user namespace that owns the mount
 * namespace. A "tree" is a descriptor of a mount, detached or attached. Except
 * where said, they return 0 or a descriptor, or -1 and errno.
 */

/* An option of a new file system, by fsconfig(2). */
struct mount_option {
	const char *key, *value;
};

/* No mount or unmount passes in or out from here on. mount_setattr(2). */
int mount_make_private(void);

/* Clones the mount at FD as a detached tree: with the mounts below it, or one
 * file or directory alone. open_tree(2), Linux 5.2. */
int mount_clone(int fd, bool recursive);

/* Clones directory NAME beneath an attached tree, without what is mounted
 * below it. */
int mount_clone_at(int tree, const char *name);

/* Adds KERNEL_MOUNT_ATTR_* to a tree, never removes any. mount_setattr(2),
 * Linux 5.12: with RECURSIVE all of the tree changes, or nothing. */
int mount_restrict(int tree, uint64_t attributes, bool recursive);

/* A new file system with options up to one whose key is NULL, as a detached
 * tree. fsopen(2), fsmount(2), Linux 5.2. */
int mount_new(const char *type, const struct mount_option *options, uint64_t attributes);

/* Attaches a detached tree on top of what TARGET stands on, or of NAME beneath
 * DIR. move_mount(2), Linux 5.2. */
int mount_attach(int tree, int target);
int mount_attach_at(int tree, int dir, const char *name);

/* Makes the attached tree the root of this process and puts the old root, and
 * all below it, out of everyone's reach; BETWEEN is how many mounts there are on the old
 * root, on the topmost of which the tree was attached. pivot_root(2). Dies. */
void mount_pivot(int tree, int between);

/*
 * The same where pivot_root cannot: the old root stays, below the tree. TREE is on top of
 * the root of the mount that nothing in the mount namespace is below: from there no ".."
 * leads down, in a user namespace inside the kernel keeps it there (MNT_LOCKED), and
 * whatever enters the mount namespace comes out at its top. Needs CAP_SYS_CHROOT. Dies.
 */
void mount_chroot(int tree);

#endif
