/* SPDX-License-Identifier: ISC */
/*
 * Binds: the defaults and the file-system options. A source is resolved once, by the names outside.
 * A destination is resolved beneath the new root, and its missing components are made.
 */
#include "core/view/binds.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/linux/kernel.h"
#include "core/linux/mount.h"
#include "core/linux/path.h"
#include "core/linux/procfs.h"

enum {
	NOSUID = KERNEL_MOUNT_ATTR_NOSUID,
	NODEV = KERNEL_MOUNT_ATTR_NODEV,
	NOEXEC = KERNEL_MOUNT_ATTR_NOEXEC,
	RDONLY = KERNEL_MOUNT_ATTR_RDONLY,
};

/* FUSE does not tell even the type to any user but its owner. */
static struct path_identity examine(const struct plan_bind *asked, int fd)
{
	struct path_identity is = path_identify_mount(fd);

	errno = EACCES;
	if (!is.type)
		die_hint(EXIT_SELFDOCK, "a FUSE mount of another user is there", "cannot %s",
			 plan_describe(asked));
	return is;
}

/* FD is the source, or -1 if it is not open yet. */
static int clone_source(const struct plan_bind *asked, int fd, mode_t *type)
{
	if (fd < 0)
		fd = path_open_source(asked->source);
	if (fd < 0 && errno == ELOOP)
		die_hint(EXIT_SELFDOCK, "its links form a loop, or one is in a /proc", "cannot %s",
			 plan_describe(asked));
	if (fd < 0 && errno == EPERM)
		die("cannot %s: a program of yours could have made one of its links; name "
		    "what '%s' leads to",
		    plan_describe(asked), asked->source);
	if (fd < 0 && errno == ENOENT)
		plan_refuse_habit(asked);
	if (fd < 0)
		die_errno("cannot %s", plan_describe(asked));
	*type = examine(asked, fd).type;
	if (*type == S_IFSOCK)
		die("cannot %s: it is a socket; map its directory", plan_describe(asked));
	if (asked->kind == PLAN_DEVICE && *type != S_IFCHR && *type != S_IFBLK)
		die("cannot %s: it is not a device node", plan_describe(asked));
	int tree = mount_clone(fd, true);
	close(fd);
	return tree;
}

static int make_tmpfs(const struct plan_bind *asked)
{
	char mode[16], size[24], inodes[24];
	struct mount_option option[4] = { { "mode", mode } };
	size_t count = 1;

	text_format(mode, sizeof mode, "%o", asked->mode);
	if (asked->size) {
		text_format(size, sizeof size, "%llu", (unsigned long long)asked->size);
		option[count++] = (struct mount_option){ "size", size };
	}
	if (asked->inodes) {
		text_format(inodes, sizeof inodes, "%llu", (unsigned long long)asked->inodes);
		option[count++] = (struct mount_option){ "nr_inodes", inodes };
	}
	return mount_new("tmpfs", option, 0);
}

/* The attributes for each kind of option. Only a bind of /dev is meant to hold device nodes. */
static uint64_t find_attributes(const struct plan_bind *asked)
{
	switch (asked->kind) {
	case PLAN_DEVICE:
		return NOSUID | NOEXEC | RDONLY;
	case PLAN_TMPFS:
		return NOSUID | NODEV | (asked->exec ? 0 : NOEXEC);
	default:
		return NOSUID | (asked->kind == PLAN_MAP ? RDONLY : 0) |
		       (asked->target && path_is_top(asked->target, "dev") ? 0 : NODEV);
	}
}

static void prepare(const struct plan_bind *asked, int source, struct bind *bind)
{
	bind->type = S_IFDIR;
	if (asked->kind == PLAN_MASK || asked->kind == PLAN_LINK) /* made at the target */
		return;
	if (asked->kind == PLAN_TMPFS)
		bind->tree = make_tmpfs(asked);
	else
		bind->tree = clone_source(asked, source, &bind->type);
	if (bind->tree < 0 || mount_restrict(bind->tree, find_attributes(asked), true))
		die_errno("cannot %s", plan_describe(asked));
	if (asked->kind == PLAN_TMPFS)
		bind->device = path_identify(bind->tree).device;
}

