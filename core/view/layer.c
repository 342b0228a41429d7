/* SPDX-License-Identifier: ISC */
/*
 * LAYER: a tmpfs of the instance. Its directories become /dev, /dev/shm and /tmp, covers and masks.
 * They also become underlays: if a destination does not exist, and nothing can be made in its
 * directory, it is made in an underlay.
 *
 * An underlay goes over a directory and shows all its entries, each as a mount, and what is made in
 * the underlay besides. No disk and no other file system is written to. An instance inside this one
 * takes the entries for parts of its root file system, but not the options of this instance, so it
 * has to tell them apart. That is why a mount in an underlay stands on a cover unless it is a part
 * of the directory below. core/linux/mountinfo.c recognises underlays and covers by their names in
 * LAYER. A later underlay may clone the mounts of an earlier one, and of /dev.
 *
 * Before Linux 6.15 only an attached mount can be cloned. So LAYER is attached where nobody sees
 * it: at /dev, below its directory that is the real /dev.
 */
#include "core/view/layer.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/linux/kernel.h"
#include "core/linux/mount.h"
#include "core/linux/mountinfo.h"
#include "core/linux/path.h"

enum { OWN = KERNEL_MOUNT_ATTR_NOSUID | KERNEL_MOUNT_ATTR_NODEV };

/* The first is for a directory, the second for everything else. */
static const char covers[][16] = { MOUNTINFO_NAME_COVER, MOUNTINFO_NAME_COVER "-file" };
static const char masks[][16] = { MOUNTINFO_NAME_COVER "-mask", MOUNTINFO_NAME_COVER "-mask-file" };

int layer_make(struct layer *layer)
{
	const struct mount_option options[] = { { "source", MOUNTINFO_SELFDOCK },
						{ "mode", "0755" },
						{ NULL, NULL } };

	layer->tree = mount_new("tmpfs", options, OWN);
	if (layer->tree < 0)
		return -1;
	if (mkdirat(layer->tree, MOUNTINFO_NAME_DEV, 0755) || mkdirat(layer->tree, "shm", 01777) ||
	    mkdirat(layer->tree, "tmp", 01777) || mkdirat(layer->tree, covers[0], 0555))
		return -1;
	layer->device = path_identify(layer->tree).device;
	return 0;
}

bool layer_has(const struct layer *layer, dev_t device)
{
	return device == layer->device;
}

static int clone_sealed(const struct layer *layer, const char *name)
{
	int tree = mount_clone_at(layer->tree, name);

	if (tree < 0 ||
	    mount_restrict(tree, KERNEL_MOUNT_ATTR_RDONLY | KERNEL_MOUNT_ATTR_NOEXEC, false))
		die_errno("cannot clone an empty file or directory");
	return tree;
}

