/* SPDX-License-Identifier: ISC */
/*
 * The file-system view. ROOT is the root file system with the mounts in it. It may be the outer
 * root, changed in place: the mount namespace is a copy, so all its mounts belong to this instance.
 * Otherwise it is cloned, attached on top, and made the root by the last step.
 *
 * First everything that comes from outside is cloned, as the caller finds it. Only then is a mount
 * changed or covered. After that all names are looked up beneath ROOT, by descriptor.
 */
#include "core/view/rootfs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/linux/kernel.h"
#include "core/linux/mount.h"
#include "core/linux/mountinfo.h"
#include "core/linux/path.h"
#include "core/linux/privilege.h"
#include "core/view/binds.h"
#include "core/view/cover.h"
#include "core/view/devices.h"
#include "core/view/layer.h"

enum {
	NOSUID = KERNEL_MOUNT_ATTR_NOSUID,
	NODEV = KERNEL_MOUNT_ATTR_NODEV,
	RDONLY = KERNEL_MOUNT_ATTR_RDONLY,
};

static int open_rootfs(const char *rootfs)
{
	int fd = path_open(AT_FDCWD, rootfs, O_PATH | O_DIRECTORY, 0);

	if (fd < 0 && errno == ENOTDIR)
		die_hint(EXIT_SELFDOCK, "if it is an archive, unpack it first",
			 "cannot use '%s' as root file system", rootfs);
	if (fd < 0)
		die_errno("cannot use '%s' as root file system", rootfs);
	return fd;
}

/* The set-user-ID files of a root file system that was made with --fakeroot are the caller's. */
static void warn_of_others(int fd, const char *rootfs)
{
	struct path_identity is = path_identify(fd);

	if (is.uid != privilege_uid() || is.mode & 077)
		warn("'%s' should be yours, with mode 700: others may run its set-user-ID files as "
		     "you",
		     rootfs);
}

/* The clone is recursive, and the mounts are private since the namespace was cloned. In this order
 * nothing that a mount hides outside can come to light. */
static int attach_rootfs(const struct plan *plan)
{
	int fd = open_rootfs(plan->rootfs), root = mount_clone(fd, true);

	if (root < 0 || mount_attach_at(root, AT_FDCWD, "/"))
		die_hint(EXIT_SELFDOCK, mount_find_obstacle(),
			 "cannot attach the root file system '%s'", plan->rootfs);
	if (plan->fakeroot && !plan_shows_host(plan))
		warn_of_others(fd, plan->rootfs);
	close(fd);
	return root;
}

static void restrict_rootfs(const struct view *view)
{
	const struct plan *plan = view->plan;

	if (mount_restrict(view->root, NOSUID | NODEV | (plan->writable ? 0 : RDONLY), true))
		die_errno("cannot restrict the root file system '%s'", plan->rootfs);
}

/* Returns -1 if there is none. */
static int open_mountpoint(const struct view *view, const char *name)
{
	const char *rootfs = view->plan->rootfs;
	int fd = path_open(view->root, name, O_PATH | O_DIRECTORY,
			   KERNEL_RESOLVE_IN_ROOT | KERNEL_RESOLVE_NO_SYMLINKS);

	if (fd < 0 && errno == ELOOP)
		die("cannot use '/%s' of the root file system '%s': it is a symbolic link", name,
		    rootfs);
	if (fd < 0 && errno != ENOENT)
		die_errno("cannot use '/%s' of the root file system '%s'", name, rootfs);
	return fd;
}

static int open_needed_mountpoint(const struct view *view, const char *name)
{
	int fd = open_mountpoint(view, name);

	if (fd < 0)
		die("the root file system '%s' has no directory '/%s'", view->plan->rootfs, name);
	return fd;
}

/* apt compares its ids after it has given up root, and no answer of a filter helps. The variable is
 * --fakeroot's, or that of an instance around. */
static void configure_apt(const struct view *view)
{
	static const char text[] = "APT::Sandbox::User \"root\";\n";
	const char *wanted = getenv("APT_CONFIG");

	if (!wanted || strcmp(wanted, PLAN_APT_CONFIG))
		return;
	int fd = path_open(view->layer.tree, PLAN_APT_CONFIG + 1, O_WRONLY | O_CREAT, 0);

	if (fd < 0 || write(fd, text, sizeof text - 1) < 0)
		die_errno("cannot make '" PLAN_APT_CONFIG "'");
	close(fd);
}

/* Attaches LAYER, and /dev on top of it. Returns the tree of /dev. */
static int attach_dev(struct view *view, bool seal)
{
	if (mount_attach(view->layer.tree, open_needed_mountpoint(view, "dev")))
		die_hint(EXIT_SELFDOCK, mount_find_obstacle(), "cannot mount '/dev'");
	configure_apt(view);
	return devices_attach(&view->devices, view->layer.tree, seal);
}

static void attach_proc(struct view *view)
{
	int target = open_needed_mountpoint(view, "proc");

	if (view->proc >= 0) {
		if (mount_attach(view->proc, target))
			die_errno("cannot mount '/proc'");
		view->proc_mount = path_identify(view->proc).mount;
	}
	close(target);
}

