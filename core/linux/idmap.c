/* SPDX-License-Identifier: ISC */
/*
 * Id maps: what the user namespace of an instance makes of uids and gids.
 */
#include "core/linux/idmap.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/linux/kernel.h"
#include "core/linux/path.h"
#include "core/linux/privilege.h"
#include "core/linux/procfs.h"

static const char no_nesting[] = "no instance starts inside one of root's or with --proc host";

/* Why it is safe with privilege: the lookup starts at a descriptor known to
 * be procfs, crosses no mount and no link, and the name is not a user's. */
static int open_file(int proc, const char *pid, const char *name)
{
	char path[64];

	text_format(path, sizeof path, "%s/%s", pid, name);
	int fd = path_open(proc, path, O_WRONLY, PATH_DIRECT);
	if (fd < 0)
		die_hint(EXIT_SELFDOCK, errno == EROFS ? no_nesting : NULL,
			 "cannot write the instance's '/proc/%s'", path);
	return fd;
}

static void deny_setgroups(int proc, const char *pid)
{
	const char *name = "setgroups";
	int fd = open_file(proc, pid, name);

	if (write(fd, "deny", 4) != 4)
		die_errno("cannot write the instance's %s", name);
	close(fd);
}

enum { MAP_SIZE = 80 };

/* The identity in two parts, the first of which ends with the caller's ID, as /proc shows
 * it. Only root can write more than one id, so this says for whom root wrote it. */
static void format_identity(char map[MAP_SIZE], unsigned id)
{
	text_format(map, MAP_SIZE, "%10u %10u %10u\n%10u %10u %10u\n", 0U, 0U, id + 1, id + 1,
		    id + 1, UINT32_MAX - (id + 1));
}

/* In a user namespace that lacks some ids, such as a rootless container's, the
 * kernel refuses the whole range: then the caller's id alone will do. */
static void write_map(int proc, const char *pid, const char *name, unsigned id, bool identity)
{
	char all[MAP_SIZE], one[40];
	int fd = open_file(proc, pid, name);

	format_identity(all, id);
	text_format(one, sizeof one, "%u %u 1\n", id, id);
	if ((!identity || write(fd, all, strlen(all)) < 0) && write(fd, one, strlen(one)) < 0)
		die_errno("cannot write the instance's %s", name);
	close(fd);
}

static bool map_names(int proc, const char *process, const char *name, unsigned id)
{
	char path[32], wanted[MAP_SIZE], map[256];

	text_format(path, sizeof path, "%s/%s", process, name);
	format_identity(wanted, id);
	return procfs_read_text(proc, path, map, sizeof map) > 0 && !strcmp(map, wanted);
}

bool idmap_names_caller(int proc, const char *process)
{
	return map_names(proc, process, "uid_map", privilege_uid()) &&
	       map_names(proc, process, "gid_map", privilege_gid());
}

void idmap_write(int proc, const char *pid, bool identity)
{
	if (!identity)
		deny_setgroups(proc, pid);
	write_map(proc, pid, "uid_map", privilege_uid(), identity);
	write_map(proc, pid, "gid_map", privilege_gid(), identity);
}
