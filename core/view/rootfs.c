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
 * Long buffers are static: of those only the pages in use become the monitor's
 * memory, where a large stack frame is touched whole.
 */
#include "core/view/rootfs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
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
#include "core/view/devices.h"
#include "core/view/layer.h"

enum {
	NOSUID = KERNEL_MOUNT_ATTR_NOSUID,
	NODEV = KERNEL_MOUNT_ATTR_NODEV,
	NOEXEC = KERNEL_MOUNT_ATTR_NOEXEC,
	RDONLY = KERNEL_MOUNT_ATTR_RDONLY,
};

static int root;
static uint64_t first_mount;	/* of ROOT, before it may get an underlay */
static uint64_t proc_mount;	/* of the instance's /proc, 0 without one */
static bool covers_directories; /* out of reach, since mounts were listed */
static const char *uncovered;	/* the path of a mount on which nothing can be mounted */

/* What the file-system options ask for, as detached trees. */
static struct {
	int tree;
	mode_t type;
} prepared[PLAN_VIEWS_MAX];

static int open_rootfs(const char *rootfs)
{
	int fd = path_open(AT_FDCWD, rootfs, O_PATH | O_DIRECTORY, 0);

	if (fd < 0)
		die_errno("cannot use '%s' as root file system", rootfs);
	return fd;
}

/* Recursive, and the mounts private since the clone of the namespace: in this
 * order nothing that a mount hides outside can come to light. */
static void attach_rootfs(const struct plan *plan)
{
	int fd = open_rootfs(plan->rootfs);

	root = mount_clone(fd, true);

	if (root < 0 || mount_attach_at(root, AT_FDCWD, "/"))
		die_errno("cannot attach the root file system '%s'", plan->rootfs);
	close(fd);
}

static void restrict_rootfs(const struct plan *plan)
{
	if (mount_restrict(root, NOSUID | NODEV | (plan->writable ? 0 : RDONLY), true))
		die_errno("cannot restrict the root file system '%s'", plan->rootfs);
}

static int open_mountpoint(const struct plan *plan, const char *name)
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

