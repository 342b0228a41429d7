/* SPDX-License-Identifier: ISC */
/*
 * The place of a new directory. It appears whole or not at all: in the meantime all of it is in a
 * directory beside it that nobody else can open, and whose name tells which process it is of.
 */
#include "core/image/place.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/linux/kernel.h"
#include "core/linux/path.h"
#include "core/linux/privilege.h"
#include "core/linux/procfs.h"

static const char infix[] = ".partial.", suffix[] = ".args";

/* The digits of a pid and what may follow; how many names are tried. */
enum { PID_MAX = 13, TRIES = 99 };

/* Sets the absolute path of what was TYPED, and opens its directory. */
static void find_path(struct place *place, int proc, const char *typed)
{
	size_t length = strlen(typed), end;
	char directory[PATH_MAX];

	while (length > 1 && typed[length - 1] == '/')
		length--;
	for (end = length; end && typed[end - 1] != '/'; end--)
		;
	if (length - end + sizeof infix + PID_MAX > NAME_MAX || end >= sizeof directory)
		die("the name '%s' is too long", typed);
	text_format(directory, sizeof directory, "%.*s", (int)end, typed);
	place->parent = path_open(AT_FDCWD, end ? directory : ".", O_RDONLY | O_DIRECTORY, 0);
	if (place->parent < 0 || !procfs_read_path(proc, place->parent, directory))
		die_errno("cannot make '%s': cannot open its directory", typed);
	size_t size =
		text_format(place->path, sizeof place->path, "%s%s%.*s", directory,
			    strcmp(directory, "/") ? "/" : "", (int)(length - end), typed + end);
	if (size >= sizeof place->path || strchr(place->path, '\n'))
		die("the path of '%s' is too long, or has a newline in it", typed);
	place->name = strrchr(place->path, '/') + 1;
}

/* Says what others have left, unless they still run. */
static void look_for_rests(const struct place *place)
{
	size_t length = strlen(place->name);
	struct path_listing list = { .fd = place->parent };
	const char *end;

	for (const char *name; (name = path_next(&list));) {
		if (strncmp(name, place->name, length) ||
		    strncmp(name + length, infix, sizeof infix - 1))
			continue;
		pid_t pid = (pid_t)text_number(name + length + sizeof infix - 1, &end, 10);
		bool runs = pid != getpid() && (!kill(pid, 0) || errno != ESRCH);
		if ((!*end || *end == '.') && pid > 0 && !runs)
			warn("'%.*s%s' was left by an unpack that was killed: 'chmod -R u+rwx' and "
			     "'rm -r' remove it",
			     (int)(place->name - place->path), place->path, name);
	}
}

