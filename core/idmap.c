/* SPDX-License-Identifier: ISC */
/*
 * Id maps: what the user namespace of an instance makes of uids and gids.
 */
#include "core/idmap.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/error.h"
#include "core/kernel.h"
#include "core/path.h"
#include "core/privilege.h"

/* Room for the 340 lines that the kernel allows a map to have. */
enum { MAP = 340 * 36 };

/* A map that gives each id of our own namespace, which need not be the
 * initial one, the same number in the new one. */
static void read_identity(int proc, const char *name, char map[MAP])
{
	static char own[MAP];
	char path[32];
	int used = 0;

	snprintf(path, sizeof path, "self/%s", name);
	int fd = path_open(proc, path, O_RDONLY, KERNEL_RESOLVE_NO_XDEV);
	ssize_t filled = fd < 0 ? -1 : read(fd, own, sizeof own - 1);
	if (filled < 0)
		die_errno("cannot read '/proc/%s'", path);
	own[filled] = '\0';
	close(fd);
	/* "INSIDE OUTSIDE COUNT" on each line */
	for (char *at = own, *end = own; *at; at = end + strspn(end, " \n")) {
		unsigned long inside = strtoul(at, &end, 10);
		strtoul(end, &end, 10);
		used += snprintf(map + used, (size_t)(MAP - used), "%lu %lu %lu\n", inside, inside,
				 strtoul(end, &end, 10));
	}
}

/* Why it is safe with privilege: the lookup starts at a descriptor known to
 * be procfs, crosses no mount and no link, and the name is not a user's. */
static int open_file(int proc, const char *pid, const char *name)
{
	char path[64];

	snprintf(path, sizeof path, "%s/%s", pid, name);
	int fd = path_open(proc, path, O_WRONLY,
			   KERNEL_RESOLVE_NO_SYMLINKS | KERNEL_RESOLVE_NO_XDEV);
	if (fd < 0 && errno == EROFS)
		die_hint(EXIT_SELFDOCK, "no instance starts inside one that root started",
			 "cannot write the instance's '/proc/%s'", path);
	if (fd < 0)
		die_errno("cannot open the instance's '/proc/%s'", path);
	return fd;
}

static void write_file(int fd, const char *name, const char *content)
{
	if (write(fd, content, strlen(content)) != (ssize_t)strlen(content))
		die_errno("cannot write the instance's %s", name);
	close(fd);
}

static void write_identity(int proc, const char *pid, const char *name)
{
	static const char all[] = "0 0 4294967295\n";
	static char map[MAP];
	int fd = open_file(proc, pid, name);

	if (write(fd, all, sizeof all - 1) == sizeof all - 1) {
		close(fd);
		return;
	}
	if (errno != EPERM)
		die_errno("cannot write the instance's %s", name);
	read_identity(proc, name, map);
	write_file(fd, name, map);
}

static void write_single(int proc, const char *pid, const char *name, unsigned id)
{
	char map[40];

	snprintf(map, sizeof map, "%u %u 1\n", id, id);
	write_file(open_file(proc, pid, name), name, map);
}

void idmap_write(int proc, const char *pid, bool identity)
{
	if (identity) {
		write_identity(proc, pid, "uid_map");
		write_identity(proc, pid, "gid_map");
		return;
	}
	write_file(open_file(proc, pid, "setgroups"), "setgroups", "deny");
	write_single(proc, pid, "uid_map", privilege_uid());
	write_single(proc, pid, "gid_map", privilege_gid());
}
