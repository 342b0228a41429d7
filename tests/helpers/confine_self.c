/* SPDX-License-Identifier: ISC */
/*
 * confine_self UID GID [WORD]...: what must hold for a program in an instance. Prints each
 * guarantee that does not, or OK. The words are what the instance was asked for:
 *
 *   init, enter         it is not pid 1
 *   build, kept         the root may be writable; these capabilities of root are kept
 *   nine                descriptor 9 is open
 *   none                no network but a loopback device that is up
 *   host=NAME           the name of the host
 *   ro=DIR rw=DIR       it can be written, or not
 *   tmpfs=DIR           a file system of its own, with nothing in it
 *   absent=PATH         not there, or not to be read
 *   abstract=NAME       an abstract socket outside, which cannot be reached
 */
#include <dirent.h>
#include <fcntl.h>
#include <net/if.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "core/linux/kernel.h"

enum { TMPFS = 0x01021994, BUILD_LOW = (int)0x800405fb };

static int broken, by_build, not_first, nine;
static uint64_t kept;

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
	if (!data[0].permitted) /* none is no gain */
		kept = 0;
	for (int i = 0; i < 2; i++) {
		expect(data[i].effective == (uint32_t)(kept >> 32 * i), "effective set empty");
		expect(data[i].permitted == (uint32_t)(kept >> 32 * i), "permitted set empty");
		expect(!data[i].inheritable, "inheritable set empty");
	}
	for (int cap = 0, has; (has = prctl(PR_CAPBSET_READ, cap)) >= 0; cap++) {
		expect(has == (int)(kept >> cap & 1), "bounding set empty");
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

/* What is mounted on the nodes of /dev is no file system that anybody can fill. */
static void check_mounts(void)
{
	static char line[8192];
	char path[4096], flags[512];
	FILE *mounts = fopen("/proc/self/mountinfo", "r");
	int seen = 0;

	while (mounts && fgets(line, sizeof line, mounts)) {
		expect(sscanf(line, "%*d %*d %*s %*s %4095s %511s", path, flags) == 2, "a mount");
		expect(strstr(flags, "nosuid") != NULL, "every mount nosuid");
		expect(strstr(flags, "nodev") || !strncmp(path, "/dev/", 5), "every mount nodev");
		expect(!strstr(line, " shared:"), "no mount shared");
		seen++;
	}
	expect(seen > 5, "mounts seen");
}

static void check_network(void)
{
	struct if_nameindex *all = if_nameindex();
	struct ifreq flags = { .ifr_name = "lo" };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	expect(all && all[0].if_index && !strcmp(all[0].if_name, "lo"), "a loopback device");
	expect(all && !all[1].if_index, "no other network");
	expect(!ioctl(fd, SIOCGIFFLAGS, &flags) && flags.ifr_flags & IFF_UP, "a device that is up");
	close(fd);
}

static int is_writable(const char *path)
{
	struct statvfs status;

	return !statvfs(path, &status) && !(status.f_flag & ST_RDONLY);
}

static void check_tmpfs(const char *path)
{
	struct statfs status;
	DIR *dir = opendir(path);
	int entries = 0;

	while (dir && readdir(dir))
		entries++;
	expect(!statfs(path, &status) && status.f_type == TMPFS, "a tmpfs");
	expect(entries == 2, "a tmpfs with nothing in it");
	if (dir)
		closedir(dir);
}

static void check_absent(const char *path)
{
	char byte;
	int fd = open(path, O_RDONLY);

	expect(fd < 0 || read(fd, &byte, 1) <= 0, "it is absent");
	if (fd >= 0)
		close(fd);
}

static void check_abstract(const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	memcpy(address.sun_path + 1, name, strlen(name));
	expect(connect(fd, (void *)&address,
		       (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(name))),
	       "abstract sockets out of reach");
	close(fd);
}

static void check_word(char *word)
{
	char *value = strchr(word, '=');
	struct utsname names;

	if (!value) {
		if (!strcmp(word, "init") || !strcmp(word, "enter"))
			not_first = 1;
		else if (!strcmp(word, "build"))
			by_build = 1;
		else if (!strcmp(word, "kept"))
			kept = (uint32_t)BUILD_LOW;
		else if (!strcmp(word, "nine"))
			nine = 1;
		else if (!strcmp(word, "none"))
			check_network();
		else
			expect(0, word);
		return;
	}
	*value++ = '\0';
	if (!strcmp(word, "host"))
		expect(!uname(&names) && !strcmp(names.nodename, value), "the name of the host");
	else if (!strcmp(word, "ro"))
		expect(!is_writable(value), "a map read-only");
	else if (!strcmp(word, "rw"))
		expect(is_writable(value), "a volume writable");
	else if (!strcmp(word, "tmpfs"))
		check_tmpfs(value);
	else if (!strcmp(word, "absent"))
		check_absent(value);
	else
		check_abstract(value);
}

int main(int argc, char **argv)
{
	struct statvfs root;

	if (argc < 3)
		return 2;
	for (int i = 3; i < argc; i++)
		check_word(argv[i]);
	for (int fd = 3; fd < 256; fd++)
		expect(dup2(fd, fd) < 0 == (fd != 9 || !nine), "the right descriptors open");
	check_ids((uid_t)atoi(argv[1]), (gid_t)atoi(argv[2]));
	check_capabilities();
	expect(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1, "NO_NEW_PRIVS set");
	expect(prctl(PR_GET_SECCOMP, 0, 0, 0, 0) == 2, "a seccomp filter installed");
	expect(syscall(SYS_add_key, 0, 0, 0, 0, 0) < 0, "keyrings refused");
	expect(!statvfs("/", &root), "the root examined");
	expect(by_build || root.f_flag & ST_RDONLY, "the root read-only");
	expect(root.f_flag & ST_NOSUID, "the root nosuid");
	expect(root.f_flag & ST_NODEV, "the root nodev");
	expect(not_first == (getpid() != 1), "pid 1");
	expect(access("/sys/kernel", F_OK), "/sys covered");
	check_mounts();
	if (!broken)
		puts("OK");
	return broken;
}