static bool exists(const struct place *place, const char *end)
{
	char name[NAME_MAX + sizeof suffix];

	text_format(name, sizeof name, "%s%s", place->name, end);
	int fd = openat(place->parent, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/* In another pid namespace, or later, another process may have had the same pid. */
static bool make_partial(struct place *place)
{
	bool made = false;

	for (int i = 0; !made && i < TRIES; i++) {
		size_t length = text_format(place->partial_name, sizeof place->partial_name,
					    "%s%s%d", place->name, infix, getpid());
		if (i)
			text_format(place->partial_name + length,
				    sizeof place->partial_name - length, ".%d", i);
		made = !mkdirat(place->parent, place->partial_name, 0700);
		if (!made && errno != EEXIST)
			break;
	}
	return made;
}

/* Whether the directory is the caller's, closed to others, and empty. Who can write to the
 * directory that it is in can put another one in its place, but none that is so and holds
 * something. */
static bool is_closed(int fd)
{
	struct path_listing list = { .fd = fd };

	if (fd < 0)
		return false;
	struct path_identity is = path_identify(fd);
	return is.uid == privilege_uid() && is.mode == 0700 && !path_next(&list);
}

void place_make(struct place *place, int proc, const char *typed)
{
	if (!*typed)
		die("'' is no name of a directory");
	find_path(place, proc, typed);
	if (!*place->name || exists(place, ""))
		die("'%s' exists: name a new directory", typed);
	if (exists(place, suffix))
		die("'%s%s' exists: remove it, or name another directory", typed, suffix);
	look_for_rests(place);
	if (!make_partial(place))
		die_errno("cannot make '%s'", typed);
	place->partial = path_open(place->parent, place->partial_name, O_RDONLY | O_DIRECTORY,
				   KERNEL_RESOLVE_NO_SYMLINKS);
	if (!is_closed(place->partial))
		die("cannot make '%s': another user can change its directory, and did", typed);
	if (mkdirat(place->partial, "tree", 0700)) {
		int error = errno;
		place_remove(place);
		errno = error;
		die_errno("cannot make '%s'", typed);
	}
}

int place_make_file(const struct place *place, const char *name)
{
	return openat(place->partial, name,
		      O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC | O_LARGEFILE, 0755);
}

/* Renames, and replaces nothing. Not every file system can do that in one step: there a file gets
 * a second name, and a new directory is what is replaced. */
static bool rename_new(const struct place *place, const char *from, const char *to, bool directory)
{
	if (!syscall(SYS_renameat2, place->partial, from, place->parent, to,
		     KERNEL_RENAME_NOREPLACE))
		return true;
	if (errno != EINVAL)
		return false;
	if (!directory)
		return !linkat(place->partial, from, place->parent, to, 0);
	if (mkdirat(place->parent, to, 0700))
		return false;
	if (!syscall(SYS_renameat2, place->partial, from, place->parent, to, 0))
		return true;
	int error = errno;
	unlinkat(place->parent, to, AT_REMOVEDIR);
	errno = error;
	return false;
}

/* Nobody may give another parent to a directory that he cannot write to. */
static bool rename_tree(const struct place *place)
{
	struct kernel_statx status;
	int tree = openat(place->partial, "tree", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (tree < 0 || !path_stat(tree, "", KERNEL_STATX_BASIC, &status))
		return false;
	close(tree);
	if (fchmodat(place->partial, "tree", 0700, 0))
		return false;
	tree = openat(place->partial, "tree", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return tree >= 0 && rename_new(place, "tree", place->name, true) &&
	       !fchmod(tree, status.mode & 07777U);
}

bool place_finish(const struct place *place, bool arguments)
{
	char name[NAME_MAX + sizeof suffix];

	text_format(name, sizeof name, "%s%s", place->name, suffix);
	if (arguments && !rename_new(place, "args", name, false))
		return false;
	if (rename_tree(place))
		return true;
	int error = errno;
	if (arguments)
		unlinkat(place->parent, name, 0);
	errno = error;
	return false;
}

/* Removes NAME in DIRECTORY. A directory must be empty, or goes to TOP under a new name: then no
 * depth is too large. Returns whether something changed. */
static bool remove_or_move(int directory, const char *name, int top, unsigned *count)
{
	char moved[16];

	if (!unlinkat(directory, name, 0) || !unlinkat(directory, name, AT_REMOVEDIR))
		return true;
	if (directory == top)
		return false;
	/* Nobody may move a directory that he cannot write to. */
	text_format(moved, sizeof moved, "%u", ++*count);
	return !fchmodat(directory, name, 0700, 0) &&
	       !syscall(SYS_renameat2, directory, name, top, moved, 0);
}

/* Empties NAME in TOP, and removes it. */
static bool remove_directory(int top, const char *name, unsigned *count)
{
	bool changed = false;

	if (fchmodat(top, name, 0700, 0))
		return false;
	struct path_listing list = {
		.fd = openat(top, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
	};
	if (list.fd < 0)
		return false;
	for (const char *entry; (entry = path_next(&list));)
		changed = remove_or_move(list.fd, entry, top, count) || changed;
	close(list.fd);
	return !unlinkat(top, name, AT_REMOVEDIR) || changed;
}

void place_remove(const struct place *place)
{
	unsigned count = 0;
	bool changed = true;

	for (bool found = true; found && changed;) {
		struct path_listing list = { .fd = openat(place->partial, ".",
							  O_RDONLY | O_DIRECTORY | O_CLOEXEC) };
		found = changed = false;
		for (const char *name; list.fd >= 0 && (name = path_next(&list));) {
			found = true;
			changed = remove_or_move(place->partial, name, place->partial, &count) ||
				  remove_directory(place->partial, name, &count) || changed;
		}
		close(list.fd);
	}
	if (unlinkat(place->parent, place->partial_name, AT_REMOVEDIR))
		warn("cannot remove all of '%.*s%s': %s", (int)(place->name - place->path),
		     place->path, place->partial_name, strerror(errno));
}
