/* SPDX-License-Identifier: ISC */
/* confine_self UID GID: what must hold for a program in an instance. Prints
 * each guarantee that does not, or OK. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/linux/kernel.h"

static int broken;

static void expect(int holds, const char *what)
{
	if (!holds)
		printf("BROKEN: %s\n", what);
	broken |= !holds;
}

static void check_capabilities(void)
{
	struct kernel_cap_header header = { KERNEL_CAPABILITY_VERSION_3, 0 };
	struct kernel_cap_data data[2] = { { 1, 1, 1 }, { 1, 1, 1 } };

	expect(!syscall(SYS_capget, &header, data), "capget works");
	for (int i = 0; i < 2; i++) {
		expect(!data[i].effective, "effective set empty");
		expect(!data[i].permitted, "permitted set empty");
		expect(!data[i].inheritable, "inheritable set empty");
	}
	for (int cap = 0, has; (has = prctl(PR_CAPBSET_READ, cap)) >= 0; cap++) {
		expect(!has, "bounding set empty");
		expect(!prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, cap, 0, 0),
		       "ambient set empty");
	}
}

static void check_ids(uid_t uid, gid_t gid)
{
	uid_t uids[3];
	gid_t gids[3];

	expect(!getresuid(&uids[0], &uids[1], &uids[2]), "getresuid works");
	expect(!getresgid(&gids[0], &gids[1], &gids[2]), "getresgid works");
	for (int i = 0; i < 3; i++) {
		expect(uids[i] == uid, "uids the caller's");
		expect(gids[i] == gid, "gids the caller's");
	}
}

int main(int argc, char **argv)
{
	struct statvfs root;

	if (argc != 3)
		return 2;
	check_ids((uid_t)atoi(argv[1]), (gid_t)atoi(argv[2]));
	check_capabilities();
	expect(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1, "NO_NEW_PRIVS set");
	expect(prctl(PR_GET_SECCOMP, 0, 0, 0, 0) == 2, "a seccomp filter installed");
	expect(syscall(SYS_add_key, 0, 0, 0, 0, 0) < 0, "keyrings refused");
	expect(!statvfs("/", &root), "the root examined");
	expect(root.f_flag & ST_RDONLY, "the root read-only");
	expect(root.f_flag & ST_NOSUID, "the root nosuid");
	expect(root.f_flag & ST_NODEV, "the root nodev");
	expect(getpid() == 1, "pid 1");
	expect(access("/sys/kernel", F_OK), "/sys covered");
	for (int fd = 3; fd < 256; fd++)
		expect(dup2(fd, fd) < 0, "no descriptors but 0 to 2");
	if (!broken)
		puts("OK");
	return broken;
}