static int open_needed_mountpoint(const struct plan *plan, const char *name)
{
	int fd = open_mountpoint(plan, name);

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

static void attach_proc(const struct plan *plan, int proc)
{
	int target = open_needed_mountpoint(plan, "proc");

	if (proc >= 0) {
		if (mount_attach(proc, target))
			die_errno("cannot mount '/proc'");
		proc_mount = path_identify(proc).mount;
	}
	close(target);
}

static void attach_tmp(const struct plan *plan, int layer)
{
	int target = open_mountpoint(plan, "tmp");

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
	static const char parts[][8] = { "/usr", "/etc", "/bin", "/sbin", "/opt", "/nix", "/gnu" };

	if (!strncmp(path, "/lib", 4))
		return true;
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		if (!strcmp(path, parts[i]) || is_beneath(path, parts[i]))
			return true;
	return false;
}

/* Whether a mount shows a part of the root file system at its place: the root does;
 * and of an instance around this one, an underlay and what is no option's in it. */
static bool is_part(uint64_t mount)
{
	const struct mountinfo_entry *entry, *parent;

	for (; mount != first_mount; mount = parent->mount) {
		entry = mountinfo_find(mount);
		parent = entry ? mountinfo_find(entry->parent) : NULL;
		if (!parent || parent == entry || entry->kind == MOUNTINFO_COVER ||
		    (entry->kind != MOUNTINFO_UNDERLAY && parent->kind != MOUNTINFO_UNDERLAY))
			return false;
	}
	return true;
}

/* The mount directly below a part that MOUNT is, or stands on; NULL if none. */
static const struct mountinfo_entry *find_base(uint64_t mount)
{
	const struct mountinfo_entry *entry;

	for (; (entry = mountinfo_find(mount)); mount = entry->parent)
		if (is_part(entry->parent))
			return is_part(mount) ? NULL : entry;
	return NULL;
}

static int open_exactly(const char *path)
{
	return path_open(root, *path ? path : "/", O_PATH,
			 KERNEL_RESOLVE_IN_ROOT | KERNEL_RESOLVE_NO_SYMLINKS);
}

/* Opens what is at PATH, or the deepest directory above it that can be opened: then
 * PATH is cut there, and *error is EACCES if nothing but that was in the way. */
static int open_deepest(char *path, int *error)
{
	for (*error = 0;;) {
		int fd = open_exactly(path);
		if (fd >= 0)
			return fd;
		if (!*path)
			die_errno("cannot open the root file system");
		*error = *error && *error != errno ? ENOENT : errno;
		*strrchr(path, '/') = '\0';
	}
}

/* False if TARGET stays in sight. Nothing can be mounted on a directory that was deleted,
 * but it shows nothing. */
static bool put_cover(int target)
{
	int cover = layer_cover(target);
	bool hidden = cover >= 0 || path_is_deleted(target);

	close(cover);
	return hidden;
}

/*
 * Hides a mount under an empty, read-only file or directory. A name decides nothing but
 * where to look: what is found must be the root of the mount, or of one on it. False if
 * something else is, which a rename meanwhile brings about.
 *
 * A mount out of reach, in a directory that the caller may not search or below another
 * mount, is out of sight with what is in the way, and only as long as it stays there, and
 * a rename can feign that: see SECURITY.md. A directory is covered, too, for its mode
 * may change.
 */
static bool cover(const struct mountinfo_entry *mount)
{
	static char path[PATH_MAX];
	int error;

	bool fits = text_format(path, sizeof path, "%s", mount->path) < sizeof path;
	if (!fits)
		*strrchr(path, '/') = '\0';
	int fd = open_deepest(path, &error);
	struct path_identity is = path_identify_mount(fd);
	const struct mountinfo_entry *base = find_base(is.mount);
	const struct mountinfo_entry *top = mountinfo_find(is.mount);
	bool own = layer_has(is.device), found = true;
	/* Also by an instance around this one: a mask of it keeps its mode. */
	bool covered = own || (top && top->kind == MOUNTINFO_COVER);

	if (error == EACCES || (!fits && !error)) {
		found = covered || put_cover(fd);
		covers_directories = true;
	} else if (top && base == mount && is.root && !strcmp(top->path, mount->path) && !error) {
		if (!covered && is.mount != proc_mount && !put_cover(fd))
			uncovered = mount->path;
	} else if (base) {
		found = is_beneath(mount->path, base->path) ||
			(!strcmp(mount->path, base->path) && base->parent != mount->parent);
	} else {
		found = own && error && covers_directories;
	}
	close(fd);
	return found;
}

/* The path of a mount that was moved meanwhile, else of one that cannot be covered; NULL if
 * there is none. */
static const char *cover_listed(int proc)
{
	const struct mountinfo_entry *mounts; /* as they are before the first cover */
	size_t count = mountinfo_read(proc, &mounts);
	const char *moved = NULL;

	covers_directories = false;
	uncovered = NULL;
	/* From the last one, which may be on top of others, and of a file system that does
	 * not answer who looks for them in it. */
	for (size_t i = count; i-- > 0;)
		if (is_part(mounts[i].parent) && !is_part(mounts[i].mount) &&
		    !is_system(mounts[i].path) && !cover(&mounts[i]))
			moved = mounts[i].path;
	return moved ? moved : uncovered;
}

/* Without the setuid bit root appears as nobody, as all others do, and is assumed. */
static bool is_trusted(uid_t owner)
{
	return owner == 0 || owner == privilege_uid() ||
	       (owner == PATH_NOBODY && privilege_uid() && !privilege_setuid());
}

/* Whether nobody but root or the caller can rename ENTRY of DIRECTORY. */
static bool is_fixed(struct path_identity directory, struct path_identity entry)
{
	return is_trusted(directory.uid) &&
	       (!(directory.mode & 022) || (directory.mode & 01000 && is_trusted(entry.uid)));
}

/* Hides what is at PATH by a cover on the deepest directory above it to which nobody but
 * root or the caller can rename the way: it is there whatever others do meanwhile. */
static void cover_above(char *path, const char *mount, int tries)
{
	char *end = path;
	int fd = open_exactly("");

	while ((end = strchr(end + 1, '/'))) {
		*end = '\0';
		int next = open_exactly(path);
		bool fixed =
			next >= 0 && is_fixed(path_identify_mount(fd), path_identify_mount(next));
		close(fixed ? fd : next);
		if (!fixed)
			break;
		fd = next;
		*end = '/';
	}
	*strrchr(path, '/') = '\0';
	if (!tries || !*path || !put_cover(fd))
		die("cannot cover the mount at '%s'", mount);
	warn("'%s' is hidden: the mount at '%s' cannot be covered", path, mount);
	close(fd);
}

/* As layer_place. What goes over the root is the root from there on. */
static int place_over(int parent, bool over)
{
	struct path_identity below = path_identify(parent), is = path_identify(root);
	int in = layer_place(parent, over, is_part);

	if (in < 0 || in == parent || below.mount != is.mount || below.inode != is.inode)
		return in;
	root = in;
	if (proc_mount) {
		int proc = open_exactly("/proc");
		proc_mount = path_identify(proc).mount;
		close(proc);
	}
	return in;
}

/* Hides what is at PATH, a mount whose root was deleted, by an underlay that leaves it out.
 * Of a writable root the caller has to be told that there nothing can be made. */
static bool leave_out(char *path, const char *mount, bool writable)
{
	char *name = strrchr(path, '/');

	*name = '\0';
	int fd = open_exactly(path);
	bool done = fd >= 0 && place_over(fd, true) >= 0;
	close(fd);
	if (done && writable)
		warn("nothing can be made or removed in '%s/': the mount at '%s' cannot be covered",
		     path, mount);
	*name = '/';
	return done;
}

static void cover_mounts(int proc, bool writable)
{
	static char path[PATH_MAX];
	const char *left;
	int tries = 100;

	first_mount = path_identify(root).mount;
	/* What was moved in ten tries may be moved for ever. Each cover above leaves fewer
	 * places to move it to; who has eighty of them has the start fail. */
	while ((left = cover_listed(proc))) {
		text_format(path, sizeof path, "%s", left);
		if (left == uncovered ? !leave_out(path, left, writable) : --tries < 90)
			cover_above(path, left, tries);
	}
}

static int clone_source(const struct plan_view *view, mode_t *type)
{
	int fd = path_open_source(view->source);

	if (fd < 0 && errno == ELOOP)
		die_hint(EXIT_SELFDOCK, "its links form a loop, or one is in a /proc", "cannot %s",
			 plan_describe(view));
	if (fd < 0 && errno == EPERM)
		die("cannot %s: a program could have made one of its links, since you can; name "
		    "what '%s' leads to",
		    plan_describe(view), view->source);
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

	text_format(mode, sizeof mode, "%o", view->mode);
	if (view->size) {
		text_format(size, sizeof size, "%llu", (unsigned long long)view->size);
		option[count++] = (struct mount_option){ "size", size };
	}
	if (view->inodes) {
		text_format(inodes, sizeof inodes, "%llu", (unsigned long long)view->inodes);
		option[count++] = (struct mount_option){ "nr_inodes", inodes };
	}
	int tree = mount_new("tmpfs", option, 0);
	if (tree >= 0)
		layer_own(tree);
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
		if (view->kind == PLAN_MASK) /* of its target's type */
			continue;
		prepared[i].type = S_IFDIR;
		prepared[i].tree = view->kind == PLAN_TMPFS ? make_tmpfs(view)
							    : clone_source(view, &prepared[i].type);
		if (prepared[i].tree < 0 ||
		    mount_restrict(prepared[i].tree, view_attributes(view), true))
			die_errno("cannot %s", plan_describe(view));
	}
}

