/* SPDX-License-Identifier: ISC */
/*
 * Mounts: every mount system call, none with a path that a user chose.
 *
 * Flags are only added. A clone keeps the flags of its source, and the kernel refuses to clear them
 * in a user namespace that did not set them.
 */
#include "core/linux/mount.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/base/error.h"
#include "core/base/filter.h"
#include "core/linux/kernel.h"

int mount_make_private(void)
{
	struct kernel_mount_attr private = { .propagation = KERNEL_MS_PRIVATE };

	return (int)syscall(SYS_mount_setattr, AT_FDCWD, "/", KERNEL_AT_RECURSIVE, &private,
			    sizeof private);
}

int mount_clone(int fd, bool recursive)
{
	return (int)syscall(SYS_open_tree, fd, "",
			    AT_EMPTY_PATH | KERNEL_OPEN_TREE_CLONE | KERNEL_OPEN_TREE_CLOEXEC |
				    (recursive ? KERNEL_AT_RECURSIVE : 0));
}

int mount_clone_at(int tree, const char *name)
{
	return (int)syscall(SYS_open_tree, tree, name,
			    KERNEL_OPEN_TREE_CLONE | KERNEL_OPEN_TREE_CLOEXEC);
}

int mount_restrict(int tree, uint64_t attributes, bool recursive)
{
	struct kernel_mount_attr restriction = { .attr_set = attributes };

	return (int)syscall(SYS_mount_setattr, tree, "",
			    AT_EMPTY_PATH | (recursive ? KERNEL_AT_RECURSIVE : 0), &restriction,
			    sizeof restriction);
}

static int configure(int fs, const struct mount_option *options)
{
	for (; options->key; options++)
		if (syscall(SYS_fsconfig, fs, KERNEL_FSCONFIG_SET_STRING, options->key,
			    options->value, 0))
			return -1;
	return (int)syscall(SYS_fsconfig, fs, KERNEL_FSCONFIG_CMD_CREATE, NULL, NULL, 0);
}

int mount_new(const char *type, const struct mount_option *options, uint64_t attributes)
{
	int fs = (int)syscall(SYS_fsopen, type, KERNEL_FSOPEN_CLOEXEC);
	int tree = -1;

	if (fs < 0)
		return -1;
	/* The kernel takes 32 bits. A 64-bit value would be two arguments on a 32-bit machine. */
	if (!configure(fs, options))
		tree = (int)syscall(SYS_fsmount, fs, KERNEL_FSMOUNT_CLOEXEC, (unsigned)attributes);
	int error = errno;
	close(fs);
	errno = error;
	return tree;
}

int mount_attach(int tree, int target)
{
	return (int)syscall(SYS_move_mount, tree, "", target, "",
			    KERNEL_MOVE_MOUNT_F_EMPTY_PATH | KERNEL_MOVE_MOUNT_T_EMPTY_PATH);
}

int mount_attach_at(int tree, int dir, const char *name)
{
	return (int)syscall(SYS_move_mount, tree, "", dir, name, KERNEL_MOVE_MOUNT_F_EMPTY_PATH);
}

void mount_pivot(int tree, int between)
{
	/* pivot_root(2): with "." for both arguments, the old root ends up on top of the new one.
	 * There "." first finds what is on the old root, and then the old root. */
	if (syscall(SYS_fchdir, tree) || syscall(SYS_pivot_root, ".", "."))
		die_errno("cannot make the view the root");
	for (int mount = 0; mount <= between; mount++)
		if (syscall(SYS_umount2, ".", KERNEL_MNT_DETACH))
			die_errno("cannot detach the old root");
}

void mount_chroot(int tree)
{
	if (syscall(SYS_fchdir, tree) || syscall(SYS_chroot, "."))
		die_errno("cannot make the view the root");
}

const char *mount_find_obstacle(void)
{
	int error = errno;
	const char *obstacle = NULL;

	if (error == ENOSPC)
		obstacle = "fs.mount-max or user.max_mnt_namespaces may be reached";
	/* Nothing can be put on "/" and be "/" as well: the kernel says EBUSY, or EINVAL where "/"
	 * is no mount. Security modules are asked before. */
	if ((error == EPERM || error == EACCES) && !filter_find(error, false) &&
	    syscall(SYS_pivot_root, "/", "/")) {
		if (errno == EPERM)
			obstacle = "a Landlock domain around forbids mounts";
		if (errno == EACCES)
			obstacle = "a security module, as AppArmor or SELinux, forbids mounts";
	}
	errno = error;
	return obstacle;
}
