/* SPDX-License-Identifier: ISC */
/*
 * Id maps: what the user namespace of an instance makes of uids and gids.
 */
#include "core/idmap.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/error.h"
#include "core/kernel.h"
#include "core/path.h"
#include "core/privilege.h"

/* Why it is safe with privilege: the lookup starts at a descriptor known to
 * be procfs, crosses no mount and no link, and the name is not a user's. */
static void write_file(int proc, const char *pid, const char *name, const char *content)
{
	char path[64];
	size_t length = strlen(content);

	snprintf(path, sizeof path, "%s/%s", pid, name);
	int fd = path_open(proc, path, O_WRONLY,
			   KERNEL_RESOLVE_NO_SYMLINKS | KERNEL_RESOLVE_NO_XDEV);
	if (fd < 0 && errno == EROFS)
		die_hint(EXIT_SELFDOCK, "no instance starts inside one that root started",
			 "cannot write the instance's '/proc/%s'", path);
	if (fd < 0)
		die_errno("cannot open the instance's '/proc/%s'", path);
	if (write(fd, content, length) != (ssize_t)length) {
		if (errno == EPERM && privilege_uid() == 0)
			die_hint(EXIT_SELFDOCK, "uid 0 can be mapped only with CAP_SETFCAP",
				 "cannot write the instance's '/proc/%s'", path);
		die_errno("cannot write the instance's '/proc/%s'", path);
	}
	close(fd);
}

void idmap_write(int proc, const char *pid, bool identity)
{
	char uid_map[64] = "0 0 4294967295", gid_map[64] = "0 0 4294967295";

	if (!identity) {
		unsigned uid = privilege_uid(), gid = privilege_gid();
		snprintf(uid_map, sizeof uid_map, "%u %u 1", uid, uid);
		snprintf(gid_map, sizeof gid_map, "%u %u 1", gid, gid);
		write_file(proc, pid, "setgroups", "deny");
	}
	write_file(proc, pid, "uid_map", uid_map);
	write_file(proc, pid, "gid_map", gid_map);
}
