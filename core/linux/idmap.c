/* SPDX-License-Identifier: ISC */
/*
 * Id maps: the uids and gids of an instance's user namespace.
 */
#include "core/linux/idmap.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "core/base/text.h"
#include "core/linux/kernel.h"
#include "core/linux/path.h"
#include "core/linux/privilege.h"
#include "core/linux/procfs.h"

/* Writes TEXT or, if that fails, OTHER. Safe with privilege: the lookup starts at a descriptor
 * known to be a procfs and crosses no mount and no link, and no user chose the name. */
static bool write_file(int proc, const char *process, const char *name, const char *text,
		       const char *other)
{
	char path[64];

	text_format(path, sizeof path, "%s/%s", process, name);
	int fd = path_open(proc, path, O_WRONLY, PATH_DIRECT);
	if (fd < 0 || (write(fd, text, strlen(text)) < 0 && write(fd, other, strlen(other)) < 0))
		return false;
	close(fd);
	return true;
}

enum { MAP_SIZE = 80 };

/* The identity map in two parts, as /proc shows it. The first part ends with the caller's ID. Only
 * root can write more than one id, so the map says for whom root wrote it. */
static void format_identity(char map[MAP_SIZE], unsigned id)
{
	text_format(map, MAP_SIZE, "%10u %10u %10u\n%10u %10u %10u\n", 0U, 0U, id + 1, id + 1,
		    id + 1, UINT32_MAX - (id + 1));
}

/* A user namespace may lack some ids, such as that of a rootless container. Then the kernel refuses
 * the whole range, and the caller's id alone is mapped. */
static bool write_map(int proc, const char *process, const char *name, unsigned id, enum idmap map)
{
	char all[MAP_SIZE], one[40];

	format_identity(all, id);
	text_format(one, sizeof one, "%u %u 1\n", map == IDMAP_ROOT ? 0 : id, id);
	return write_file(proc, process, name, map == IDMAP_IDENTITY ? all : one, one);
}

static bool map_is(int proc, const char *process, const char *name, const char *wanted)
{
	char path[32], map[256];

	text_format(path, sizeof path, "%s/%s", process, name);
	return procfs_read_text(proc, path, map, sizeof map) > 0 && !strcmp(map, wanted);
}

static bool map_names(int proc, const char *process, const char *name, unsigned id)
{
	char wanted[MAP_SIZE];

	format_identity(wanted, id);
	return map_is(proc, process, name, wanted);
}

bool idmap_names_caller(int proc, const char *process)
{
	return map_names(proc, process, "uid_map", privilege_uid()) &&
	       map_names(proc, process, "gid_map", privilege_gid());
}

bool idmap_shows_root(int proc, const char *process)
{
	char wanted[MAP_SIZE];

	text_format(wanted, sizeof wanted, "%10u %10u %10u\n", 0U, (unsigned)privilege_uid(), 1U);
	return map_is(proc, process, "uid_map", wanted);
}

bool idmap_write(int proc, const char *process, enum idmap map)
{
	return (map == IDMAP_IDENTITY || write_file(proc, process, "setgroups", "deny", "deny")) &&
	       write_map(proc, process, "uid_map", privilege_uid(), map) &&
	       write_map(proc, process, "gid_map", privilege_gid(), map);
}
