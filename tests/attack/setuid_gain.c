/* SPDX-License-Identifier: ISC */
/*
 * setuid_gain UID GID SECRET: as a set-user-ID program of root's whose code is the attacker's.
 * Prints what it has beyond these ids, what it could do about that, and what is in the file SECRET
 * if that can be read; and at the end "ran".
 */
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/linux/kernel.h"

static void gained(int gain, const char *what)
{
	if (gain)
		printf("GAINED: %s\n", what);
}

int main(int argc, char **argv)
{
	struct kernel_cap_header header = { KERNEL_CAPABILITY_VERSION_3, 0 };
	struct kernel_cap_data data[2] = { { 0, 0, 0 }, { 0, 0, 0 } };
	uid_t uid = argc > 1 ? (uid_t)strtoul(argv[1], NULL, 10) : 0, uids[3];
	gid_t gid = argc > 2 ? (gid_t)strtoul(argv[2], NULL, 10) : 0, gids[3];
	char text[64] = "";

	getresuid(&uids[0], &uids[1], &uids[2]);
	getresgid(&gids[0], &gids[1], &gids[2]);
	for (int i = 0; i < 3; i++) {
		gained(uids[i] != uid, "a uid");
		gained(gids[i] != gid, "a gid");
	}
	syscall(SYS_capget, &header, data);
	for (int i = 0; i < 2; i++)
		gained(data[i].permitted || data[i].effective, "a capability");
	/* Where the caller is root inside, these change nothing. */
	gained(uid && !setresuid(0, 0, 0), "the uid of root");
	gained(gid && !setresgid(0, 0, 0), "the gid of root");
	gained(!setgroups(0, NULL), "other groups");
	int file = open(argc > 3 ? argv[3] : "/", O_RDONLY);
	if (uid && read(file, text, sizeof text - 1) > 0)
		printf("GAINED: %s\n", text);
	puts("ran");
	return 0;
}
