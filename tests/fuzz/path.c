/* SPDX-License-Identifier: ISC */
/* A walk ends at the file at which the kernel's own ends, and never goes through a link that was
 * planted: such links, and nothing else, lead to the directory "hidden". A walk beneath a root
 * stays there; when what it misses is made, it arrives where the kernel does. With:
 * core/linux/path.c core/base/text.c core/base/error.c core/base/filter.c */
#include "core/linux/path.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/fuzz/fuzz.h"

enum { LINKS = 6, STRANGER = 54321, STEPS = 64, PATHS = 4200 };

static int root = -1;

/* The caller is another user than the one that owns the tree. */
uid_t getuid(void)
{
	return STRANGER;
}

static void make_directory(const char *path, mode_t mode)
{
	REQUIRE(!mkdir(path, 0755) && !chmod(path, mode));
}

/* "d0/d1/d2" and "e0/e1" hold links, which each input makes anew. In "open", where all can write,
 * and whose links are the caller's, links are planted. Files are empty. */
static void make_tree(void)
{
	static const char *const directories[] = { "tree",	    "tree/d0", "tree/d0/d1",
						   "tree/d0/d1/d2", "tree/e0", "tree/e0/e1",
						   "tree/hidden" };

	for (size_t i = 0; i < sizeof directories / sizeof *directories; i++)
		make_directory(directories[i], 0755);
	make_directory("tree/open", 01777);
	fuzz_write("tree/file", "", 0, 0);
	fuzz_write("tree/hidden/file", "", 0, 0);
	REQUIRE(!symlink("../hidden", "tree/open/p0") &&
		!symlink("../hidden/file", "tree/open/p1"));
	if (!geteuid())
		REQUIRE(!lchown("tree/open/p0", STRANGER, STRANGER) &&
			!lchown("tree/open/p1", STRANGER, STRANGER));
	REQUIRE(!chdir("tree"));
	root = open(".", O_PATH | O_DIRECTORY);
}

/* Nobody but their owner may write in the directories with links. */
static void close_directories(mode_t mode)
{
	REQUIRE(!chmod("d0", mode) && !chmod("d0/d1", mode) && !chmod("e0", mode) &&
		!chmod(".", mode));
}

/* A letter of the input is a component, so that most paths lead somewhere. */
static const char *const components[] = {
	"d0", "d1", "d2", "e0", "e1", "..", ".",  "/",	"file", "open",
	"p0", "p1", "l0", "l1", "l2", "l3", "l4", "l5", "new",	"x",
};

static char *read_path(const char **at, const char *end)
{
	char *path = fuzz_take(PATHS + 300);
	size_t length = 0;

	while (*at < end && **at != '\n' && length < PATHS) {
		unsigned char letter = (unsigned char)*(*at)++;
		size_t kind = (letter - 'a') % (sizeof components / sizeof *components);
		if (letter == '*') { /* as long as a name can be, or a little longer */
			memset(path + length, 'y', 255);
			length += 255;
		} else if (letter == '+') {
			size_t more = length < PATHS / 2 ? length : 0;
			memcpy(path + length, path, more);
			length += more;
			continue;
		} else if (letter != '!') {
			strcpy(path + length, components[kind]);
			length += strlen(components[kind]);
		}
		if (*at < end && **at != '\n' && letter != '!')
			path[length++] = '/';
	}
	*at += *at < end;
	path[length] = '\0';
	return path;
}

static void make_links(const char **at, const char *end)
{
	static const char *const places[LINKS] = { "l0",    "d0/l1",	"d0/d1/l2",
						   "e0/l3", "e0/e1/l4", "l5" };

	for (int i = 0; i < LINKS; i++) {
		char *target = read_path(at, end);
		unlink(places[i]);
		if (*target && strlen(target) < PATH_MAX)
			REQUIRE(!symlink(target, places[i]));
	}
}

static bool is_same(int ours, int theirs)
{
	struct stat a, b;

	return !fstat(ours, &a) && !fstat(theirs, &b) && a.st_dev == b.st_dev &&
	       a.st_ino == b.st_ino;
}

static bool is_hidden(int fd)
{
	char link[32], path[PATH_MAX];

	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	ssize_t length = readlink(link, path, sizeof path - 1);
	path[length > 0 ? length : 0] = '\0';
	return strstr(path, "/hidden");
}

