/* SPDX-License-Identifier: ISC */
/*
 * This binary, executed anew in an instance, where the root file system may not have it.
 */
#include "core/linux/binary.h"

#include <fcntl.h>
#include <unistd.h>

#include "core/base/error.h"
#include "core/linux/kernel.h"
#include "core/linux/mount.h"
#include "core/linux/path.h"
#include "core/linux/procfs.h"

/* /proc/self/exe itself leads to a mount of another mount namespace, which the kernel does not
 * clone. The path that it shows leads to this namespace's mount. */
int binary_clone(int proc, char path[PATH_MAX])
{
	struct kernel_statx binary, found;

	/* A longer path is cut off there, and not found. */
	if (readlinkat(proc, "self/exe", path, PATH_MAX - 1) < 0)
		die_errno("cannot find this binary");
	int fd = path_open(AT_FDCWD, path, O_PATH, KERNEL_RESOLVE_NO_SYMLINKS);
	if (!path_stat(fd, "", KERNEL_STATX_BASIC, &found) ||
	    !procfs_stat(proc, "self", "exe", &binary) || found.dev_major != binary.dev_major ||
	    found.dev_minor != binary.dev_minor || found.ino != binary.ino)
		die("nothing is executed inside: this binary is not at '%s'", path);
	int tree = mount_clone(fd, false);
	if (tree < 0 || mount_restrict(tree,
				       KERNEL_MOUNT_ATTR_RDONLY | KERNEL_MOUNT_ATTR_NOSUID |
					       KERNEL_MOUNT_ATTR_NODEV,
				       false))
		die_errno("cannot execute this binary inside");
	close(fd);
	return tree;
}
