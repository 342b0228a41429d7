/* SPDX-License-Identifier: ISC */
/*
 * Id maps: what the user namespace of an instance makes of uids and gids.
 */
#include "core/idmap.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "core/error.h"
#include "core/kernel.h"
#include "core/path.h"
#include "core/privilege.h"
#include "core/procfs.h"
#include "core/text.h"

/* Why it is safe with privilege: the lookup starts at a descriptor known to
 * be procfs, crosses no mount and no link, and the name is not a user's. */
static int open_file(int proc, const char *pid, const char *name)
{
	char path[64];

	text_format(path, sizeof path, "%s/%s", pid, name);
	int fd = path_open(proc, path, O_WRONLY,
			   KERNEL_RESOLVE_NO_SYMLINKS | KERNEL_RESOLVE_NO_XDEV);
	if (fd < 0 && errno == EROFS)
		die_hint(EXIT_SELFDOCK,
			 "no instance starts inside one of root's or with --proc host",
			 "cannot write the instance's '/proc/%s'", path);
	if (fd < 0)
		die_errno("cannot open the instance's '/proc/%s'", path);
	return fd;
}

static void deny_setgroups(int proc, const char *pid)
{
	int fd = open_file(proc, pid, "setgroups");

	if (write(fd, "deny", 4) != 4)
		die_errno("cannot write the instance's setgroups");
	close(fd);
}

/* In a user namespace that lacks some ids, such as a rootless container's, the
 * kernel refuses the whole range: then the caller's id alone will do. The range is
 * in two halves, which only root can write so: see idmap_is_ours. */
static void write_map(int proc, const char *pid, const char *name, unsigned id, bool identity)
{
	static const char all[] = "0 0 2147483648\n2147483648 2147483648 2147483647\n";
	char one[40];
	int fd = open_file(proc, pid, name);

	text_format(one, sizeof one, "%u %u 1\n", id, id);
	if (!identity || write(fd, all, sizeof all - 1) < 0)
		if (write(fd, one, strlen(one)) < 0)
			die_errno("cannot write the instance's %s", name);
	close(fd);
}

bool idmap_is_ours(int proc, const char *process)
{
	static const unsigned long halves[] = {
		0, 0, 2147483648, 2147483648, 2147483648, 2147483647
	};
	char path[32], text[256];

	text_format(path, sizeof path, "%s/uid_map", process);
	if (procfs_read_text(proc, path, text, sizeof text) < 0)
		return false;
	const char *rest = text;
	for (size_t i = 0; i < sizeof halves / sizeof *halves; i++)
		if (text_number(rest, &rest, 10) != halves[i])
			return false;
	return !strcmp(rest, "\n");
}

void idmap_write(int proc, const char *pid, bool identity)
{
	if (!identity)
		deny_setgroups(proc, pid);
	write_map(proc, pid, "uid_map", privilege_uid(), identity);
	write_map(proc, pid, "gid_map", privilege_gid(), identity);
}
