/* SPDX-License-Identifier: ISC */
/*
 * The file-system view, built beside the outer one from detached mounts and
 * put in its place by the last step. Until then the process's root is the
 * outer one, where sources are looked up, and destinations are looked up
 * beneath the new root by descriptor.
 *
 * Two trees: ROOT is a clone of the root file system with what is mounted in
 * it, attached on top of the outer root; LAYER is a tmpfs of the instance's
 * own, which gives /dev, /dev/shm, /tmp and the covers their directories. Only
 * an attached mount can be cloned before Linux 6.15, so LAYER is attached where
 * nobody sees it: at /dev, below the directory of it that is the real one.
 *
 * Long buffers are static: of those only the pages in use become the monitor's
 * memory, where a large stack frame is touched whole.
 */
#include "core/rootfs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "core/devices.h"
#include "core/error.h"
#include "core/kernel.h"
#include "core/mount.h"
#include "core/mountinfo.h"
#include "core/path.h"
#include "core/privilege.h"

enum {
	NOSUID = KERNEL_MOUNT_ATTR_NOSUID,
	NODEV = KERNEL_MOUNT_ATTR_NODEV,
	NOEXEC = KERNEL_MOUNT_ATTR_NOEXEC,
	RDONLY = KERNEL_MOUNT_ATTR_RDONLY,
};

/* The instance's own tmpfs: LAYER, then one for each --tmpfs so far. */
static dev_t own[1 + PLAN_VIEWS_MOST];
static size_t owned;

static dev_t proc_device; /* of the instance's /proc, 0 without one */

static bool is_own(dev_t device)
{
	for (size_t i = 0; i < owned; i++)
		if (own[i] == device)
			return true;
	return false;
}

static int open_rootfs(const char *rootfs)
{
	int fd = path_open(AT_FDCWD, rootfs, O_PATH | O_DIRECTORY, 0);

	if (fd < 0)
		die_errno("cannot use '%s' as root file system", rootfs);
	return fd;
}

/* Recursive, and the mounts private since the clone of the namespace: in this
 * order nothing that a mount hides outside can come to light. */
static int clone_rootfs(const struct plan *plan)
{
	int fd = open_rootfs(plan->rootfs);
	int root = mount_clone(fd, true);

	if (root < 0 || mount_restrict(root, NOSUID | NODEV | (plan->writable ? 0 : RDONLY), true))
		die_errno("cannot clone the root file system '%s'", plan->rootfs);
	close(fd);
	return root;
}

static int make_layer(void)
{
	static const struct mount_option options[] = { { "mode", "0755" }, { NULL, NULL } };
	int layer = mount_new("tmpfs", options, NOSUID | NODEV);

	if (layer < 0)
		die_errno("cannot make a tmpfs");
	if (mkdirat(layer, "dev", 0755) || mkdirat(layer, "shm", 01777) ||
	    mkdirat(layer, "tmp", 01777) || mkdirat(layer, "cover", 0555) ||
	    mknodat(layer, "covered", S_IFREG | 0444, 0))
		die_errno("cannot prepare a tmpfs");
	own[owned++] = path_identify(layer).device;
	return layer;
}

static int open_mountpoint(const struct plan *plan, int root, const char *name)
{
	int fd = path_open(root, name, O_PATH | O_DIRECTORY,
			   KERNEL_RESOLVE_IN_ROOT | KERNEL_RESOLVE_NO_SYMLINKS);

	if (fd < 0 && errno != ENOENT)
		die_errno("cannot use '/%s' of the root file system '%s'", name, plan->rootfs);
	return fd;
}

static int open_needed_mountpoint(const struct plan *plan, int root, const char *name)
{
	int fd = open_mountpoint(plan, root, name);

	if (fd < 0)
		die("the root file system '%s' has no directory '/%s'", plan->rootfs, name);
	return fd;
}

/* Uid 0 owns the files of /proc/sys even without a capability, so for root
 * they are read-only. Nested, the kernel asks for it if the outer one is. */
static int make_proc(void)
{
	static const struct mount_option none = { NULL, NULL };
	uint64_t attributes = NOSUID | NODEV | NOEXEC | (privilege_uid() == 0 ? RDONLY : 0);
	int proc = mount_new("proc", &none, attributes);

	if (proc < 0 && errno == EPERM)
		proc = mount_new("proc", &none, attributes | RDONLY);
	if (proc < 0 && errno == EPERM)
		die_hint(EXIT_SELFDOCK,
			 "parts of the outer /proc are covered; --proc host shows that one",
			 "cannot mount a new '/proc'");
	if (proc < 0)
		die_errno("cannot mount a new '/proc'");
	return proc;
}

static int clone_proc(void)
{
	int fd = path_open(AT_FDCWD, "/proc", O_PATH | O_DIRECTORY, 0);
	int proc = fd < 0 ? -1 : mount_clone(fd, true);
	uint64_t attributes = NOSUID | NODEV | NOEXEC | (privilege_uid() == 0 ? RDONLY : 0);

	if (proc < 0 || mount_restrict(proc, attributes, true))
		die_errno("cannot clone the outer '/proc'");
	close(fd);
	return proc;
}