/* Where in the instance something is missing, it is made; see core/view/layer.c. */
static int place(int parent)
{
	return place_over(parent, false);
}

static int open_target(const struct plan_view *view, const char *target, bool directory)
{
	int fd = path_open(root, target, O_PATH, KERNEL_RESOLVE_IN_ROOT);

	if (fd < 0 && errno == ENOENT)
		fd = path_make(&root, target, directory, place);
	if (fd < 0 && errno == ENOENT)
		die("cannot %s: '%s' does not exist, and what is there is writable: make it first",
		    plan_describe(view), target);
	if (fd < 0)
		die_errno("cannot %s", plan_describe(view));
	return fd;
}

/* Links and ".." may have led to where the command line may not name. */
static void check_place(const struct plan_view *view, int target, int proc)
{
	static char place[PATH_MAX];
	char link[32];

	text_format(link, sizeof link, "self/fd/%d", target);
	ssize_t length = readlinkat(proc, link, place, sizeof place - 1);
	if (length < 0)
		die_errno("cannot %s", plan_describe(view));
	place[length] = '\0';
	if (!strcmp(place, "/"))
		die("cannot %s: to replace the root, use --rootfs", plan_describe(view));
	if (!strcmp(place, "/proc") || is_beneath(place, "/proc"))
		die("cannot %s: nothing can be mounted at or below /proc", plan_describe(view));
}

static void attach_view(const struct plan_view *view, int tree, int fd)
{
	int target = layer_has(path_identify(fd).device) ? layer_cover(fd) : fd;

	if (target < 0 || mount_attach(tree, target))
		die_errno("cannot %s", plan_describe(view));
	if (target != fd)
		close(target);
	close(tree);
}

