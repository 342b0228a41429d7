/* SPDX-License-Identifier: ISC */
/*
 * The file-system view. ROOT is the root file system with what is mounted in
 * it. If that is the outer one, it is changed in place: the mount namespace is
 * a copy, all of whose mounts are this instance's. Another is cloned, attached
 * on top, and made the root by the last step.
 *
 * First everything that comes from outside is cloned, as the caller finds it;
 * only then a mount is changed or covered. From there on all names are looked
 * up beneath ROOT, by descriptor.
 *
 * LAYER is a tmpfs of the instance's own, which gives /dev, /dev/shm, /tmp and
 * the covers their directories. Only an attached mount can be cloned before
 * Linux 6.15, so LAYER is attached where nobody sees it: at /dev, below the
 * directory of it that is the real one.
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

/* What the file-system options ask for, as detached trees. */
static struct {
	int tree;
	mode_t type;
} prepared[PLAN_VIEWS_MOST];

static int open_rootfs(const char *rootfs)
{
	int fd = path_open(AT_FDCWD, rootfs, O_PATH | O_DIRECTORY, 0);

	if (fd < 0)
		die_errno("cannot use '%s' as root file system", rootfs);
	return fd;
}

/* Recursive, and the mounts private since the clone of the namespace: in this
 * order nothing that a mount hides outside can come to light. */
static int attach_rootfs(const struct plan *plan)
{
	int fd = open_rootfs(plan->rootfs);
	int root = mount_clone(fd, true);

	if (root < 0 || mount_attach_at(root, AT_FDCWD, "/"))
		die_errno("cannot attach the root file system '%s'", plan->rootfs);
	close(fd);
	return root;
}

static void restrict_rootfs(const struct plan *plan, int root)
{
	if (mount_restrict(root, NOSUID | NODEV | (plan->writable ? 0 : RDONLY), true))
		die_errno("cannot restrict the root file system '%s'", plan->rootfs);
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

	if (fd < 0 && errno == ELOOP)
		die("cannot use '/%s' of the root file system '%s': it is a symbolic link", name,
		    plan->rootfs);
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

	/* Read-only: there are files in it for other processes of the caller's. */
	if (proc < 0 || mount_restrict(proc, NOSUID | NODEV | NOEXEC | RDONLY, true))
		die_errno("cannot clone the outer '/proc'");
	close(fd);
	return proc;
}