static void attach_proc(const struct plan *plan, int root)
{
	int target = open_needed_mountpoint(plan, root, "proc");

	if (plan->proc != PLAN_PROC_NONE) {
		int proc = plan->proc == PLAN_PROC_NEW ? make_proc() : clone_proc();
		if (mount_attach(proc, target))
			die_errno("cannot mount '/proc'");
		proc_device = path_identify(proc).device;
	}
	close(target);
}

static void attach_tmp(const struct plan *plan, int root, int layer)
{
	int target = open_mountpoint(plan, root, "tmp");

	if (target < 0) /* a root file system without one gets none */
		return;
	int tmp = mount_clone_at(layer, "tmp");
	if (tmp < 0 || mount_restrict(tmp, NOEXEC, false) || mount_attach(tmp, target))
		die_errno("cannot mount '/tmp'");
	close(target);
}

/* Mounts at or below these are parts of the installed system. */
static bool is_system(const char *path)
{
	static const char *const parts[] = {
		"/usr", "/etc", "/bin", "/sbin", "/opt", "/nix", "/gnu"
	};

	if (!strncmp(path, "/lib", 4))
		return true;
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		size_t length = strlen(parts[i]);
		if (!strncmp(path, parts[i], length) && (!path[length] || path[length] == '/'))
			return true;
	}
	return false;
}

/*
 * Hides what is mounted at PATH under an empty, read-only file or directory.
 * A rename meanwhile can only make the start fail: the path must lead to a
 * mount of its own still, and the cover goes onto the one it was found to be.
 */
static void cover(const struct mountinfo_child *child, int root, uint64_t root_mount, int layer)
{
	int fd = path_open(root, child->path, O_PATH,
			   KERNEL_RESOLVE_IN_ROOT | KERNEL_RESOLVE_NO_SYMLINKS);

	/* Out of the caller's reach, and so out of the program's. */
	if (fd < 0 && errno == EACCES)
		return;
	if (fd < 0)
		die_errno("cannot open the mount at '%s' to cover it", child->path);
	struct path_identity is = path_identify(fd);
	if (is.device != own[0] && is.device != proc_device) {
		int empty = mount_clone_at(layer, is.type == S_IFDIR ? "cover" : "covered");
		if (is.mount == root_mount)
			die("the mount at '%s' was moved while the instance started", child->path);
		if (empty < 0 || mount_restrict(empty, RDONLY | NOEXEC, false) ||
		    mount_attach(empty, fd))
			die_errno("cannot cover the mount at '%s'", child->path);
		close(empty);
	}
	close(fd);
}

static void cover_mounts(int root, int layer, int proc)
{
	const struct mountinfo_child *child;
	uint64_t root_mount = path_identify(root).mount;
	size_t count = mountinfo_children(proc, root_mount, &child);

	for (; count--; child++)
		if (!is_system(child->path))
			cover(child, root, root_mount, layer);
}

/* A detached tree of what the option names. */
static int make_source(const struct plan_view *view, mode_t *type)
{
	int fd = path_open(AT_FDCWD, view->source, O_PATH, 0);

	if (fd < 0 && errno == ELOOP)
		die_hint(EXIT_SELFDOCK, "its links form a loop, or one is of the kind /proc has",
			 "cannot %s", plan_describe(view));
	if (fd < 0)
		die_errno("cannot %s", plan_describe(view));
	*type = path_identify(fd).type;
	if (*type == S_IFSOCK)
		die("cannot %s: it is a socket; map its directory", plan_describe(view));
	if (view->kind == PLAN_DEVICE && *type != S_IFCHR && *type != S_IFBLK)
		die("cannot %s: it is not a device node", plan_describe(view));
	int tree = mount_clone(fd, true);
	if (tree < 0)
		die_errno("cannot %s", plan_describe(view));
	close(fd);
	return tree;
}

static int make_tmpfs(const struct plan_view *view)
{
	char mode[16], size[24], inodes[24];
	struct mount_option option[4] = { { "mode", mode } };
	size_t count = 1;

	snprintf(mode, sizeof mode, "%o", view->mode);
	if (view->size) {
		snprintf(size, sizeof size, "%llu", (unsigned long long)view->size);
		option[count++] = (struct mount_option){ "size", size };
	}
	if (view->inodes) {
		snprintf(inodes, sizeof inodes, "%llu", (unsigned long long)view->inodes);
		option[count++] = (struct mount_option){ "nr_inodes", inodes };
	}
	int tree = mount_new("tmpfs", option, NOSUID | NODEV | (view->exec ? 0 : NOEXEC));
	if (tree < 0)
		die_errno("cannot %s", plan_describe(view));
	own[owned++] = path_identify(tree).device;
	return tree;
}

/* What each kind of option may not lose and must not gain. A view of /dev
 * is the one that is meant to hold device nodes. */