void binds_prepare(struct view *view)
{
	const struct defaults *defaults = &view->defaults;

	for (size_t i = 0; i < defaults->count; i++)
		prepare(&defaults->binds[i], defaults->sources[i], &view->default_binds[i]);
	for (size_t i = 0; i < view->plan->bind_count; i++)
		prepare(&view->plan->binds[i], -1, &view->binds[i]);
}

/* Whether the file system belongs to the instance: a missing destination is simply made in it. */
static bool is_own(const struct view *view, dev_t device)
{
	for (size_t i = 0; i < view->plan->bind_count; i++)
		if (view->plan->binds[i].kind == PLAN_TMPFS && view->binds[i].device == device)
			return true;
	return layer_has(&view->layer, device);
}

/* Returns the path of FD beneath the new root. */
static const char *find_path(struct view *view, const struct plan_bind *asked, int fd)
{
	if (!procfs_read_path(view->outer_proc, fd, view->path))
		die_errno("cannot %s", plan_describe(asked));
	return view->path;
}

static int make_underlay(struct view *view, const struct plan_bind *asked, int below)
{
	int tree = view_make_underlay(view, below), error = errno;
	const char *hint = NULL;

	if (tree >= 0)
		return tree;
	if (error == EACCES)
		hint = "you may not list it; make the destination first";
	if (error == ENOSPC)
		hint = "it has too many entries: each needs a mount, and 16384 or fs.mount-max is "
		       "the limit";
	const char *path = find_path(view, asked, below);
	errno = error;
	die_hint(EXIT_SELFDOCK, hint, "cannot %s: cannot make anything in '%s'",
		 plan_describe(asked), path);
}

/* Returns a directory in which the entry that PARENT lacks can be made: PARENT or an underlay over
 * it. Returns -1 and errno if there is none, ENOENT if the program may be able to make the
 * entry. */
static int find_place(struct view *view, const struct plan_bind *asked, int parent)
{
	struct statfs status;

	if (fstatfs(parent, &status))
		return -1;
	if (status.f_flags & ST_RDONLY)
		return make_underlay(view, asked, parent);
	if (is_own(view, path_identify_mount(parent).device))
		return parent;
	errno = ENOENT;
	return -1;
}

static bool make_missing(struct view *view, const struct plan_bind *asked,
			 const struct path_missing *missing, bool directory)
{
	int place = find_place(view, asked, missing->parent);
	bool link = asked->kind == PLAN_LINK && missing->is_last;

	if (place < 0 ||
	    (link ? symlinkat(asked->source, place, missing->name)
		  : layer_make_entry(place, missing->name, !missing->is_last || directory)))
		return false;
	close(missing->parent);
	return true;
}

/* Makes what is missing of the path, also behind links. What is there already stays. */
static void make_link(struct view *view, const struct plan_bind *asked)
{
	struct path_missing missing;
	int fd = path_find(view->root, asked->target, &missing);

	while (fd < 0 && missing.parent >= 0) {
		if (!make_missing(view, asked, &missing, true))
			die_errno("cannot %s", plan_describe(asked));
		if (missing.is_last)
			return;
		fd = path_find_on(view->root, asked->target, &missing);
	}
	close(fd);
}

static int open_target(struct view *view, const struct plan_bind *asked, const char *target,
		       bool directory)
{
	struct path_missing missing;
	int fd = path_find(view->root, target, &missing);

	while (fd < 0 && missing.parent >= 0 && make_missing(view, asked, &missing, directory))
		fd = path_find_on(view->root, target, &missing);
	if (fd < 0 && errno == ENOENT)
		die("cannot %s: '%s' does not exist, and what is there is writable: make it "
		    "first%s",
		    plan_describe(asked), target,
		    asked->kind == PLAN_MASK ? ", or leave the mask out" : "");
	if (fd < 0)
		die_errno("cannot %s", plan_describe(asked));
	return fd;
}

