/* SPDX-License-Identifier: ISC */
/*
 * Covers: each mount below the root file system is hidden under an empty, read-only file or
 * directory.
 *
 * A path only tells where to look: what is found there must be the mount that was listed, because
 * others may rename directories meanwhile. So all mounts are looked at again until none was moved.
 * A mount that is moved each time is hidden with a directory above it that nobody can move.
 */
#include "core/view/cover.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/linux/path.h"
#include "core/linux/privilege.h"
#include "core/view/defaults.h"

/* What became of a mount. */
enum outcome {
	HIDDEN,
	MOVED,	  /* something else is at its path */
	IN_SIGHT, /* nothing can be mounted on it */
};

/* Opens PATH, or the deepest directory above it that can be opened. In the second case PATH is cut
 * there, and *error is EACCES if permissions were the only obstacle. */
static int open_deepest(const struct view *view, char *path, int *error)
{
	for (*error = 0;;) {
		int fd = view_open(view, path);
		if (fd >= 0)
			return fd;
		if (!*path)
			die_errno("cannot open the root file system");
		*error = *error && *error != errno ? ENOENT : errno;
		*strrchr(path, '/') = '\0';
	}
}

/* Returns false if TARGET stays in sight. A directory that was deleted counts as hidden: nothing
 * can be mounted on it, but it shows nothing. */
static bool put_cover(const struct view *view, int target)
{
	int cover = layer_cover(&view->layer, target);
	bool hidden = cover >= 0 || path_is_deleted(target);

	close(cover);
	return hidden;
}

/* What is found where a mount should be. */
struct found {
	int fd;
	bool cut;     /* FD is not at the path of the mount, but above it */
	bool blocked; /* for the caller may not search FD, or the path is too long */
	struct path_identity is;
	const struct mountinfo_entry *top;  /* the mount that FD is in */
	const struct mountinfo_entry *base; /* of TOP, see mountinfo_find_base */
};

static struct found look(struct view *view, const struct mountinfo_entry *mount)
{
	struct found found = { .cut = false };
	int error;

	bool fits = text_format(view->path, PATH_MAX, "%s", mountinfo_path(&view->mounts, mount)) <
		    PATH_MAX;
	if (!fits)
		*strrchr(view->path, '/') = '\0';
	found.fd = open_deepest(view, view->path, &error);
	found.cut = error || !fits;
	found.blocked = error == EACCES || (!fits && !error);
	found.is = path_identify_mount(found.fd);
	found.top = mountinfo_find(&view->mounts, found.is.mount);
	if (!found.top && !view->mounts.complete) {
		mountinfo_add(&view->mounts, found.fd);
		found.top = mountinfo_find(&view->mounts, found.is.mount);
	}
	found.base = mountinfo_find_base(&view->mounts, found.is.mount);
	return found;
}

/* Whether it is a cover of this instance or of an instance around it. A mask of an outer instance
 * keeps its mode. */
static bool is_covered(const struct view *view, const struct found *found)
{
	return layer_has(&view->layer, found->is.device) ||
	       (found->top && found->top->kind == MOUNTINFO_COVER);
}

/* Whether the mount that FOUND is the root of is on the root of its base, and not somewhere in it.
 * From a cover ".." leads out of the base then. A cover that is a file has no "..", and any other
 * file system may not answer: then the paths are compared, if they were read at the same time. */
static bool stands_on_root(const struct view *view, const struct found *found)
{
	int above =
		found->top->kind == MOUNTINFO_COVER ? path_open(found->fd, "..", O_PATH, 0) : -1;

	if (above < 0)
		return view->mounts.complete && !strcmp(mountinfo_path(&view->mounts, found->top),
							mountinfo_path(&view->mounts, found->base));
	uint64_t mount = path_identify_mount(above).mount;
	close(above);
	return mountinfo_is_rootfs_mount(&view->mounts, mount);
}

/* Whether the root of MOUNT was found, or the root of a mount on top of it. */
static bool is_root_of(const struct view *view, const struct found *found,
		       const struct mountinfo_entry *mount)
{
	return !found->cut && found->is.root && found->top && found->base == mount &&
	       (found->top == mount || stands_on_root(view, found));
}

/* Whether another mount is in the way: above MOUNT, or at the same path and not below it. */
static bool is_behind(const struct view *view, const struct mountinfo_entry *mount,
		      const struct mountinfo_entry *base)
{
	const char *path = mountinfo_path(&view->mounts, mount);
	const char *other = mountinfo_path(&view->mounts, base);

	return path_is_beneath(path, other) ||
	       (!strcmp(path, other) && base->parent != mount->parent);
}

/*
 * Hides a mount. A mount that is out of reach is out of sight, but only as long as what is in the
 * way stays there, and a rename can feign that: see SECURITY.md. A directory that the caller may
 * not search is covered, too, because its mode may change; *blocked says that there was one.
 */
static enum outcome hide(struct view *view, const struct mountinfo_entry *mount, bool *blocked)
{
	struct found found = look(view, mount);
	enum outcome outcome = MOVED;

