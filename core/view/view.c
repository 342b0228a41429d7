/* SPDX-License-Identifier: ISC */
/*
 * The view while it is made, and what all modules that make it need.
 */
#include "core/view/view.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "core/base/error.h"
#include "core/linux/kernel.h"
#include "core/linux/mount.h"
#include "core/linux/path.h"
#include "core/linux/privilege.h"

enum {
	PROC_ATTRIBUTES =
		KERNEL_MOUNT_ATTR_NOSUID | KERNEL_MOUNT_ATTR_NODEV | KERNEL_MOUNT_ATTR_NOEXEC
};

/* Root owns the files of /proc/sys even without a capability, so /proc is read-only for root. In
 * an instance whose /proc is read-only, the kernel refuses one that is not. */
static int make_proc(void)
{
	static const struct mount_option none = { NULL, NULL };
	uint64_t restriction = privilege_is_root() ? KERNEL_MOUNT_ATTR_RDONLY : 0;
	int proc = mount_new("proc", &none, PROC_ATTRIBUTES | restriction);

	if (proc < 0 && errno == EPERM)
		proc = mount_new("proc", &none, PROC_ATTRIBUTES | KERNEL_MOUNT_ATTR_RDONLY);
	return proc;
}

/* Read-only, because it has files of the caller's other processes. */
static int clone_proc(void)
{
	int fd = path_open(AT_FDCWD, "/proc", O_PATH | O_DIRECTORY, 0);
	int proc = fd < 0 ? -1 : mount_clone(fd, true);

	if (proc < 0 || mount_restrict(proc, PROC_ATTRIBUTES | KERNEL_MOUNT_ATTR_RDONLY, true))
		return -1;
	close(fd);
	return proc;
}

bool view_begin(struct view *view, const struct plan *plan, int outer_proc)
{
	view->plan = plan;
	view->outer_proc = outer_proc;
	view->proc = -1;
	if (layer_make(&view->layer))
		die_hint(EXIT_SELFDOCK, mount_find_obstacle(), "cannot make a tmpfs");
	if (plan->proc == PLAN_PROC_NONE)
		return true;
	view->proc = plan->proc == PLAN_PROC_NEW ? make_proc() : clone_proc();
	return view->proc >= 0;
}

int view_open(const struct view *view, const char *path)
{
	return path_open(view->root, *path ? path : "/", O_PATH,
			 KERNEL_RESOLVE_IN_ROOT | KERNEL_RESOLVE_NO_SYMLINKS);
}

int view_make_underlay(struct view *view, int below)
{
	struct path_identity is = path_identify(below), root = path_identify(view->root);
	int tree = layer_make_underlay(&view->layer, &view->mounts, below);

	if (tree < 0 || is.mount != root.mount || is.inode != root.inode)
		return tree;
	view->root = tree;
	view->root_mount = path_identify(tree).mount;
	if (view->proc_mount) { /* the underlay shows a clone of /proc */
		int proc = view_open(view, "/proc");
		view->proc_mount = path_identify(proc).mount;
		close(proc);
	}
	return tree;
}