/* FD is at TARGET. Links and ".." may have led to a place that the command line may not name. No
 * link is in the path of the working directory on the host, but another user who can rename a
 * directory above it can put one there, to have it replace /usr/bin. */
static void check_place(struct view *view, const struct plan_bind *asked, const char *target,
			int fd)
{
	const char *place = find_path(view, asked, fd), *cwd = view->defaults.cwd;

	if (!strcmp(place, "/"))
		die("cannot %s: to replace the root, use --rootfs", plan_describe(asked));
	if (path_is_within(place, "/proc"))
		die("cannot %s: nothing can be mounted at or below /proc", plan_describe(asked));
	if (target != cwd && path_is_within(cwd, place))
		view->defaults.wanted.mount = 0; /* the program starts in what is shown there */
	if (target == cwd && plan_shows_host(view->plan) && strcmp(place, cwd))
		die("cannot %s: %s", plan_describe(asked), defaults_other);
}

/* Whether the file is in a mount of LAYER that may be an underlay: none is the instance's own /tmp
 * or /dev/shm. */
static bool may_be_underlaid(const struct view *view, struct path_identity is)
{
	if (!layer_has(&view->layer, is.device) ||
	    path_identify_mount(view->devices.shm).mount == is.mount)
		return false;
	return view->tmp < 0 || path_identify_mount(view->tmp).mount != is.mount;
}

/* FD is the target. */
static void attach(const struct view *view, const struct plan_bind *asked, int tree, int fd,
		   struct path_identity is)
{
	int target = may_be_underlaid(view, is) ? layer_cover(&view->layer, fd) : fd;

	if (target < 0 || mount_attach(tree, target))
		die_hint(EXIT_SELFDOCK,
			 errno == ENOENT ? "what is mounted there was deleted" : NULL, "cannot %s",
			 plan_describe(asked));
	if (target != fd)
		close(target);
	close(tree);
}

static void attach_bind(struct view *view, const struct plan_bind *asked, struct bind *bind)
{
	const char *target = asked->target ? asked->target : view->defaults.cwd;
	bool directory = bind->type == S_IFDIR;
	int fd = open_target(view, asked, target, directory);

	check_place(view, asked, target, fd);
	struct path_identity is = examine(asked, fd);
	bool onto_directory = is.type == S_IFDIR;
	if (asked->kind == PLAN_MASK)
		bind->tree = layer_clone_mask(&view->layer, onto_directory);
	else if (onto_directory != directory)
		die("cannot %s: '%s' is %s directory, and what goes there is %s",
		    plan_describe(asked), target, directory ? "no" : "a",
		    directory ? "one" : "not");
	attach(view, asked, bind->tree, fd, is);
	close(fd);
}

/* Attaches what is shown without an option. Through a proc or sysfs in the working directory root
 * could change the kernel, and a user see what runs outside: then all of it is covered. It is
 * looked for when nothing can come below the directory any more. */
static void attach_default(struct view *view, const struct plan_bind *asked, struct bind *bind)
{
	uint64_t mount = path_identify_mount(bind->tree).mount;

	attach_bind(view, asked, bind);
	if (asked->target != view->defaults.cwd)
		return;
	mountinfo_read(&view->mounts, view->outer_proc);
	if (!mountinfo_shows_kernel(&view->mounts, mount))
		return;
	if (!view->plan->directory)
		defaults_refuse(&view->defaults, "a file system of the kernel is mounted there");
	int fd = view_open(view, asked->target);
	if (fd < 0 || layer_cover(&view->layer, fd) < 0)
		die_errno("cannot %s", plan_describe(asked));
	close(fd);
}

void binds_attach(struct view *view)
{
	const struct defaults *defaults = &view->defaults;

	for (size_t i = 0; i < defaults->count; i++)
		if (defaults->binds[i].kind == PLAN_LINK)
			make_link(view, &defaults->binds[i]);
		else
			attach_default(view, &defaults->binds[i], &view->default_binds[i]);
	for (size_t i = 0; i < view->plan->bind_count; i++)
		attach_bind(view, &view->plan->binds[i], &view->binds[i]);
}
