/* SPDX-License-Identifier: ISC */
/*
 * LAYER: a tmpfs of the instance's own. Its directories become /dev, /dev/shm and
 * /tmp; what covers and masks; and underlays, in which a destination is made that
 * does not exist where nothing can be made.
 *
 * An underlay goes over a directory and shows what that has, each entry a mount of
 * its own, and what is made in it besides: no disk and no other file system is
 * written to. An instance inside this one has to tell the two apart, since the
 * entries are parts of the root file system there, and options of this instance
 * are not. So whatever is mounted in an underlay and is no part of the directory
 * below stands on a cover; core/linux/mountinfo.c sees both by their names in LAYER.
 * A later underlay may clone the mounts of an earlier one, and of /dev.
 *
 * Only an attached mount can be cloned before Linux 6.15, so LAYER is attached where
 * nobody sees it: at /dev, below the directory of it that is the real one.
 */
#include "core/view/layer.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/cli/plan.h"
#include "core/linux/kernel.h"
#include "core/linux/mount.h"
#include "core/linux/mountinfo.h"
#include "core/linux/path.h"

enum { OWN = KERNEL_MOUNT_ATTR_NOSUID | KERNEL_MOUNT_ATTR_NODEV };

static int layer;
static dev_t layer_device;

/* Other file systems of the instance's own: one for each --tmpfs. */
static dev_t own[PLAN_VIEWS_MAX];
static size_t owned;

static struct {
	int tree;
	uint64_t inode;
	struct path_identity below;
} underlay[PLAN_VIEWS_MAX];
static size_t underlays;

int layer_make(void)
{
	static const struct mount_option options[] = { { "source", "selfdock" },
						       { "mode", "0755" },
						       { NULL, NULL } };

	layer = mount_new("tmpfs", options, OWN);
	if (layer < 0)
		die_errno("cannot make a tmpfs");
	if (mkdirat(layer, "dev", 0755) || mkdirat(layer, "shm", 01777) ||
	    mkdirat(layer, "tmp", 01777) || mkdirat(layer, "cover", 0555) ||
	    mknodat(layer, "cover-file", S_IFREG | 0444, 0))
		die_errno("cannot prepare a tmpfs");
	layer_device = path_identify(layer).device;
	return layer;
}

void layer_own(int tree)
{
	own[owned++] = path_identify(tree).device;
}

bool layer_has(dev_t device)
{
	return device == layer_device;
}

static int clone_sealed(const char *name)
{
	int tree = mount_clone_at(layer, name);

	if (tree < 0 ||
	    mount_restrict(tree, KERNEL_MOUNT_ATTR_RDONLY | KERNEL_MOUNT_ATTR_NOEXEC, false))
		die_errno("cannot clone an empty file or directory");
	return tree;
}

int layer_cover(int target)
{
	static const char names[][16] = { "cover", "cover-file" };
	/* A directory goes onto directories, and a file onto all else. Where FUSE does not
	 * tell, both are tried; it is not the rule, since the kernel waits for a grace
	 * period when a detached mount is given up. */
	mode_t type = path_identify_mount(target).type;
	bool file = type && type != S_IFDIR;

	for (int i = 0; i < 2; i++) {
		int cover = clone_sealed(names[i ^ file]);
		if (!mount_attach(cover, target))
			return cover;
		int error = errno;
		close(cover);
		errno = error;
		if (errno != ENOTDIR && errno != EINVAL)
			break;
	}
	return -1;
}

int layer_clone_mask(bool directory)
{
	const char *name = directory ? "cover-mask" : "cover-mask-file";

	if ((directory ? mkdirat(layer, name, 0) : mknodat(layer, name, S_IFREG, 0)) &&
	    errno != EEXIST)
		die_errno("cannot prepare a mask");
	return clone_sealed(name);
}

static int make_place(int tree, const char *name, bool directory)
{
	return directory ? mkdirat(tree, name, 0755) : mknodat(tree, name, S_IFREG | 0444, 0);
}

static bool is_underlay(struct path_identity is)
{
	for (size_t i = 0; layer_has(is.device) && i < underlays; i++)
		if (underlay[i].inode == is.inode)
			return true;
	return false;
}

/* Only directory and owner may follow a link in a sticky directory that all can write
 * to; a copy would be the caller's. */
static bool is_foreign(struct path_identity link, struct path_identity directory)
{
	return (directory.mode & 01002) == 01002 && link.uid != getuid() &&
	       (link.uid != directory.uid || link.uid == PATH_NOBODY);
}

static int copy_link(int link, int tree, const char *name)
{
	static char text[PATH_MAX];
	ssize_t length = readlinkat(link, "", text, sizeof text - 1);

	text[length < 0 ? 0 : length] = '\0';
	return length < 0 ? -1 : symlinkat(text, tree, name);
}