int layer_cover(const struct layer *layer, int target)
{
	/* A directory goes onto directories, and a file onto everything else. Where FUSE does not
	 * tell the type, both are tried. Elsewhere only one is: when a detached mount is given up,
	 * the kernel waits for a grace period. */
	mode_t type = path_identify_mount(target).type;
	bool file = type && type != S_IFDIR;

	for (int i = 0; i < 2; i++) {
		const char *name = covers[i ^ file];
		if (name == covers[1] && mknodat(layer->tree, name, S_IFREG | 0444, 0) &&
		    errno != EEXIST)
			return -1;
		int cover = clone_sealed(layer, name);
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

int layer_clone_mask(const struct layer *layer, bool directory)
{
	const char *name = masks[!directory];
	int failed =
		directory ? mkdirat(layer->tree, name, 0) : mknodat(layer->tree, name, S_IFREG, 0);

	if (failed && errno != EEXIST)
		die_errno("cannot prepare a mask");
	return clone_sealed(layer, name);
}

int layer_make_entry(int directory, const char *name, bool is_directory)
{
	return is_directory ? mkdirat(directory, name, 0755)
			    : mknodat(directory, name, S_IFREG | 0444, 0);
}

/* The underlay whose root has this inode, or NULL. */
static const struct layer_underlay *find_underlay(const struct layer *layer, dev_t device,
						  uint64_t inode)
{
	for (size_t i = 0; layer_has(layer, device) && i < layer->underlay_count; i++)
		if (layer->underlays[i].inode == inode)
			return &layer->underlays[i];
	return NULL;
}

/* In a sticky directory that everybody can write to, a link may be followed only by its owner, or
 * if it belongs to the directory's owner. A copy would belong to the caller, and be followed. */
static bool is_foreign(struct path_identity link, struct path_identity directory)
{
	return (directory.mode & 01002) == 01002 && link.uid != getuid() &&
	       (link.uid != directory.uid || link.uid == PATH_NOBODY);
}

static int copy_link(struct layer *layer, int link, int tree, const char *name)
{
	ssize_t length = readlinkat(link, "", layer->link, sizeof layer->link - 1);

	if (length < 0)
		return -1;
	layer->link[length] = '\0';
	return symlinkat(layer->link, tree, name);
}

/* Shows ENTRY, which is NAME in the directory BELOW, in the underlay TREE. */
static int show(struct layer *layer, const struct mountinfo *mounts, int tree, const char *name,
		int entry, struct path_identity below)
{
	struct path_identity is = path_identify_mount(entry);

	/* FUSE does not tell even the type to any user but its owner. An empty directory stands in
	 * for it, as closed as it is. */
	if (!is.type)
		return mkdirat(tree, name, 0);
	if (is.type == S_IFLNK)
		return is_foreign(is, below) ? 0 : copy_link(layer, entry, tree, name);
	int copy = mount_clone(entry, true);
	if (copy < 0 || layer_make_entry(tree, name, is.type == S_IFDIR))
		return -1;
	int place = path_open(tree, name, O_PATH, KERNEL_RESOLVE_NO_SYMLINKS);
	bool part = is.mount == below.mount || find_underlay(layer, is.device, is.inode) ||
		    mountinfo_is_rootfs_mount(mounts, is.mount);
	int target = part ? place : layer_cover(layer, place);
	/* ENOENT: the entry was deleted, maybe just now. If its mount was listed, it does not come
	 * from an option, and is left out. */
	if (target < 0 ||
	    (mount_attach(copy, target) && (errno != ENOENT || !mountinfo_find(mounts, is.mount))))
		return -1;
	close(target);
	if (target != place)
		close(place);
	return close(copy);
}

static int fill(struct layer *layer, const struct mountinfo *mounts, int tree, int directory,
		struct path_identity below)
{
	struct path_listing list = { .fd = directory };
	size_t count = mounts->total;
	const char *name;

	while ((name = path_next(&list))) {
		errno = ENOSPC; /* a longer list of mounts could not be read */
		if (count++ == MOUNTINFO_MAX)
			return -1;
		int entry = path_open(directory, name, O_PATH | O_NOFOLLOW, 0);
		if (entry < 0 && errno == ENOENT) /* deleted meanwhile */
			continue;
		if (entry < 0 || show(layer, mounts, tree, name, entry, below))
			return -1;
		close(entry);
	}
	return 0;
}

/* The underlay is attached first. Then it is filled through a descriptor of the directory below. */
int layer_make_underlay(struct layer *layer, const struct mountinfo *mounts, int below)
{
	struct path_identity is = path_identify(below);
	int directory = path_open(below, ".", O_RDONLY | O_DIRECTORY, 0);
	char name[32];

	if (directory < 0)
		return -1;
	if (layer->underlay_count == LAYER_UNDERLAYS_MAX)
		die("more than %d directories would need an underlay", LAYER_UNDERLAYS_MAX);
	struct layer_underlay *underlay = &layer->underlays[layer->underlay_count];
	text_format(name, sizeof name, MOUNTINFO_NAME_UNDERLAY "%u",
		    (unsigned)layer->underlay_count);
	if (mkdirat(layer->tree, name, is.mode | 0700))
		return -1;
	underlay->tree = mount_clone_at(layer->tree, name);
	if (underlay->tree < 0 || mount_attach(underlay->tree, below) ||
	    fill(layer, mounts, underlay->tree, directory, is))
		return -1;
	close(directory);
	underlay->inode = path_identify(underlay->tree).inode;
	underlay->below_device = is.device;
	underlay->below_inode = is.inode;
	layer->underlay_count++;
	return underlay->tree;
}

bool layer_shows(const struct layer *layer, int directory, const struct path_identity *wanted)
{
	struct path_identity is = path_identify(directory);
	const struct layer_underlay *underlay = find_underlay(layer, is.device, is.inode);

	if (underlay)
		return underlay->below_device == wanted->device &&
		       underlay->below_inode == wanted->inode;
	return is.device == wanted->device && is.inode == wanted->inode;
}

/* Leaves out a clone that is hidden by another mount or is out of reach. */
static void seal_clone(int root, uint64_t mount, const char *path)
{
	int fd = path_open(root, path, O_PATH, KERNEL_RESOLVE_IN_ROOT | KERNEL_RESOLVE_NO_SYMLINKS);

	if (fd < 0)
		return;
	if (path_identify_mount(fd).mount == mount &&
	    mount_restrict(fd, KERNEL_MOUNT_ATTR_RDONLY, false))
		die_errno("cannot make '%s' read-only", path);
	close(fd);
}

void layer_seal(const struct layer *layer, struct mountinfo *mounts, int root, int proc)
{
	/* By descriptor: a rename cannot lead that elsewhere. */
	for (size_t i = 0; i < layer->underlay_count; i++)
		if (mount_restrict(layer->underlays[i].tree, KERNEL_MOUNT_ATTR_RDONLY, false))
			die_errno("cannot make an underlay read-only");
	if (!layer->underlay_count)
		return;
	mountinfo_read(mounts, proc);
	for (size_t i = 0; i < mounts->count; i++) {
		const struct mountinfo_entry *mount = &mounts->entries[i];
		if (mount->writable &&
		    (mount->kind == MOUNTINFO_UNDERLAY || mount->kind == MOUNTINFO_DEV))
			seal_clone(root, mount->mount, mountinfo_path(mounts, mount));
	}
}
