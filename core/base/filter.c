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
/* Newer machines have only ppoll. */
#if defined(SYS_poll)
#define POLL(row) row(poll)
#else
#define POLL(row) row(ppoll)
#endif
/* The calls that each start makes, in the order of their first use, but for those below. A start
 * does without clone3, keyctl and Landlock's calls. */
#define CALLS(row) \
	row(capget) row(prctl) row(capset) row(rt_sigprocmask) row(close_range) row(fcntl) \
	row(statx) row(umask) row(prlimit64) row(openat2) row(fstatfs) row(mprotect) \
	row(eventfd2) row(pidfd_open) row(wait4) row(signalfd4) row(pidfd_send_signal) \
	row(setresuid) row(clone) row(readlinkat) POLL(row) row(read) row(getresuid) \
	row(getresgid) row(mount_setattr) row(fsconfig) row(mkdirat) row(mknodat) row(getcwd) \
	row(ioctl) row(open_tree) row(symlinkat) row(getdents64) row(fchdir) row(umount2) \
	row(chdir) row(seccomp) row(execve) row(close)
/* The kernel itself refuses these to a process that may not mount. */
#define MOUNTS(row) row(sethostname) row(fsopen) row(fsmount) row(move_mount) row(pivot_root)
/* Those of --net none and --init, last: what failed may have been without these options. */
#if defined(SYS_dup2)
#define DUPLICATE(row) row(dup2)
#else
#define DUPLICATE(row) row(dup3)
#endif
#define OPTIONS(row) row(socket) row(pipe2) DUPLICATE(row) row(execveat) \
	row(rt_sigtimedwait) row(waitid) row(kill)
/* clang-format on */

#define NUMBER(name) SYS_##name,
#define NAME(name) #name "\0"
#define INDEX(name) INDEX_##name,

static const uint16_t numbers[] = { CALLS(NUMBER) MOUNTS(NUMBER) OPTIONS(NUMBER) };
static const char names[] = CALLS(NAME) MOUNTS(NAME) OPTIONS(NAME);

enum {
	CALLS(INDEX) MOUNTS(INDEX) OPTIONS(INDEX) COUNT,
	OF_MOUNTS = INDEX_sethostname,
	OF_OPTIONS = INDEX_socket,
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

static bool is_refused(int number)
{
	long first = number == SYS_clone ? NAMESPACES | CLONE_FS : -1L;

	return syscall(number, first, -1L, -1L, -1L, -1L, -1L) < 0 &&
	       (errno == EPERM || errno == ENOSYS);
}

/* Returns the name of the first refused call from index FROM up to TO. */
static const char *find(size_t from, size_t to)
{
	const char *name = names;

	for (size_t i = 0; i < to; i++, name += strlen(name) + 1)
		if (i >= from && is_refused(numbers[i]) &&
		    (i < OF_MOUNTS || i >= OF_OPTIONS || may_mount()))
			return name;
	return NULL;
}

bool filter_refuses_monitor(void)
{
	return filter_lacks(EPERM) && find(INDEX_wait4, INDEX_pidfd_send_signal + 1);
}

bool filter_refuses_init(void)
{
	return filter_lacks(EPERM) && find(INDEX_rt_sigtimedwait, INDEX_kill + 1);
}

const char *filter_find(int error, bool options)
{
	const char *name = NULL;

	if ((error == EPERM || error == ENOSYS) && !filter_kernel_is_old() && filter_lacks(EPERM))
		name = find(0, options ? COUNT : OF_OPTIONS);
	errno = error;
	return name;
}