static void attach_tmp(struct view *view)
{
	int target = open_mountpoint(view, "tmp");

	view->tmp = -1;
	if (target < 0) /* a root file system without /tmp gets none */
		return;
	view->tmp = mount_clone_at(view->layer.tree, "tmp");
	if (view->tmp < 0 || mount_attach(view->tmp, target))
		die_errno("cannot mount '/tmp'");
	close(target);
}

static _Noreturn void refuse_directory(const struct view *view)
{
	if (view->plan->directory)
		die_errno("cannot change to directory '%s' in the instance", view->plan->directory);
	defaults_refuse(&view->defaults, NULL);
}

/* Opens the directory that the program starts in, beneath the new root. If an option is at or above
 * the caller's directory, that is what the option shows there. */
static int open_directory(struct view *view)
{
	const struct plan *plan = view->plan;
	const char *directory = plan->directory, *cwd = view->defaults.cwd;

	if (!directory)
		directory = plan_shows_host(plan) ? "." : "/";
	bool relative = *directory != '/';
	text_format(view->path, sizeof view->path, "%s%s%s", relative ? cwd : "",
		    relative ? "/" : "", directory);
	int fd = path_open(view->root, view->path, O_PATH | O_DIRECTORY, KERNEL_RESOLVE_IN_ROOT);
	if (fd < 0)
		refuse_directory(view);
	const struct path_identity *wanted = &view->defaults.wanted;
	if (!strcmp(directory, ".") && wanted->mount && !layer_shows(&view->layer, fd, wanted))
		defaults_refuse(&view->defaults, defaults_other);
	return fd;
}

/* Whether the outer root is the bottom mount, which pivot_root(2) refuses. That is so in an
 * initramfs before Linux 7.0. In a chroot "/" is another mount, or not in the list. ABOVE is the
 * number of mounts that were attached on top of it, up to the new root. */
static bool is_bottom(const struct view *view, int above)
{
	const struct mountinfo_entry *outer = mountinfo_find(&view->mounts, view->mounts.rootfs);

	for (; outer && above; above--)
		outer = mountinfo_find(&view->mounts, outer->parent);
	return outer && outer->parent == outer->mount;
}

/* Asks the kernel whether the root is the one that was built here. */
static void verify(const struct view *view)
{
	unsigned long needed = ST_NOSUID | ST_NODEV | (view->plan->writable ? 0 : ST_RDONLY);
	struct statfs status;
	/* "/" alone does not lead to a mount that may still be on top of it; "/.." does. */
	int fd = path_open(AT_FDCWD, "/..", O_PATH | O_DIRECTORY, 0);

	if (fd < 0 || fstatfs(fd, &status))
		die_errno("cannot examine the root file system '%s'", view->plan->rootfs);
	if (path_identify(fd).mount != view->root_mount || (status.f_flags & needed) != needed)
		die("the root is not the one that was built");
	close(fd);
}

/* Attaches the root file system, and on it what every instance has and what was asked for. */
static void build(struct view *view, bool cloned)
{
	devices_clone(&view->devices, view->outer_proc, view->path);
	binds_prepare(view);

	view->root = cloned ? attach_rootfs(view->plan) : open_rootfs("/");
	view->root_mount = path_identify(view->root).mount;
	restrict_rootfs(view);
	/* A destination may be below /dev, also by a link, and have to be made there. */
	bool seal = !view->plan->bind_count && !view->defaults.count;
	int dev = attach_dev(view, seal);
	attach_proc(view);
	attach_tmp(view);
	cover_mounts(view);
	binds_attach(view);
	if (!seal)
		devices_seal(dev);
}

/* Attaches an empty root file system, read-only like every cover, and on it what was asked for.
 * LAYER is below it: before Linux 6.15 only an attached mount can be cloned. */
static void build_empty(struct view *view)
{
	binds_prepare(view);
	if (mount_attach_at(view->layer.tree, AT_FDCWD, "/"))
		die_hint(EXIT_SELFDOCK, mount_find_obstacle(),
			 "cannot attach an empty root file system");
	view->root = layer_cover(&view->layer, view->layer.tree);
	if (view->root < 0)
		die_errno("cannot attach an empty root file system");
	view->root_mount = path_identify(view->root).mount;
	view->mounts.rootfs = view->root_mount;
	mountinfo_read(&view->mounts, view->outer_proc);
	view->tmp = view->devices.shm = view->root; /* there is neither */
	binds_attach(view);
}

void rootfs_enter(struct view *view, bool in_place)
{
	const struct plan *plan = view->plan;
	bool cloned = !in_place || !plan_shows_host(plan);
	int above = plan->rootfs ? cloned : 2; /* mounts on the outer root */

	defaults_find(&view->defaults, plan, view->outer_proc);
	if (plan->rootfs)
		build(view, cloned);
	else
		build_empty(view);
	layer_seal(&view->layer, &view->mounts, view->root, view->outer_proc);

	int directory = open_directory(view);
	bool underlaid = view->root_mount != view->mounts.rootfs; /* on top of these */
	if (above + underlaid && is_bottom(view, above))
		mount_chroot(view->root);
	else if (above + underlaid)
		mount_pivot(view->root, above + underlaid - 1);
	if (syscall(SYS_fchdir, directory))
		refuse_directory(view);
	verify(view);
}