/* Shows ENTRY, which is NAME in the directory BELOW, in an underlay. */
static int show(int tree, const char *name, int entry, struct path_identity below,
		bool (*is_part)(uint64_t mount))
{
	struct path_identity is = path_identify_mount(entry);

	if (is.type == S_IFLNK)
		return is_foreign(is, below) ? 0 : copy_link(entry, tree, name);
	int copy = mount_clone(entry, true);
	if (copy < 0 || make_place(tree, name, is.type == S_IFDIR))
		return -1;
	int place = path_open(tree, name, O_PATH, KERNEL_RESOLVE_NO_SYMLINKS);
	bool part = is.mount == below.mount || is_underlay(is) || is_part(is.mount);
	int target = part ? place : layer_cover(place);
	/* ENOENT: it was deleted, if only just now. What is of a mount in the list is nobody's
	 * option, and left out. */
	if (target < 0 ||
	    (mount_attach(copy, target) && (errno != ENOENT || !mountinfo_find(is.mount))))
		return -1;
	close(target);
	if (target != place)
		close(place);
	return close(copy);
}

static int fill(int tree, int directory, struct path_identity below,
		bool (*is_part)(uint64_t mount))
{
	struct path_listing list = { .fd = directory };
	const char *name;

	while ((name = path_next(&list))) {
		int entry = path_open(directory, name, O_PATH | O_NOFOLLOW, 0);
		if (entry < 0 && errno == ENOENT) /* it is gone */
			continue;
		if (entry < 0 || show(tree, name, entry, below, is_part))
			return -1;
		close(entry);
	}
	return 0;
}

/* Attached first, and then filled by a descriptor of what is below. */
static int make_underlay(int below, bool (*is_part)(uint64_t mount))
{
	struct path_identity is = path_identify(below);
	int directory = path_open(below, ".", O_RDONLY | O_DIRECTORY, 0);
	char name[32];

	if (directory < 0)
		return -1;
	if (underlays == PLAN_VIEWS_MAX)
		die("more than %d directories would need an underlay", PLAN_VIEWS_MAX);
	text_format(name, sizeof name, "underlay%u", (unsigned)underlays);
	if (mkdirat(layer, name, is.mode | 0700))
		return -1;
	int tree = mount_clone_at(layer, name);
	if (tree < 0 || mount_attach(tree, below) || fill(tree, directory, is, is_part))
		return -1;
	close(directory);
	underlay[underlays].inode = path_identify(tree).inode;
	underlay[underlays].below = is;
	return underlay[underlays++].tree = tree;
}

int layer_place(int parent, bool over, bool (*is_part)(uint64_t mount))
{
	struct statfs status;
	dev_t device = path_identify(parent).device;

	if (fstatfs(parent, &status))
		return -1;
	if (over || status.f_flags & ST_RDONLY)
		return make_underlay(parent, is_part);
	if (layer_has(device))
		return parent;
	for (size_t i = 0; i < owned; i++)
		if (own[i] == device)
			return parent;
	errno = ENOENT;
	return -1;
}

struct path_identity layer_below(struct path_identity is)
{
	for (size_t i = 0; layer_has(is.device) && i < underlays; i++)
		if (underlay[i].inode == is.inode)
			return underlay[i].below;
	return is;
}

/* One that another mount hides stays as it is, and so does one out of reach. */
static void seal_clone(int root, const struct mountinfo_entry *mount)
{
	int fd = path_open(root, mount->path, O_PATH,
			   KERNEL_RESOLVE_IN_ROOT | KERNEL_RESOLVE_NO_SYMLINKS);

	if (fd < 0)
		return;
	if (path_identify_mount(fd).mount == mount->mount &&
	    mount_restrict(fd, KERNEL_MOUNT_ATTR_RDONLY, false))
		die_errno("cannot make '%s' read-only", mount->path);
	close(fd);
}

void layer_seal(int root, int proc)
{
	const struct mountinfo_entry *mounts;

	/* By descriptor, which no rename leads elsewhere. */
	for (size_t i = 0; i < underlays; i++)
		if (mount_restrict(underlay[i].tree, KERNEL_MOUNT_ATTR_RDONLY, false))
			die_errno("cannot make an underlay read-only");
	size_t count = underlays ? mountinfo_read(proc, &mounts) : 0;
	for (size_t i = 0; i < count; i++)
		if (mounts[i].writable &&
		    (mounts[i].kind == MOUNTINFO_UNDERLAY || mounts[i].kind == MOUNTINFO_DEV))
			seal_clone(root, &mounts[i]);
}