static uint64_t view_attributes(const struct plan_view *view, const char *target)
{
	if (view->kind == PLAN_DEVICE)
		return NOSUID | NOEXEC;
	return NOSUID | (strcmp(target, "/dev") ? NODEV : 0) |
	       (view->kind == PLAN_MAP ? RDONLY : 0);
}

static int open_target(int root, const struct plan_view *view, const char *target, bool directory)
{
	int fd = path_open(root, target, O_PATH, KERNEL_RESOLVE_IN_ROOT);

	if (fd < 0 && errno == ENOENT && !path_make(root, target, directory, is_own))
		fd = path_open(root, target, O_PATH, KERNEL_RESOLVE_IN_ROOT);
	if (fd < 0 && (errno == ENOENT || errno == EROFS))
		die("cannot %s: '%s' does not exist in the instance", plan_describe(view), target);
	if (fd < 0)
		die_errno("cannot %s", plan_describe(view));
	return fd;
}

static void attach_view(const struct plan_view *view, int root, const char *cwd)
{
	const char *target = view->target ? view->target : cwd;
	mode_t type = S_IFDIR;
	int tree = view->kind == PLAN_TMPFS ? make_tmpfs(view) : make_source(view, &type);

	if (view->kind != PLAN_TMPFS && mount_restrict(tree, view_attributes(view, target), true))
		die_errno("cannot %s", plan_describe(view));

	int fd = open_target(root, view, target, type == S_IFDIR);
	struct path_identity is = path_identify(fd);
	struct path_identity top = path_identify(root);
	if (is.mount == top.mount && is.inode == top.inode)
		die("cannot %s: to replace the root, use --rootfs", plan_describe(view));
	if (is.device == proc_device)
		die("cannot %s: nothing can be mounted at or below /proc", plan_describe(view));
	if ((is.type == S_IFDIR) != (type == S_IFDIR))
		die("cannot %s: '%s' is %s directory, and what goes there is %s",
		    plan_describe(view), target, is.type == S_IFDIR ? "a" : "no",
		    type == S_IFDIR ? "one" : "not");
	if (mount_attach(tree, fd))
		die_errno("cannot %s", plan_describe(view));
	close(fd);
	close(tree);
}

/* The caller's working directory: its path, or "" if it has none any more. */
static void read_cwd(char cwd[PATH_MAX])
{
	if (!getcwd(cwd, PATH_MAX) || *cwd != '/')
		*cwd = '\0';
}

/* Opens the program's working directory beneath the new root. */
static int open_directory(const struct plan *plan, int root, const char *cwd)
{
	static char path[2 * PATH_MAX + 2];
	bool needs_cwd = !plan->directory || *plan->directory != '/';

	if (needs_cwd && !*cwd)
		die("the working directory was deleted or is out of reach; name one with --chdir");
	snprintf(path, sizeof path, "%s%s%s", needs_cwd ? cwd : "", needs_cwd ? "/" : "",
		 plan->directory ? plan->directory : ".");
	int fd = path_open(root, path, O_PATH | O_DIRECTORY, KERNEL_RESOLVE_IN_ROOT);
	if (plan->directory && fd < 0)
		die_errno("cannot change to directory '%s' in the instance", plan->directory);
	if (plan->directory || fd < 0)
		return fd;

	int outside = path_open(AT_FDCWD, ".", O_PATH | O_DIRECTORY, 0);
	if (outside < 0)
		die_errno("cannot open the working directory");
	struct path_identity out = path_identify(outside), in = path_identify(fd);
	close(outside);
	if (out.device == in.device && out.inode == in.inode)
		return fd;
	close(fd);
	return -1;
}

/* The kernel's word for it that the root is the one built here. */
static void verify(const struct plan *plan, uint64_t mount)
{
	unsigned long needed = ST_NOSUID | ST_NODEV | (plan->writable ? 0 : ST_RDONLY);
	struct statvfs status;
	int fd = path_open(AT_FDCWD, "/", O_PATH | O_DIRECTORY, 0);

	if (fd < 0 || fstatvfs(fd, &status))
		die_errno("cannot examine the new root");
	if (path_identify(fd).mount != mount || (status.f_flag & needed) != needed)
		die("the root is not the one that was built");
	close(fd);
}

void rootfs_enter(const struct plan *plan, int proc)
{
	static char cwd[PATH_MAX];
	int root = clone_rootfs(plan);
	int layer = make_layer();

	read_cwd(cwd);
	if (mount_attach_at(root, AT_FDCWD, "/") ||
	    mount_attach(layer, open_needed_mountpoint(plan, root, "dev")))
		die_errno("cannot attach the root file system '%s'", plan->rootfs);
	attach_proc(plan, root);
	int dev = devices_attach(layer, proc);
	attach_tmp(plan, root, layer);
	cover_mounts(root, layer, proc);
	for (size_t i = 0; i < plan->views; i++)
		attach_view(&plan->view[i], root, cwd);
	devices_seal(dev);

	int directory = open_directory(plan, root, cwd);
	mount_pivot(root);
	if (directory >= 0 && fchdir(directory))
		die_errno("cannot change to the working directory in the instance");
	verify(plan, path_identify(root).mount);
}
