/* SPDX-License-Identifier: ISC */
/*
 * The /dev of an instance: a directory of the instance's tmpfs. It has binds of the host's harmless
 * nodes, a devpts, shared memory, and the caller's terminal as /dev/console, so that ttyname(3)
 * finds it.
 *
 * Nodes are bound because mknod(2) is refused in a user namespace. Each is checked to be the device
 * of its name. A node that the host lacks is left out. The binds are read-only, which protects the
 * mode and owner of a node and does not affect the device.
 */
#include "core/view/devices.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/linux/kernel.h"
#include "core/linux/mount.h"
#include "core/linux/path.h"
#include "core/linux/procfs.h"

/* The tables hold the text itself: each pointer would be a relocation at every start. */
static const struct {
	char path[16];
	unsigned major, minor;
} nodes[DEVICES_NODES] = {
	{ "/dev/null", 1, 3 },	 { "/dev/zero", 1, 5 },	   { "/dev/full", 1, 7 },
	{ "/dev/random", 1, 8 }, { "/dev/urandom", 1, 9 }, { "/dev/tty", 5, 0 },
};

static const struct {
	char name[8], target[16];
} links[] = {
	{ "fd", "/proc/self/fd" },	 { "stdin", "/proc/self/fd/0" },
	{ "stdout", "/proc/self/fd/1" }, { "stderr", "/proc/self/fd/2" },
	{ "ptmx", "pts/ptmx" },
};

enum {
	SEALED = KERNEL_MOUNT_ATTR_NOSUID | KERNEL_MOUNT_ATTR_NOEXEC | KERNEL_MOUNT_ATTR_RDONLY,
};

static int clone_node(const char *path, unsigned major, unsigned minor)
{
	int node = mount_clone_at(AT_FDCWD, path);

	if (node < 0 && errno == ENOENT)
		return -1;
	if (node < 0)
		die_errno("cannot clone '%s'", path);
	struct path_identity is = path_identify(node);
	if (is.type != S_IFCHR || is.node != makedev(major, minor))
		die("'%s' is not the device node of that name", path);
	return node;
}

/* Returns the node at PATH if FD is open on the same file, else -1. */
static int open_same(const char *path, int fd)
{
	int node = path_open(AT_FDCWD, path, O_PATH, 0);

	if (node < 0)
		return -1;
	struct path_identity is = path_identify(node), open = path_identify(fd);
	if (is.device == open.device && is.inode == open.inode)
		return node;
	close(node);
	return -1;
}

/* Opens the terminal where /proc says it is or, in an instance, at /dev/console, where this file
 * has put it. */
static int find_terminal(int proc, char path[PATH_MAX])
{
	for (int fd = 0; fd < 3; fd++) {
		if (!isatty(fd))
			continue;
		procfs_read_path(proc, fd, path);
		int node = open_same(path, fd);
		return node < 0 ? open_same("/dev/console", fd) : node;
	}
	return -1;
}

static int clone_terminal(int proc, char path[PATH_MAX])
{
	int found = find_terminal(proc, path);

	if (found < 0)
		return -1;
	int node = mount_clone(found, false);
	if (node < 0)
		die_errno("cannot clone the terminal's device node");
	close(found);
	return node;
}

void devices_clone(struct devices *devices, int proc, char path[PATH_MAX])
{
	for (size_t i = 0; i < DEVICES_NODES; i++)
		devices->nodes[i] = clone_node(nodes[i].path, nodes[i].major, nodes[i].minor);
	devices->terminal = clone_terminal(proc, path);
}

/* ALONE restricts the node by itself. */
static void bind_node(int dev, int node, const char *name, bool alone)
{
	if (node < 0)
		return;
	if ((alone && mount_restrict(node, SEALED, false)) ||
	    mknodat(dev, name, S_IFREG | 0444, 0) || mount_attach_at(node, dev, name))
		die_errno("cannot make '/dev/%s'", name);
}

int devices_attach(struct devices *devices, int layer, bool seal)
{
	const struct mount_option pts_options[] = { { "ptmxmode", "0666" },
						    { "mode", "0620" },
						    { NULL, NULL } };
	int dev = mount_clone_at(layer, "dev"), shm = mount_clone_at(layer, "shm");
	int pts = mount_new("devpts", pts_options,
			    KERNEL_MOUNT_ATTR_NOSUID | KERNEL_MOUNT_ATTR_NOEXEC);

	if (dev < 0 || shm < 0 || pts < 0 ||
	    (!seal && mount_restrict(dev, KERNEL_MOUNT_ATTR_NOEXEC, false)) ||
	    mount_attach(dev, layer))
		die_errno("cannot mount '/dev'");
	for (size_t i = 0; i < sizeof links / sizeof *links; i++)
		if (symlinkat(links[i].target, dev, links[i].name))
			die_errno("cannot make '/dev/%s'", links[i].name);
	for (size_t i = 0; i < DEVICES_NODES; i++)
		bind_node(dev, devices->nodes[i], nodes[i].path + sizeof "/dev/" - 1, !seal);
	bind_node(dev, devices->terminal, "console", !seal);
	if (mkdirat(dev, "pts", 0755) || mkdirat(dev, "shm", 0755) ||
	    (seal && mount_restrict(dev, SEALED, true)) || mount_attach_at(pts, dev, "pts") ||
	    mount_attach_at(shm, dev, "shm"))
		die_errno("cannot mount '/dev'");
	devices->shm = shm;
	return dev;
}

void devices_seal(int dev)
{
	if (mount_restrict(dev, KERNEL_MOUNT_ATTR_RDONLY, false))
		die_errno("cannot make '/dev' read-only");
}