static void attach_proc(const struct plan *plan, int root, int proc)
{
	int target = open_needed_mountpoint(plan, root, "proc");

	if (proc >= 0) {
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

static bool is_beneath(const char *path, const char *directory)
{
	size_t length = strlen(directory);

	return !strncmp(path, directory, length) && path[length] == '/';
}

/* Mounts at or below these are parts of the installed system. */
static bool is_system(const char *path)
{
	static const char *const parts[] = {
		"/usr", "/etc", "/bin", "/sbin", "/opt", "/nix", "/gnu"
	};

	if (!strncmp(path, "/lib", 4))
		return true;
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		if (!strcmp(path, parts[i]) || is_beneath(path, parts[i]))
			return true;
	return false;
}

/* The mounts as they were before the first cover. */
static const struct mountinfo_entry *mounts;
static size_t mount_count;

/* The mount directly below ROOT that MOUNT is, or stands on; NULL if none. */
static const struct mountinfo_entry *find_base(uint64_t mount, uint64_t root)
{
	for (size_t i = 0; i < mount_count; i++) {
		if (mounts[i].mount != mount)
			continue;
		if (mounts[i].parent == root)
			return &mounts[i];
		mount = mounts[i].parent;
		i = (size_t)-1;
	}
	return NULL;
}

/* Opens what is at PATH, or the deepest directory above it that can be opened:
 * then PATH is cut there, and *error says why. */
static int open_deepest(int root, char *path, int *error)
{
	for (*error = 0;;) {
		int fd = path_open(root, *path ? path : "/", O_PATH,
				   KERNEL_RESOLVE_IN_ROOT | KERNEL_RESOLVE_NO_SYMLINKS);
		if (fd >= 0)
			return fd;
		if (!*path)
			die_errno("cannot open the root file system");
		*error = *error ? *error : errno;
		*strrchr(path, '/') = '\0';
	}
}

static void put_cover(int layer, int target, const char *path)
{
	static const char *const names[] = { "cover", "covered" };

	/* A directory goes onto directories, and a file onto all else. */
	for (int i = 0; i < 2; i++) {
		int cover = mount_clone_at(layer, names[i]);
		if (cover < 0 || mount_restrict(cover, RDONLY | NOEXEC, false))
			break;
		int failed = mount_attach(cover, target);
		int error = errno;
		close(cover);
		errno = error;
		if (!failed)
			return;
		if (errno != ENOTDIR && errno != EINVAL)
			break;
	}
	die_errno("cannot cover the mount at '%s'", path);
}

/*
 * Hides a mount under an empty, read-only file or directory. One that the
 * caller cannot reach is hidden with the directory that is in the way, since
 * its permissions may change. A name decides nothing but where to look: what is
 * found must be the mount, or stand on it, or the mount must be out of sight
 * already; a rename meanwhile can only make the start fail.
 */
static void cover(const struct mountinfo_entry *mount, int root, int layer)
{
	static char path[PATH_MAX];
	int error;

	bool fits = snprintf(path, sizeof path, "%s", mount->path) < (int)sizeof path;
	if (!fits)
		*strrchr(path, '/') = '\0';
	int fd = open_deepest(root, path, &error);
	struct path_identity is = path_identify_mount(fd);
	const struct mountinfo_entry *base = find_base(is.mount, path_identify_mount(root).mount);

	if (error == EACCES || !fits) {
		if (is.device != own[0])
			put_cover(layer, fd, path);
	} else if (base == mount && !error) {
		if (is.device != own[0] && is.device != proc_device)
			put_cover(layer, fd, path);
	} else if (is.device != own[0] && (!base || !is_beneath(mount->path, base->path))) {
		die("the mount at '%s' was moved while the instance started", mount->path);
	}
	close(fd);
}

static void cover_mounts(int root, int layer, int proc)
{
	uint64_t root_mount = path_identify(root).mount;

	mount_count = mountinfo_read(proc, &mounts);
	for (size_t i = 0; i < mount_count; i++)
		if (mounts[i].parent == root_mount && !is_system(mounts[i].path))
			cover(&mounts[i], root, layer);
}

static int clone_source(const struct plan_view *view, mode_t *type)
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
	int tree = mount_new("tmpfs", option, 0);
	if (tree >= 0)
		own[owned++] = path_identify(tree).device;
	return tree;
}

static bool is_dev(const char *path)
{
	path += strspn(path, "/");
	return !strncmp(path, "dev", 3) && !path[3 + strspn(path + 3, "/")];
}

/* What each kind of option must not have. A view of /dev is the one that is
 * meant to hold device nodes. */
static uint64_t view_attributes(const struct plan_view *view)
{
	switch (view->kind) {
	case PLAN_DEVICE:
		return NOSUID | NOEXEC | RDONLY;
	case PLAN_TMPFS:
		return NOSUID | NODEV | (view->exec ? 0 : NOEXEC);
	default:
		return NOSUID | (view->kind == PLAN_MAP ? RDONLY : 0) |
		       (view->target && is_dev(view->target) ? 0 : NODEV);
	}
}

static void prepare_views(const struct plan *plan)
{
	for (size_t i = 0; i < plan->views; i++) {
		const struct plan_view *view = &plan->view[i];
		prepared[i].type = S_IFDIR;
		prepared[i].tree = view->kind == PLAN_TMPFS ? make_tmpfs(view)
							    : clone_source(view, &prepared[i].type);
		if (prepared[i].tree < 0 ||
		    mount_restrict(prepared[i].tree, view_attributes(view), true))
			die_errno("cannot %s", plan_describe(view));
	}
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

/* Links and ".." may have led to where the command line may not name. */
static void check_place(const struct plan_view *view, int target, int proc)
{
	static char place[PATH_MAX];
	char link[32];

	snprintf(link, sizeof link, "self/fd/%d", target);
	ssize_t length = readlinkat(proc, link, place, sizeof place - 1);
	if (length < 0)
		die_errno("cannot %s", plan_describe(view));
	place[length] = '\0';
	if (!strcmp(place, "/"))
		die("cannot %s: to replace the root, use --rootfs", plan_describe(view));
	if (!strcmp(place, "/proc") || is_beneath(place, "/proc"))
		die("cannot %s: nothing can be mounted at or below /proc", plan_describe(view));
}

static void attach_views(const struct plan *plan, int root, const char *cwd, int proc)
{
	for (size_t i = 0; i < plan->views; i++) {
		const struct plan_view *view = &plan->view[i];
		const char *target = view->target ? view->target : cwd;
		bool directory = prepared[i].type == S_IFDIR;
		int fd = open_target(root, view, target, directory);

		check_place(view, fd, proc);
		if ((path_identify(fd).type == S_IFDIR) != directory)
			die("cannot %s: '%s' is %s directory, and what goes there is %s",
			    plan_describe(view), target, directory ? "no" : "a",
			    directory ? "one" : "not");
		if (mount_attach(prepared[i].tree, fd))
			die_errno("cannot %s", plan_describe(view));
		close(fd);
		close(prepared[i].tree);
	}
}

/* The caller's working directory: its path, or "" where it has none any more
 * and the plan does not need it. */
static void read_cwd(const struct plan *plan, char cwd[PATH_MAX])
{
	bool needed = !plan->directory || *plan->directory != '/';

	for (size_t i = 0; i < plan->views; i++)
		needed = needed || !plan->view[i].target;
	if (getcwd(cwd, PATH_MAX) && *cwd == '/')
		return;
	if (needed)
		die("the working directory was deleted or is out of reach; name one with --chdir");
	*cwd = '\0';
}

/* Opens the program's working directory beneath the new root. */
static int open_directory(const struct plan *plan, int root, const char *cwd)
{
	static char path[2 * PATH_MAX + 2];
	bool needs_cwd = !plan->directory || *plan->directory != '/';

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

void rootfs_enter(const struct plan *plan, int outer_proc, bool in_place)
{
	static char cwd[PATH_MAX];
	bool own_root = in_place && !strcmp(plan->rootfs, "/");

	read_cwd(plan, cwd);
	int layer = make_layer();
	int proc = plan->proc == PLAN_PROC_NEW	  ? make_proc()
		   : plan->proc == PLAN_PROC_HOST ? clone_proc()
						  : -1; /* none */
	devices_clone(outer_proc);
	prepare_views(plan);

	int root = own_root ? open_rootfs("/") : attach_rootfs(plan);
	restrict_rootfs(plan, root);
	if (mount_attach(layer, open_needed_mountpoint(plan, root, "dev")))
		die_errno("cannot mount '/dev'");
	int dev = devices_attach(layer);
	attach_proc(plan, root, proc);
	attach_tmp(plan, root, layer);
	cover_mounts(root, layer, outer_proc);
	attach_views(plan, root, cwd, outer_proc);
	devices_seal(dev);

	int directory = open_directory(plan, root, cwd);
	if (!own_root)
		mount_pivot(root);
	if (directory < 0 ? chdir("/") : fchdir(directory))
		die_errno("cannot change to the working directory in the instance");
	verify(plan, path_identify(root).mount);
}
