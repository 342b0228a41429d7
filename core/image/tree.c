/* SPDX-License-Identifier: ISC */
/*
 * The tree: a root file system that grows, entry by entry and layer by layer. Names come from the
 * archive: each path is followed beneath the root, and what is at its end is never followed. A
 * whiteout removes what lower layers have, whatever comes before or after it in its own layer.
 */
#include "core/image/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/linux/kernel.h"
#include "core/linux/path.h"

enum { WANTED = KERNEL_STATX_TYPE | KERNEL_STATX_INO };

static const char whiteout[] = ".wh.", opaque[] = ".wh..wh..opq";

void tree_begin(struct tree *tree, const char *path)
{
	struct table_row *row = table_add(&tree->table, 0, "");

	row->mode = S_IFDIR | 0755; /* unless the archive has an entry for it */
	row->nanoseconds = UTIME_OMIT;
	tree->root = path_open(AT_FDCWD, path, O_PATH | O_DIRECTORY, 0);
	if (tree->root < 0)
		die_errno("cannot open the new directory");
}

void tree_begin_layer(struct tree *tree)
{
	tree->layer++;
}

static _Noreturn void refuse(const char *path)
{
	die_errno("cannot make '%s'", path);
}

/* Writes to PATH the absolute path of NAME, beneath the root: "" is the root itself. */
static void normalize(char path[PATH_MAX + 1], const char *name)
{
	const char *typed = name;
	size_t end = 0;

	for (size_t length; *name; name += length) {
		name += strspn(name, "/");
		length = strcspn(name, "/");
		if (!length || (length == 1 && *name == '.'))
			continue;
		if (length == 2 && !strncmp(name, "..", 2))
			die("the archive has a path with '..': '%s'", typed);
		path[end++] = '/';
		memcpy(path + end, name, length);
		end += length;
	}
	path[end] = '\0';
}

static uint64_t find_inode(int fd)
{
	struct kernel_statx status;

	if (!path_stat(fd, "", KERNEL_STATX_INO, &status))
		die_errno("cannot examine a directory");
	return status.ino;
}

/* Notes what the current layer made, and is no directory. The first one needs no notes. */
static void note(struct tree *tree, const char *name)
{
	if (tree->layer == 1)
		return;
	struct table_row *row = table_add(&tree->table, tree->parent_inode, name);
	row->layer = tree->layer;
	row->mode = 0;
}

static void count_file(struct tree *tree)
{
	if (!tree->files_left--)
		die("the archive has more entries than --max-files allows");
}

static void make_directory(struct tree *tree, int parent, const char *name)
{
	count_file(tree);
	if (mkdirat(parent, name, 0700))
		refuse(name);
	struct table_row *row = table_add(&tree->table, find_inode(parent), name);
	row->layer = tree->layer;
	row->mode = S_IFDIR | 0755; /* unless the archive has an entry for it */
	row->nanoseconds = UTIME_OMIT;
}

/* Opens DIRECTORY, and makes it with MAKE. What is there may be something else. Returns -1 and
 * errno. */
static int find_directory(struct tree *tree, const char *directory, bool make)
{
	struct path_missing missing;
	int fd = path_find(tree->root, directory, &missing);

	while (fd < 0 && missing.parent >= 0 && make) {
		make_directory(tree, missing.parent, missing.name);
		close(missing.parent);
		fd = path_find_on(tree->root, directory, &missing);
	}
	if (fd < 0 && missing.parent >= 0)
		close(missing.parent);
	return fd;
}

/* Opens the directory of what is at tree->path, and makes it with MAKE. Most entries are in the
 * directory of the last one. Returns the last component, or NULL if there is no such directory. */
static const char *open_parent(struct tree *tree, bool make)
{
	char *slash = strrchr(tree->path, '/');
	size_t length = (size_t)(slash - tree->path);
	char directory[PATH_MAX + 1];

	memcpy(directory, tree->path, length);
	memcpy(directory + length, length ? "" : "/", 1 + !length);
	if (!tree->changed && !strcmp(directory, tree->parent_path))
		return slash + 1;
	if (*tree->parent_path)
		close(tree->parent);
	*tree->parent_path = '\0';
	tree->parent = find_directory(tree, directory, make);
	struct kernel_statx status = { .mode = 0 };
	bool found = tree->parent >= 0 && path_stat(tree->parent, "", WANTED, &status);
	if (found && !S_ISDIR(status.mode)) {
		close(tree->parent);
		errno = ENOTDIR;
		found = false;
	}
	if (!found && make)
		refuse(directory);
	if (!found)
		return NULL;
	tree->parent_inode = status.ino;
	text_format(tree->parent_path, sizeof tree->parent_path, "%s", directory);
	tree->changed = false;
	return slash + 1;
}

