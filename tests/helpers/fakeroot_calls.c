/* SPDX-License-Identifier: ISC */
/* fakeroot_calls DIR: makes each call that --fakeroot answers, and some that it must not, in the
 * directory DIR. Prints "CALL RESULT" for each. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

static void report(const char *call, long result)
{
	printf("%s %s\n", call, result ? strerror(errno) : "0");
}

#define TRY(call, ...) report(#call, syscall(SYS_##call, __VA_ARGS__))

static void try_owners(int fd)
{
#ifdef SYS_chown
	TRY(chown, "file", 33, 33);
	TRY(lchown, "file", 33, 33);
#endif
	TRY(fchown, fd, 33, 33);
	TRY(fchownat, AT_FDCWD, "file", 33, 33, 0);
#ifdef SYS_chown32
	TRY(chown32, "file", 33, 33);
	TRY(lchown32, "file", 33, 33);
	TRY(fchown32, fd, 33, 33);
#endif
}

static void try_ids(void)
{
	gid_t groups[] = { 33, 34 };

	TRY(setgroups, 2, groups);
	TRY(setgid, 33);
	TRY(setregid, 33, 33);
	TRY(setresgid, 33, 33, 33);
	TRY(setuid, 33);
	TRY(setreuid, 33, 33);
	TRY(setresuid, 33, 33, 33);
#ifdef SYS_setuid32
	TRY(setgroups32, 2, groups);
	TRY(setgid32, 33);
	TRY(setregid32, 33, 33);
	TRY(setresgid32, 33, 33, 33);
	TRY(setuid32, 33);
	TRY(setreuid32, 33, 33);
	TRY(setresuid32, 33, 33, 33);
#endif
}

/* The halves beyond 32 bits do not count for the kernel. */
static void try_nodes(void)
{
	const unsigned long high = sizeof high > 4 ? 1UL << (sizeof high * 4) : 0;
	const char *const names[] = { "character",    "block",	  "fifo",    "whiteout",
				      "character-at", "block-at", "fifo-at", "whiteout-at" };
	struct stat status;

#ifdef SYS_mknod
	TRY(mknod, "character", S_IFCHR | 0666, makedev(1, 3));
	TRY(mknod, "block", S_IFBLK | 0666, makedev(7, 0));
	TRY(mknod, "whiteout", S_IFCHR, high);
	TRY(mknod, "fifo", S_IFIFO | 0666, 1);
	TRY(mknod, "plain", S_IFREG | 0666, 1);
	TRY(mknod, "nothing/fifo", S_IFIFO | 0666, 0);
#endif
	TRY(mknodat, AT_FDCWD, "character-at", high | S_IFCHR | 0666, makedev(1, 3));
	TRY(mknodat, AT_FDCWD, "block-at", S_IFBLK | 0666, makedev(7, 0));
	TRY(mknodat, AT_FDCWD, "whiteout-at", S_IFCHR, 0);
	TRY(mknodat, AT_FDCWD, "fifo-at", S_IFIFO | 0666, 1);
	TRY(mknodat, AT_FDCWD, "nothing/fifo", S_IFIFO | 0666, 0);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (!lstat(names[i], &status))
			printf("made %s\n", names[i]);
}

int main(int argc, char **argv)
{
	struct stat status;

	if (argc != 2 || chdir(argv[1]))
		return 1;
	int fd = open("file", O_RDWR | O_CREAT, 0644);
	try_owners(fd);
	try_ids();
	try_nodes();
	TRY(mount, "none", argv[1], "tmpfs", 0, NULL);
	TRY(unlinkat, AT_FDCWD, "none", 0);
	report("setxattr", setxattr("file", "trusted.a", "b", 1, 0));
	if (fstat(fd, &status))
		return 1;
	printf("ids %u %u, file of %u %u\n", getuid(), getgid(), status.st_uid, status.st_gid);
	return 0;
}