static int open_kernel(int dir, const char *path, uint64_t resolve)
{
	struct kernel_open_how how = { .flags = O_PATH | O_CLOEXEC, .resolve = resolve };
	long fd;

	do /* a rename somewhere makes the kernel unsure about ".." */
		fd = syscall(SYS_openat2, dir, path, &how, sizeof how);
	while (fd < 0 && errno == EAGAIN);
	return (int)fd;
}

static void close_both(int one, int other)
{
	if (one >= 0)
		close(one);
	if (other >= 0)
		close(other);
}

static void check_source(const char *path)
{
	int ours = path_open_source(path), error = errno;
	int theirs = open_kernel(AT_FDCWD, path, 0), reason = errno;

	if (ours >= 0) /* "FILE/" through a link is the file */
		REQUIRE((theirs >= 0 ? is_same(ours, theirs) : reason == ENOTDIR) &&
			!is_hidden(ours));
	else if (theirs >= 0) /* too long with its links written out, or one of them is planted */
		REQUIRE(error == ENAMETOOLONG || error == ELOOP || error == EPERM);
	else
		REQUIRE(error == reason || error == ENAMETOOLONG || error == EPERM ||
			error == ELOOP);
	close_both(ours, theirs);
	int direct = open_kernel(AT_FDCWD, path, KERNEL_RESOLVE_NO_SYMLINKS);
	if (direct >= 0)
		REQUIRE(ours >= 0);
	close_both(direct, -1);
}

/* Whether the directory is the root, or below it. */
static bool is_inside(int fd)
{
	int above, tries = 2 * STEPS;

	for (fd = dup(fd); fd >= 0 && tries--; fd = above) {
		if (is_same(fd, root)) {
			close(fd);
			return true;
		}
		above = openat(fd, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
		close(fd);
	}
	return false;
}

static void check_missing(const struct path_missing *missing)
{
	REQUIRE(*missing->name && !strchr(missing->name, '/') && strlen(missing->name) <= NAME_MAX);
	REQUIRE(is_inside(missing->parent));
}

struct made {
	struct path_missing directory[STEPS];
	size_t count;
};

/* Makes what is missing. */
static int find_all(const char *path, struct made *made)
{
	struct path_missing missing;
	int fd = path_find(root, path, &missing);

	while (fd < 0 && missing.parent >= 0 && made->count < STEPS) {
		check_missing(&missing);
		if (mkdirat(missing.parent, missing.name, 0755))
			break;
		made->directory[made->count++] = missing;
		fd = path_find_on(root, path, &missing);
	}
	if (fd < 0 && missing.parent >= 0)
		close(missing.parent);
	return fd;
}

static void remove_made(struct made *made)
{
	while (made->count) {
		struct path_missing *last = &made->directory[--made->count];
		REQUIRE(!unlinkat(last->parent, last->name, AT_REMOVEDIR));
		close(last->parent);
	}
}

static void check_target(char *path)
{
	static struct made made;
	int before = open_kernel(root, path, KERNEL_RESOLVE_IN_ROOT);
	int fd = find_all(path, &made);

	if (before >=
	    0) /* or others rename all the time, and the kernel is never sure about ".." */
		REQUIRE(fd >= 0 ? !made.count && is_same(fd, before) : errno == EAGAIN);
	if (fd >= 0) {
		int after = open_kernel(root, path, KERNEL_RESOLVE_IN_ROOT);
		REQUIRE(after >= 0 && is_same(fd, after));
		close(after);
	}
	close_both(fd, before);
	remove_made(&made);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *at = (const char *)data, *end = at + size;

	fuzz_begin();
	if (root < 0)
		make_tree();
	close_directories(0755);
	make_links(&at, end);
	char *source = read_path(&at, end), *target = read_path(&at, end);
	char *absolute = fuzz_take(strlen(target) + 2);
	absolute[0] = '/';
	strcpy(absolute + 1, target);
	check_target(absolute);
	close_directories(0555);
	check_source(source);
	/* A walk that is refused leaves a descriptor open. */
	syscall(SYS_close_range, (unsigned)root + 1, ~0U, 0U);
	close_directories(0755);
	return 0;
}
