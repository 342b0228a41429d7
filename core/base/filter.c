/* SPDX-License-Identifier: ISC */
/*
 * Filters around: a container or a service manager may have put this process under a seccomp
 * filter, which answers system calls in the kernel's place, mostly by EPERM or ENOSYS.
 *
 * The kernel does not tell what a filter refuses, so each call of a start is tried. All arguments
 * are -1, which no descriptor, address, length or set of flags is: the kernel refuses that before
 * it does anything, and never by these two errors. That holds for root, too: a start can fail while
 * it is privileged. umask(2) does something, which matters no more, and for setresuid(2) -1 means
 * no change.
 */
#include "core/base/filter.h"

#include <errno.h>
#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "core/base/text.h"

/* clang-format off */
/* The calls that a start makes, in the order of their first use, but for those below. A start does
 * without clone3, keyctl and Landlock's calls. */
#define CALLS(row) \
	row(capget) row(prctl) row(capset) row(rt_sigprocmask) row(close_range) row(fcntl) \
	row(statx) row(umask) row(prlimit64) row(openat2) row(fstatfs) row(mprotect) \
	row(eventfd2) row(pidfd_open) row(setresuid) row(clone) row(readlinkat) row(poll) \
	row(read) row(getresuid) row(getresgid) row(mount_setattr) \
	row(fsconfig) row(mkdirat) row(mknodat) row(getcwd) row(ioctl) row(open_tree) \
	row(symlinkat) row(getdents64) row(fchdir) row(umount2) row(chdir) row(seccomp) \
	row(execve) row(close)
/* The kernel itself refuses these to a process that may not mount. */
#define MOUNTS(row) row(sethostname) row(fsopen) row(fsmount) row(move_mount) row(pivot_root)
/* clang-format on */

#define NUMBER(name) SYS_##name,
#define NAME(name) #name "\0"
#define INDEX(name) INDEX_##name,

static const uint16_t numbers[] = { CALLS(NUMBER) MOUNTS(NUMBER) };
static const char names[] = CALLS(NAME) MOUNTS(NAME);

enum {
	CALLS(INDEX) FOR_ALL, /* so many for every process */
	COUNT = sizeof numbers / sizeof *numbers,
	/* Filters look for these flags. Others refuse CLONE_NEWCGROUP, as that of an instance
	 * does, and a start does without. The kernel refuses a new user namespace with CLONE_FS. */
	NAMESPACES = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS,
	MOUNT_ATTR_SIZE = 32,
};

bool filter_kernel_is_old(void)
{
	struct utsname kernel = { .release = "" };
	const char *rest;

	if (uname(&kernel))
		return false;
	uint64_t major = text_number(kernel.release, &rest, 10);
	return major * 1000 + (*rest == '.' ? text_number(rest + 1, NULL, 10) : 0) < 5012;
}

bool filter_lacks(int error)
{
	if (error != EPERM)
		return error == ENOSYS;
	int mode = prctl(PR_GET_SECCOMP); /* fails with EINVAL if the kernel has no filters */
	return mode == 2 || (mode < 0 && errno != EINVAL);
}

/* The kernel looks at the size first, then at the capability, and then at the address. */
static bool may_mount(void)
{
	return !syscall(numbers[INDEX_mount_setattr], -1L, "", 0L, -1L, (long)MOUNT_ATTR_SIZE) ||
	       errno != EPERM;
}

static const char *find(void)
{
	const char *name = names;

	for (size_t i = 0; i < COUNT; i++, name += strlen(name) + 1) {
		if (i == FOR_ALL && !may_mount())
			break;
		long first = numbers[i] == SYS_clone ? NAMESPACES | CLONE_FS : -1L;
		if (syscall(numbers[i], first, -1L, -1L, -1L, -1L, -1L) < 0 &&
		    (errno == EPERM || errno == ENOSYS))
			return name;
	}
	return NULL;
}

const char *filter_find(int error)
{
	const char *name = NULL;

	if ((error == EPERM || error == ENOSYS) && !filter_kernel_is_old() && filter_lacks(EPERM))
		name = find();
	errno = error;
	return name;
}
