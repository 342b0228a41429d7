/* SPDX-License-Identifier: ISC */
#ifndef CORE_MOUNT_H
#define CORE_MOUNT_H

#include <stdbool.h>
#include <stdint.h>

/*
 * All of these need CAP_SYS_ADMIN in the user namespace that owns the mount namespace. A "tree" is
 * a descriptor of a mount, detached or attached. Unless stated otherwise, they return 0 or a
 * descriptor, or -1 and errno.
 */

/* An option of a new file system; fsconfig(2). */
struct mount_option {
	const char *key, *value;
};

/* From here on no mount or unmount passes in or out. mount_setattr(2). */
int mount_make_private(void);

/* Clones the mount at FD as a detached tree. RECURSIVE includes the mounts below it. FD may also be
 * a file or directory in a mount. open_tree(2), Linux 5.2. */
int mount_clone(int fd, bool recursive);

/* Clones NAME beneath an attached tree, without the mounts below it. */
int mount_clone_at(int tree, const char *name);

/* Adds KERNEL_MOUNT_ATTR_* to a tree, and removes none. mount_setattr(2), Linux 5.12. With
 * RECURSIVE either the whole tree changes, or nothing. */
int mount_restrict(int tree, uint64_t attributes, bool recursive);

/* Makes a new file system as a detached tree. The last of OPTIONS has the key NULL. fsopen(2),
 * fsmount(2), Linux 5.2. */
int mount_new(const char *type, const struct mount_option *options, uint64_t attributes);

/* Attaches a detached tree on top of the file or directory TARGET, or of NAME beneath DIR.
 * move_mount(2), Linux 5.2. */
int mount_attach(int tree, int target);
int mount_attach_at(int tree, int dir, const char *name);

/* Makes the attached tree the root of this process, and puts the old root and all below it out of
 * everybody's reach. BETWEEN is the number of mounts on top of the old root; the tree was attached
 * on the topmost one. pivot_root(2). Dies. */
void mount_pivot(int tree, int between);

/*
 * The same where pivot_root is refused: the old root stays, below the tree. TREE must be on top of
 * the bottom mount of the mount namespace. From there no ".." leads down. In a user namespace
 * inside, the kernel keeps the tree there (MNT_LOCKED). Whatever enters the mount namespace comes
 * out at its top. Needs CAP_SYS_CHROOT. Dies.
 */
void mount_chroot(int tree);

/* A call above failed, or one in a new file system. Returns what is in the way of mounts if it can
 * be told, a hint for a message, else NULL. Keeps errno. Needs CAP_SYS_ADMIN, as they do. */
const char *mount_find_obstacle(void);

#endif
