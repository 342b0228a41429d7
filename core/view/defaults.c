/* SPDX-License-Identifier: ISC */
/*
 * Defaults: what a program needs of the host's root file system although no option names it. It is
 * shown on every machine alike, also where it is on a mount of its own and would be covered, or
 * where /tmp would hide it.
 */
#include "core/view/defaults.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/base/error.h"
#include "core/linux/path.h"
#include "core/linux/procfs.h"

const char defaults_other[] = "something else is there";

static const char resolver[] = "/etc/resolv.conf";

/* If the resolver's file is a link into one of these, the directory is shown: their services put a
 * new file into the place of the old one, and a mount of the file would keep the old one. All else
 * in /run stays covered. SECURITY.md names the sockets that become reachable. */
static const char resolvers[][24] = {
	"/run/systemd/resolve",			  /* systemd-resolved */
	"/run/NetworkManager", "/run/resolvconf", /* resolvconf and openresolv */
};

/* NixOS: PATH and much of /etc lead through these links of root's to the store. They are made anew
 * with the same text. */
static const char links[DEFAULTS_LINKS][24] = { "/run/current-system", "/run/booted-system" };

bool defaults_is_system(const char *path)
{
	static const char parts[][8] = { "/usr", "/etc", "/bin", "/sbin", "/opt", "/nix", "/gnu" };

	if (!strncmp(path, "/lib", 4))
		return true;
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		if (path_is_within(path, parts[i]))
			return true;
	return false;
}

/* Whether what is at PATH, on the mount MOUNT, is seen in the instance anyway, or what the instance
 * has in its own /proc. ROOT is the mount of the root file system. */
static bool is_seen(const char *path, uint64_t mount, uint64_t root)
{
	bool hidden = path_is_within(path, "/tmp") || path_is_within(path, "/dev");

	return (mount == root && !hidden) || defaults_is_system(path) ||
	       path_is_beneath(path, "/proc");
}

static void add(struct defaults *defaults, enum plan_kind kind, const char *source,
		const char *target, int fd)
{
	defaults->sources[defaults->count] = fd;
	defaults->binds[defaults->count++] =
		(struct plan_bind){ .kind = kind, .source = source, .target = target };
}

/* Reads the link at PATH. Returns false if there is none. A filter that refuses the call ends the
 * start, since what was hidden would stay hidden. */
static bool read_link(const char *path, char text[PATH_MAX])
{
	ssize_t length = readlinkat(AT_FDCWD, path, text, PATH_MAX - 1);

	if (length < 0 && (errno == EPERM || errno == ENOSYS))
		die_errno("cannot read the link '%s'", path);
	if (length <= 0) /* and no page of the buffer is touched */
		return false;
	text[length] = '\0';
	return true;
}

/* Opens what the resolver's link leads to, and notes its path. Returns -1 if there is no link, or
 * no file that the caller may follow it to. */
static int open_resolver(struct defaults *defaults, int proc)
{
	char *path = defaults->resolver;
	int fd = read_link(resolver, path) ? path_open_source(resolver) : -1;

	if (fd < 0)
		return -1;
	if (procfs_read_path(proc, fd, path) && path_identify_mount(fd).type == S_IFREG)
		return fd;
	close(fd);
	return -1;
}

/* Whether an option is at PATH. */
static bool is_taken(const struct plan *plan, const char *path)
{
	for (size_t i = 0; i < plan->bind_count; i++)
		if (plan->binds[i].target && !strcmp(plan->binds[i].target, path))
			return true;
	return false;
}

/* If names are looked up in a file that would be hidden, shows it, or the directory of its service.
 * Not where an option is to be: on a file of the service it would last until that is replaced, and
 * then show what it hides. */
static void find_resolver(struct defaults *defaults, const struct plan *plan, uint64_t root,
			  int proc)
{
	const char *path = defaults->resolver;
	int file = open_resolver(defaults, proc);

	if (file < 0 || is_seen(path, path_identify_mount(file).mount, root) ||
	    is_taken(plan, resolver) || is_taken(plan, path))
		return;
	for (size_t i = 0; i < sizeof resolvers / sizeof *resolvers; i++) {
		if (!path_is_beneath(path, resolvers[i]))
			continue;
		add(defaults, PLAN_MAP, resolvers[i], resolvers[i], -1);
		add(defaults, PLAN_LINK, path, resolver, -1); /* for a link on the way to it */
		return;
	}
	add(defaults, PLAN_MAP, resolver, resolver, file);
}