	if (found.blocked) {
		*blocked = true;
		if (is_covered(view, &found) || put_cover(view, found.fd))
			outcome = HIDDEN;
	} else if (is_root_of(view, &found, mount)) {
		bool own = is_covered(view, &found) || found.is.mount == view->proc_mount;
		outcome = own || put_cover(view, found.fd) ? HIDDEN : IN_SIGHT;
	} else if (found.base) {
		outcome = is_behind(view, mount, found.base) ? HIDDEN : MOVED;
	} else if (found.cut && *blocked && layer_has(&view->layer, found.is.device)) {
		outcome = HIDDEN; /* by the cover of a directory that may not be searched */
	}
	close(found.fd);
	return outcome;
}

/* Hides the mounts that are listed. *LEFT is one that is not hidden, preferably one that was moved
 * meanwhile. */
static enum outcome hide_listed(struct view *view, const struct mountinfo_entry **left)
{
	/* As listed before the first cover. The short list gets what covers a mount already. */
	const struct mountinfo *mounts = &view->mounts;
	enum outcome worst = HIDDEN;
	bool blocked = false;

	/* Starts with the last mount. It may be on top of others, and of a file system that does
	 * not answer when the others are looked up in it. */
	for (size_t i = mounts->count; i-- > 0;) {
		const struct mountinfo_entry *mount = &mounts->entries[i];
		if (mount->own || !mountinfo_is_rootfs_mount(mounts, mount->parent) ||
		    mountinfo_is_rootfs_mount(mounts, mount->mount) ||
		    defaults_is_system(mountinfo_path(mounts, mount)))
			continue;
		enum outcome outcome = hide(view, mount, &blocked);
		if (outcome == HIDDEN || (worst == MOVED && outcome == IN_SIGHT))
			continue;
		worst = outcome;
		*left = mount;
	}
	return worst;
}

/* Without the setuid bit root appears as the user "nobody", like all others, and is assumed to be
 * the owner. */
static bool is_trusted(uid_t owner)
{
	return owner == 0 || owner == privilege_uid() ||
	       (owner == PATH_NOBODY && !privilege_is_root() && !privilege_setuid());
}

/* Whether only root and the caller can rename ENTRY of DIRECTORY. */
static bool is_fixed(struct path_identity directory, struct path_identity entry)
{
	return is_trusted(directory.uid) &&
	       (!(directory.mode & 022) || (directory.mode & 01000 && is_trusted(entry.uid)));
}

/* Hides PATH by a cover on a directory above it: the deepest one such that only root and the caller
 * can rename it and the directories on the way to it. It stays in place whatever others do. */
static void hide_above(const struct view *view, char *path, const char *mount, bool may)
{
	char *end = path;
	int fd = view_open(view, "");

	while ((end = strchr(end + 1, '/'))) {
		*end = '\0';
		int next = view_open(view, path);
		bool fixed =
			next >= 0 && is_fixed(path_identify_mount(fd), path_identify_mount(next));
		close(fixed ? fd : next);
		if (!fixed)
			break;
		fd = next;
		*end = '/';
	}
	*strrchr(path, '/') = '\0';
	if (!may || !*path || !put_cover(view, fd))
		die("cannot cover the mount at '%s'", mount);
	warn("'%s' is hidden: the mount at '%s' cannot be covered", path, mount);
	close(fd);
}

/* Hides a mount at PATH whose root was deleted, by an underlay that leaves it out. Warns the caller
 * of a writable root that nothing can be made there. */
static bool leave_out(struct view *view, char *path, const char *mount)
{
	char *name = strrchr(path, '/');

	*name = '\0';
	int fd = view_open(view, path);
	bool done = fd >= 0 && view_make_underlay(view, fd) >= 0;
	close(fd);
	if (done && view->plan->writable)
		warn("nothing can be made or removed in '%s/': the mount at '%s' cannot be covered",
		     path, mount);
	*name = '/';
	return done;
}

void cover_mounts(struct view *view)
{
	/* A mount that was moved in ten tries may be moved for ever. Each cover above leaves fewer
	 * places to move it to. After ninety of them the start fails. */
	enum { TRIES = 10, ABOVE = 90 };
	const struct mountinfo_entry *left = NULL;
	enum outcome outcome;
	int moves = 0;

	view->mounts.rootfs = view->root_mount;
	const int own[MOUNTINFO_OWN] = { view->layer.tree, view->proc, view->tmp };
	bool top = mountinfo_read_top(&view->mounts, view->root, own) &&
		   (!view->wanted || mountinfo_find(&view->mounts, view->wanted));
	for (;; top = false) {
		if (!top)
			mountinfo_read(&view->mounts, view->outer_proc);
		outcome = hide_listed(view, &left);
		if (outcome == HIDDEN)
			return;
		if (top) /* what is in the way may be a mount that this list lacks */
			continue;
		const char *mount = mountinfo_path(&view->mounts, left);
		text_format(view->path, PATH_MAX, "%s", mount);
		if (outcome == IN_SIGHT ? !leave_out(view, view->path, mount) : ++moves > TRIES)
			hide_above(view, view->path, mount, moves < TRIES + ABOVE);
	}
}