static void attach_views(const struct plan *plan, const char *cwd, int proc)
{
	for (size_t i = 0; i < plan->views; i++) {
		const struct plan_view *view = &plan->view[i];
		const char *target = view->target ? view->target : cwd;
		bool mask = view->kind == PLAN_MASK, directory = prepared[i].type == S_IFDIR;
		int fd = open_target(view, target, directory || mask);

		check_place(view, fd, proc);
		bool onto_directory = path_identify(fd).type == S_IFDIR;
		if (mask)
			prepared[i].tree = layer_clone_mask(onto_directory);
		else if (onto_directory != directory)
			die("cannot %s: '%s' is %s directory, and what goes there is %s",
			    plan_describe(view), target, directory ? "no" : "a",
			    directory ? "one" : "not");
		attach_view(view, prepared[i].tree, fd);
		close(fd);
	}
}

/* The caller's working directory: its path, or "" where it has none any more
 * and the plan does not need it. */
static void read_cwd(const struct plan *plan, char cwd[PATH_MAX])
{
	bool needed = !plan->directory || *plan->directory != '/';

	for (size_t i = 0; i < plan->views; i++)
		needed = needed || !plan->view[i].target;
	/* getcwd(3) would bring more of the allocator. */
	if (syscall(SYS_getcwd, cwd, PATH_MAX) > 0 && *cwd == '/')
		return;
	if (needed)
		die("the working directory was deleted or is out of reach; name one with --chdir");
	*cwd = '\0';
}

/* Opens the program's working directory beneath the new root. */
static int open_directory(const struct plan *plan, const char *cwd)
{
	static char path[2 * PATH_MAX + 2];
	bool needs_cwd = !plan->directory || *plan->directory != '/';

	text_format(path, sizeof path, "%s%s%s", needs_cwd ? cwd : "", needs_cwd ? "/" : "",
		    plan->directory ? plan->directory : ".");
	int fd = path_open(root, path, O_PATH | O_DIRECTORY, KERNEL_RESOLVE_IN_ROOT);
	if (plan->directory && fd < 0)
		die_errno("cannot change to directory '%s' in the instance", plan->directory);
	if (plan->directory || fd < 0)
		return fd;

	int outside = path_open(AT_FDCWD, ".", O_PATH | O_DIRECTORY, 0);
	if (outside < 0)
		die_errno("cannot open the working directory");
	struct path_identity out = path_identify(outside), in = layer_below(path_identify(fd));
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
	struct statfs status;
	/* With "..", for "/" alone does not lead to what may still be mounted on it. */
	int fd = path_open(AT_FDCWD, "/..", O_PATH | O_DIRECTORY, 0);

	if (fd < 0 || fstatfs(fd, &status))
		die_errno("cannot examine the new root");
	if (path_identify(fd).mount != mount || (status.f_flags & needed) != needed)
		die("the root is not the one that was built");
	close(fd);
}

/* Whether the outer root is a mount that none is below, which pivot_root(2) refuses: an
 * initramfs before Linux 7.0. In a chroot "/" is another mount, or not in the list. */
static bool is_bottom(bool cloned)
{
	const struct mountinfo_entry *outer = mountinfo_find(first_mount);

	if (outer && cloned) /* ROOT was attached on it */
		outer = mountinfo_find(outer->parent);
	return outer && outer->parent == outer->mount;
}

void rootfs_enter(const struct plan *plan, int outer_proc, bool in_place)
{
	static char cwd[PATH_MAX];
	bool own_root = in_place && !strcmp(plan->rootfs, "/");

	read_cwd(plan, cwd);
	int layer = layer_make();
	int proc = plan->proc == PLAN_PROC_NEW	  ? make_proc()
		   : plan->proc == PLAN_PROC_HOST ? clone_proc()
						  : -1; /* none */
	error_explain = NULL; /* what fails from here on is not the host's policy */
	devices_clone(outer_proc);
	prepare_views(plan);

	if (own_root)
		root = open_rootfs("/");
	else
		attach_rootfs(plan);
	int first = root;
	restrict_rootfs(plan);
	if (mount_attach(layer, open_needed_mountpoint(plan, "dev")))
		die_errno("cannot mount '/dev'");
	int dev = devices_attach(layer);
	attach_proc(plan, proc);
	attach_tmp(plan, layer);
	cover_mounts(outer_proc, plan->writable);
	attach_views(plan, cwd, outer_proc);
	devices_seal(dev);
	layer_seal(root, outer_proc);

	int directory = open_directory(plan, cwd);
	bool cloned = !own_root, underlaid = root != first; /* the underlay is on the clone */
	if (cloned || underlaid) {
		if (is_bottom(cloned))
			mount_chroot(root);
		else
			mount_pivot(root, cloned && underlaid);
	}
	if (directory < 0 ? chdir("/") : fchdir(directory))
		die_errno("cannot change to the working directory in the instance");
	verify(plan, path_identify(root).mount);
}