static int open_directory(int parent, const char *name)
{
	return openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* Goes into a directory, which FD is open on and which is closed by leave. */
static struct tree_level *enter(struct tree *tree, int fd, const char *name)
{
	if (tree->depth == TREE_DEPTH)
		die("the archive has more than %d directories in one another", TREE_DEPTH);
	struct tree_level *level = &tree->levels[tree->depth++];
	level->list.fd = fd;
	level->list.at = level->list.length = 0;
	level->inode = find_inode(fd);
	level->stays = false;
	text_format(level->name, sizeof level->name, "%s", name);
	return level;
}

/* Returns the level above, or NULL. */
static struct tree_level *leave(struct tree *tree)
{
	close(tree->levels[--tree->depth].list.fd);
	return tree->depth ? &tree->levels[tree->depth - 1] : NULL;
}

/* Removes NAME, unless it is of this layer, and that is to stay, or is a directory: then goes into
 * it. Returns whether NAME, but for a directory, stays. */
static bool remove_file(struct tree *tree, int parent, uint64_t inode, const char *name, bool lower)
{
	const struct table_row *row = table_find(&tree->table, inode, name);
	bool stays = lower && row && row->layer == tree->layer;

	if (!stays && (!unlinkat(parent, name, 0) || errno == ENOENT))
		return false;
	int fd = open_directory(parent, name);
	if (fd < 0 && stays)
		return true;
	if (fd < 0)
		die_errno("cannot remove '%s'", name);
	enter(tree, fd, name)->stays = stays;
	return false;
}

/* Removes NAME with all that is in it, or with LOWER what lower layers have of it. INODE is that of
 * PARENT. */
static void remove_entry(struct tree *tree, int parent, uint64_t inode, const char *name,
			 bool lower)
{
	remove_file(tree, parent, inode, name, lower);
	while (tree->depth) {
		struct tree_level *level = &tree->levels[tree->depth - 1];
		const char *entry = path_next(&level->list);
		if (entry) {
			if (remove_file(tree, level->list.fd, level->inode, entry, lower))
				level->stays = true;
			continue;
		}
		struct tree_level *above = leave(tree);
		if (level->stays && above)
			above->stays = true;
		else if (!level->stays &&
			 unlinkat(above ? above->list.fd : parent, level->name, AT_REMOVEDIR))
			die_errno("cannot remove '%s'", level->name);
	}
}

/* Makes room for an entry that is something else than what is there. A link may be gone, so the
 * same path may lead elsewhere. */
static void replace(struct tree *tree, const char *name)
{
	tree->changed = true;
	remove_entry(tree, tree->parent, tree->parent_inode, name, false);
}

/* Does what the whiteout at tree->path says. NAME is NULL if its directory is not there. */
static void remove_lower(struct tree *tree, const char *name)
{
	const char *gone = strrchr(tree->path, '/') + sizeof whiteout;

	if (!*gone || !strcmp(gone, ".") || !strcmp(gone, ".."))
		die("the archive has a whiteout of nothing: '%s'", tree->path);
	if (!name || tree->layer == 1)
		return;
	tree->changed = true;
	if (!strcmp(name, opaque)) {
		struct path_listing list = { .fd = openat(tree->parent, ".",
							  O_RDONLY | O_DIRECTORY | O_CLOEXEC) };
		if (list.fd < 0)
			die_errno("cannot read '%s'", tree->parent_path);
		for (const char *entry; (entry = path_next(&list));)
			remove_entry(tree, tree->parent, tree->parent_inode, entry, true);
		close(list.fd);
		return;
	}
	remove_entry(tree, tree->parent, tree->parent_inode, gone, true);
}

/* Whether the attribute may be kept. Those that only root may set, and those of other systems, are
 * not. */
static bool is_kept(const struct tree *tree, const char *name)
{
	return !strncmp(name, "user.", 5) ||
	       (tree->keep_setuid && !strcmp(name, "security.capability"));
}

static void set_attributes(struct tree *tree, int fd, const struct tar_entry *entry)
{
	const char *name, *value;
	size_t at = 0, size;

	while ((name = tar_attribute(entry, &at, &value, &size))) {
		int failed = fd < 0 || !is_kept(tree, name) || fsetxattr(fd, name, value, size, 0);
		if (failed && fd >= 0 && is_kept(tree, name) && errno != EOPNOTSUPP)
			die_errno("cannot set '%s' of '%s'", name, tree->path);
		tree->attributes += (uint64_t)failed;
	}
}

static unsigned find_mode(struct tree *tree, const struct tar_entry *entry)
{
	if (tree->keep_setuid || !(entry->mode & (S_ISUID | S_ISGID)))
		return entry->mode;
	tree->setuid++;
	return entry->mode & 01777;
}

/* FD may be open with O_PATH. */
static void set_owner(const struct tree *tree, int fd, const struct tar_entry *entry)
{
	if (!tree->owners)
		return;
	if (entry->uid >= UINT32_MAX || entry->gid >= UINT32_MAX)
		die("'%s' in the archive is owned by an id that there is not", tree->path);
	if (fchownat(fd, "", (uid_t)entry->uid, (gid_t)entry->gid, AT_EMPTY_PATH))
		die_errno("cannot change the owner of '%s'", tree->path);
}

static void set_time(const struct tree *tree, const char *name, const struct tar_entry *entry)
{
	const struct timespec times[] = { { .tv_nsec = UTIME_OMIT },
					  { entry->seconds, entry->nanoseconds } };

	if (utimensat(tree->parent, name, times, AT_SYMLINK_NOFOLLOW))
		die_errno("cannot change the time of '%s'", tree->path);
}

static void write_data(struct tree *tree, struct tar *tar, int fd)
{
	for (size_t size; (size = tar_read(tar, tree->buffer, sizeof tree->buffer));) {
		if (size > tree->bytes_left)
			die("the archive unpacks to more than --max-size allows");
		tree->bytes_left -= size;
		progress_add(&tree->progress, size);
		for (size_t done = 0; done < size;) {
			ssize_t more = write(fd, tree->buffer + done, size - done);
			if (more < 0)
				die_errno("cannot write '%s'", tree->path);
			done += (size_t)more;
		}
	}
}

static void add_file(struct tree *tree, struct tar *tar, const char *name,
		     const struct tar_entry *entry)
{
	const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC | O_LARGEFILE;
	int fd = openat(tree->parent, name, flags, 0600);

	if (fd < 0 && errno == EEXIST) {
		replace(tree, name);
		fd = openat(tree->parent, name, flags, 0600);
	}
	if (fd < 0)
		refuse(tree->path);
	write_data(tree, tar, fd);
	set_owner(tree, fd, entry); /* first: it clears bits of the mode, and file capabilities */
	set_attributes(tree, fd, entry);
	if (fchmod(fd, find_mode(tree, entry)))
		die_errno("cannot change the mode of '%s'", tree->path);
	set_time(tree, name, entry);
	close(fd);
}

/* Those of user.* that lower layers gave it. */
static void remove_attributes(int fd)
{
	char names[4096];
	ssize_t length = flistxattr(fd, names, sizeof names);

	for (const char *name = names; length > 0 && name < names + length;
	     name += strlen(name) + 1)
		if (!strncmp(name, "user.", 5) && fremovexattr(fd, name))
			die_errno("cannot remove '%s' of a directory", name);
}

static void set_directory(struct tree *tree, uint64_t inode, const char *name, int fd,
			  const struct tar_entry *entry)
{
	if (fd < 0)
		refuse(tree->path);
	set_owner(tree, fd, entry);
	remove_attributes(fd);
	set_attributes(tree, fd, entry);
	struct table_row *row = table_add(&tree->table, inode, name);
	row->layer = tree->layer;
	row->mode = (uint16_t)(S_IFDIR | find_mode(tree, entry));
	row->seconds = entry->seconds;
	row->nanoseconds = entry->nanoseconds;
	close(fd);
}

/* A directory that is there stays, with what is in it, and without its attributes. */
static void add_directory(struct tree *tree, const char *name, const struct tar_entry *entry)
{
	bool made = !mkdirat(tree->parent, name, 0700);
	int fd = made || errno == EEXIST ? open_directory(tree->parent, name) : -1;

	if (fd < 0 && !made && (errno == ENOTDIR || errno == ELOOP)) {
		replace(tree, name);
		if (mkdirat(tree->parent, name, 0700))
			refuse(tree->path);
		fd = open_directory(tree->parent, name);
	}
	set_directory(tree, tree->parent_inode, name, fd, entry);
}

/* Only to a file: a second name of a link could lead elsewhere than the first. */
static void add_link(struct tree *tree, const char *name, const struct tar_entry *entry)
{
	struct kernel_statx status;
	char path[PATH_MAX + 1] = "";

	normalize(path, entry->target);
	char *slash = *path ? strrchr(path, '/') : path, *source = slash + 1;
	*slash = '\0';
	int parent = path_open(tree->root, *path ? path : "/", O_PATH | O_DIRECTORY,
			       KERNEL_RESOLVE_IN_ROOT);
	int fd = parent < 0 ? -1 : openat(parent, source, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || !path_stat(fd, "", KERNEL_STATX_TYPE, &status) || !S_ISREG(status.mode))
		die("'%s' in the archive is a hard link to '%s', which is no file before it",
		    tree->path, entry->target);
	if (find_inode(parent) == tree->parent_inode && !strcmp(source, name))
		die("'%s' in the archive is a hard link to itself", tree->path);
	if (linkat(parent, source, tree->parent, name, 0) && errno == EEXIST) {
		replace(tree, name);
		if (linkat(parent, source, tree->parent, name, 0))
			refuse(tree->path);
	}
	close(fd);
	close(parent);
}

/* Makes a symbolic link or a FIFO. Returns -1 and errno. */
static int make_node(const struct tree *tree, const char *name, const struct tar_entry *entry)
{
	if (entry->type == TAR_FIFO)
		return mkfifoat(tree->parent, name, entry->mode & 0777);
	return symlinkat(entry->target, tree->parent, name);
}

static void add_node(struct tree *tree, const char *name, const struct tar_entry *entry)
{
	if (make_node(tree, name, entry)) {
		if (errno == EEXIST)
			replace(tree, name);
		if (make_node(tree, name, entry))
			refuse(tree->path);
	}
	int fd = openat(tree->parent, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	set_owner(tree, fd, entry);
	set_attributes(tree, -1, entry);
	set_time(tree, name, entry);
	close(fd);
}

/* "." and the like: the root itself. */
static void add_root(struct tree *tree, const struct tar_entry *entry)
{
	if (entry->type != TAR_DIRECTORY)
		die("the archive has a root that is no directory: '%s'", entry->name);
	set_directory(tree, 0, "", open_directory(tree->root, "."), entry);
}

static void add_entry(struct tree *tree, struct tar *tar, const char *name,
		      const struct tar_entry *entry)
{
	switch (entry->type) {
	case TAR_FILE:
		add_file(tree, tar, name, entry);
		break;
	case TAR_DIRECTORY:
		add_directory(tree, name, entry);
		break;
	case TAR_LINK:
		add_link(tree, name, entry);
		break;
	case TAR_DEVICE: /* only the host's root can make one */
		replace(tree, name);
		tree->devices++;
		break;
	default:
		add_node(tree, name, entry);
	}
	if (entry->type != TAR_DIRECTORY)
		note(tree, name);
}

void tree_add(struct tree *tree, struct tar *tar, const struct tar_entry *entry)
{
	count_file(tree);
	normalize(tree->path, entry->name);
	if (!*tree->path) {
		add_root(tree, entry);
		return;
	}
	bool white = !strncmp(strrchr(tree->path, '/') + 1, whiteout, sizeof whiteout - 1);
	const char *name = open_parent(tree, !white);
	if (white)
		remove_lower(tree, name);
	else
		add_entry(tree, tar, name, entry);
}

static void need_directory(struct tree *tree, const char *name, uint16_t mode)
{
	if (mkdirat(tree->root, name, 0700)) {
		if (errno != EEXIST)
			refuse(name);
		return;
	}
	struct table_row *row = table_add(&tree->table, find_inode(tree->root), name);
	row->mode = S_IFDIR | mode;
	row->nanoseconds = UTIME_OMIT;
}

/* Gives the directory of the last level its mode and time. */
static void finish_directory(struct tree *tree)
{
	const struct tree_level *level = &tree->levels[tree->depth - 1];
	const struct table_row *row = level->row;
	const struct timespec times[] = { { .tv_nsec = UTIME_OMIT },
					  { row->seconds, row->nanoseconds } };

	if (fchmod(level->list.fd, row->mode & 07777) || futimens(level->list.fd, times))
		die_errno("cannot finish '%s'", level->name);
	leave(tree);
}

/* Goes into NAME if it is a directory of the archive. */
static void enter_made(struct tree *tree, const struct tree_level *level, const char *name)
{
	const struct table_row *row = table_find(&tree->table, level->inode, name);

	if (!row || !S_ISDIR(row->mode))
		return;
	int fd = open_directory(level->list.fd, name);
	if (fd >= 0)
		enter(tree, fd, name)->row = row;
	else if (errno != ENOTDIR && errno != ELOOP) /* it was replaced */
		die_errno("cannot finish '%s'", name);
}

/* What is in a directory is finished before it. */
void tree_finish(struct tree *tree, const char *working)
{
	need_directory(tree, "dev", 0755);
	need_directory(tree, "proc", 0555);
	need_directory(tree, "tmp", 01777);
	if (working)
		close(find_directory(tree, working, true));
	int root = open_directory(tree->root, ".");
	if (root < 0)
		die_errno("cannot finish the new directory");
	enter(tree, root, "/")->row = table_find(&tree->table, 0, "");
	while (tree->depth) {
		struct tree_level *level = &tree->levels[tree->depth - 1];
		const char *name = path_next(&level->list);
		if (name)
			enter_made(tree, level, name);
		else
			finish_directory(tree);
	}
}