/* Where there is no first link, no second one is looked for. */
static void find_links(struct defaults *defaults, uint64_t root)
{
	for (size_t i = 0; i < DEFAULTS_LINKS && read_link(links[i], defaults->texts[i]); i++) {
		int fd = path_open(AT_FDCWD, links[i], O_PATH | O_NOFOLLOW, 0);
		if (fd < 0)
			return;
		if (path_identify_mount(fd).mount != root)
			add(defaults, PLAN_LINK, defaults->texts[i], links[i], -1);
		close(fd);
	}
}

/* Reads the path of the caller's working directory. It is "" if that was deleted or is out of
 * reach, and the plan does not need it. */
static void read_cwd(struct defaults *defaults, const struct plan *plan)
{
	const char *directory = plan->directory;
	bool needed = plan->shows_cwd || (directory ? *directory != '/' : plan_shows_host(plan));

	/* getcwd(3) would link more of the allocator. */
	long length = syscall(SYS_getcwd, defaults->cwd, sizeof defaults->cwd);
	if (length > 0 && *defaults->cwd == '/')
		return;
	if (needed && length < 0 && errno != ENOENT)
		die_errno("cannot tell the working directory");
	if (needed)
		die("the working directory was deleted or is out of reach; -C / starts in '/'");
	*defaults->cwd = '\0';
}

bool defaults_is_closed(const char *path)
{
	static const char places[][12] = { "/run/user", "/proc", "/sys", "/dev" };

	if (path_is_within(path, "/dev/shm"))
		return false;
	for (size_t i = 0; i < sizeof places / sizeof *places; i++)
		if (path_is_within(path, places[i]))
			return true;
	return !strcmp(path, "/run");
}

_Noreturn void defaults_refuse(const struct defaults *defaults, const char *why)
{
	die("cannot start in '%s': %s; -C / starts in '/'", defaults->cwd,
	    why ? why : strerror(errno));
}

/* Opens the working directory if it is at its path for the caller. Returns -1 and errno if it is
 * not: ESTALE if something else is there. */
static int open_cwd(const struct defaults *defaults)
{
	int fd = path_open(AT_FDCWD, defaults->cwd, O_PATH | O_DIRECTORY, 0);

	if (fd < 0)
		return -1;
	struct path_identity is = path_identify(fd), wanted = defaults->wanted;
	if (is.mount == wanted.mount && is.device == wanted.device && is.inode == wanted.inode)
		return fd;
	close(fd);
	errno = ESTALE;
	return -1;
}

/* In "/", /tmp and /dev/shm the program starts in what the instance has there. */
static void find_cwd(struct defaults *defaults, const struct plan *plan, uint64_t root)
{
	const char *cwd = defaults->cwd;
	int fd = -1;

	if (!cwd[0] || !cwd[1] || !strcmp(cwd, "/tmp") || !strcmp(cwd, "/dev/shm"))
		return;
	if (defaults_is_closed(cwd)) {
		if (!plan->directory)
			defaults_refuse(defaults, "it belongs to the running machine");
		return;
	}
	bool known = path_find_identity(".", &defaults->wanted);
	bool seen = known && is_seen(cwd, defaults->wanted.mount, root);
	if (known && !seen)
		fd = open_cwd(defaults);
	if (!seen && fd < 0 && !plan->directory)
		defaults_refuse(defaults, errno == ESTALE ? defaults_other : NULL);
	if (fd >= 0 && !plan->shows_cwd)
		add(defaults, plan->writable ? PLAN_VOL : PLAN_MAP, cwd, cwd, fd);
}

void defaults_find(struct defaults *defaults, const struct plan *plan, int proc)
{
	struct path_identity root;

	read_cwd(defaults, plan);
	if (!plan_shows_host(plan))
		return;
	if (!path_find_identity("/", &root))
		die_errno("cannot open the root file system");
	if (!plan->netns)
		find_resolver(defaults, plan, root.mount, proc);
	find_links(defaults, root.mount);
	find_cwd(defaults, plan, root.mount);
}
