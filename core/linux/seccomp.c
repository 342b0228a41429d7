/* SPDX-License-Identifier: ISC */
/*
 * The system-call filter. It closes doors out of an instance that no namespace closes.
 *
 *   foreign ABIs   the same doors under other numbers
 *   TIOCSTI        types into the caller's terminal, as if the caller had
 *   TIOCLINUX      the same on a virtual console
 *   keyrings       belong to the user, not to any namespace
 *   fscrypt        keeps the user's keys, and forgets one through any descriptor
 *   AF_ALG         kernel crypto code that no program here needs
 *   AF_VSOCK       reaches the hypervisor and its guests past the netns
 *   AF_QIPCRTR     reaches modems and other instances past the netns
 *   the connector  tells every user of each process outside, since Linux 6.6
 *   setpriority,   for a process group: it is shared with processes outside
 *   ioprio_set
 *   io_uring       opens sockets without the system calls watched here
 *   cgroup         a user namespace that owns one can mount cgroup2, and kill,
 *   namespaces     freeze or limit what is in the caller's cgroup outside
 *   kill(0, ...),  reach that process group, or the terminal's foreground group;
 *   O_ASYNC        they have a filter of their own, where Landlock does not keep
 *                  signals inside
 *
 * Nothing here is in the way of an instance inside the instance. The filter is short on purpose:
 * the kernel runs it once per system-call number to find the calls that always pass, and later only
 * the others cost time.
 */
#include "core/linux/seccomp.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/base/error.h"
#include "core/linux/kernel.h"

/* AUDIT_ARCH_* of <linux/audit.h> */
#if defined(__x86_64__) && defined(__LP64__)
#define NATIVE_ARCH 0xc000003e
#elif defined(__aarch64__)
#define NATIVE_ARCH 0xc00000b7
#elif defined(__arm__)
#define NATIVE_ARCH 0x40000028
#else
#error "core/linux/seccomp.c does not know this machine"
#endif

#define TERMINAL_LINUX 0x541c /* TIOCLINUX */
#define REMOVE_KEY 0xc0406618 /* FS_IOC_REMOVE_ENCRYPTION_KEY */
#define FAMILY_ALG 38
#define FAMILY_VSOCK 40
#define FAMILY_QIPCRTR 42
#define NETLINK_CONNECTOR 11
#define IO_PRIORITY_GROUP 2 /* IOPRIO_WHO_PGRP */

/* clang-format off */
#define LOAD(offset) { KERNEL_BPF_LOAD, 0, 0, (offset) }
#define LOAD_NUMBER LOAD(offsetof(struct kernel_seccomp_data, nr))
#define LOAD_ARCH LOAD(offsetof(struct kernel_seccomp_data, arch))
/* The low half: the kernel also takes these arguments as 32 bits wide. */
#define LOAD_ARGUMENT(n) LOAD(offsetof(struct kernel_seccomp_data, args[n]))
#define SKIP_IF(value, count) { KERNEL_BPF_EQUAL, (count), 0, (value) }
#define SKIP_UNLESS(value, count) { KERNEL_BPF_EQUAL, 0, (count), (value) }
#define SKIP(value, count, otherwise) { KERNEL_BPF_EQUAL, (count), (otherwise), (value) }
#define REFUSE(error) { KERNEL_BPF_RETURN, 0, 0, KERNEL_SECCOMP_RET_ERRNO | (error) }
/* LATER counts the calls that follow in the list, FAKE_REST what follows that. */
#define FAKE(call, later) SKIP_IF(SYS_##call, (later) + FAKE_REST)
#ifdef SYS_mknod
#define FAKE_REST 13
#else
#define FAKE_REST 8
#endif
#define ALLOW { KERNEL_BPF_RETURN, 0, 0, KERNEL_SECCOMP_RET_ALLOW }

static const struct kernel_sock_filter filter[] = {
	LOAD_ARCH,
#ifdef __x86_64__
	SKIP_UNLESS(NATIVE_ARCH, 3),
	LOAD_NUMBER,
	SKIP_IF(~0U, 2), /* a call that a tracer has skipped */
	{ KERNEL_BPF_AT_LEAST, 0, 1, 0x40000000 }, /* x32 */
	REFUSE(ENOSYS),
#else
	SKIP_IF(NATIVE_ARCH, 1),
	REFUSE(ENOSYS),
	LOAD_NUMBER,
#endif
	SKIP_UNLESS(SYS_socket, 9),
	LOAD_ARGUMENT(0),
	SKIP_IF(FAMILY_ALG, 6),
	SKIP_IF(FAMILY_VSOCK, 5),
	SKIP_IF(FAMILY_QIPCRTR, 4),
	SKIP_UNLESS(AF_NETLINK, 2),
	LOAD_ARGUMENT(2),
	SKIP_IF(NETLINK_CONNECTOR, 1),
	ALLOW,
	REFUSE(EAFNOSUPPORT),
	/* Four checks that share their end. */
	SKIP_UNLESS(SYS_ioctl, 4),
	LOAD_ARGUMENT(1),
	SKIP_IF(TIOCSTI, 13),
	SKIP_IF(REMOVE_KEY, 12),
	SKIP(TERMINAL_LINUX, 11, 10),
	SKIP_UNLESS(SYS_setpriority, 2),
	LOAD_ARGUMENT(0),
	SKIP(PRIO_PGRP, 8, 7),
	SKIP_UNLESS(SYS_ioprio_set, 2),
	LOAD_ARGUMENT(0),
	SKIP(IO_PRIORITY_GROUP, 5, 4),
	SKIP_IF(SYS_clone, 1),
	SKIP_UNLESS(SYS_unshare, 4),
	LOAD_ARGUMENT(0),
	{ KERNEL_BPF_ANY_BIT, 1, 0, CLONE_NEWCGROUP },
	ALLOW,
	REFUSE(EPERM),
	SKIP_IF(SYS_clone3, 5), /* its flags are in memory; C libraries then use clone */
	SKIP_IF(SYS_keyctl, 4),
	SKIP_IF(SYS_add_key, 3),
	SKIP_IF(SYS_request_key, 2),
	SKIP_IF(SYS_io_uring_setup, 1),
	ALLOW,
	REFUSE(ENOSYS),
};

/* Inside, a group outside can only be named by 0. A terminal with O_ASYNC signals its foreground
 * group. This filter need not check the ABI, because the other one does. */
static const struct kernel_sock_filter signal_filter[] = {
	LOAD_NUMBER,
	SKIP_UNLESS(SYS_kill, 4),
	LOAD_ARGUMENT(0),
	SKIP_IF(0, 1),
	ALLOW,
	REFUSE(EPERM),
	SKIP_UNLESS(SYS_ioctl, 4),
	LOAD_ARGUMENT(1),
	SKIP_IF(FIOASYNC, 1),
	ALLOW,
	REFUSE(EPERM),
#ifdef SYS_fcntl64
	SKIP_IF(SYS_fcntl64, 1),
#endif
	SKIP_UNLESS(SYS_fcntl, 4),
	LOAD_ARGUMENT(1),
	SKIP_UNLESS(F_SETFL, 2),
	LOAD_ARGUMENT(2),
	{ KERNEL_BPF_ANY_BIT, 1, 0, O_ASYNC },
	ALLOW,
	REFUSE(EPERM),
};

/* What --fakeroot answers with success, and does not do:
 *
 *   chown      packages give files to users that the user namespace lacks
 *   set*id     programs of packages become such a user
 *   setgroups  they do so before
 *   mknod      only root makes devices; a whiteout, device 0:0, everybody
 *
 * All else is real: what reads ids or owners, so that whoever looks learns the truth; setfsuid,
 * which reports no error anyway; setxattr, since setcap(8) works, and a filter cannot tell that by
 * the name; capset, by which a nested start drops what it has.
 *
 * It answers numbers of its own ABI alone. What the first filter refuses stays refused: the two
 * have no call in common. */
static const struct kernel_sock_filter fake_filter[] = {
	LOAD_ARCH,
	SKIP_IF(NATIVE_ARCH, 1),
	ALLOW,
	LOAD_NUMBER,
#ifdef SYS_chown32
	FAKE(chown32, 20),
	FAKE(lchown32, 19),
	FAKE(fchown32, 18),
	FAKE(setuid32, 17),
	FAKE(setgid32, 16),
	FAKE(setreuid32, 15),
	FAKE(setregid32, 14),
	FAKE(setresuid32, 13),
	FAKE(setresgid32, 12),
	FAKE(setgroups32, 11),
#endif
#ifdef SYS_chown
	FAKE(chown, 10),
	FAKE(lchown, 9),
#endif
	FAKE(fchown, 8),
	FAKE(fchownat, 7),
	FAKE(setuid, 6),
	FAKE(setgid, 5),
	FAKE(setreuid, 4),
	FAKE(setregid, 3),
	FAKE(setresuid, 2),
	FAKE(setresgid, 1),
	FAKE(setgroups, 0),
#ifdef SYS_mknod
	SKIP_UNLESS(SYS_mknod, 4),
	LOAD_ARGUMENT(2),
	SKIP_IF(0, 9),
	LOAD_ARGUMENT(1),
	{ KERNEL_BPF_JUMP, 0, 0, 4 },
#endif
	SKIP_UNLESS(SYS_mknodat, 6),
	LOAD_ARGUMENT(3),
	SKIP_IF(0, 4),
	LOAD_ARGUMENT(2),
	{ KERNEL_BPF_AND, 0, 0, S_IFMT },
	SKIP_IF(S_IFCHR, 2),
	SKIP_IF(S_IFBLK, 1),
	ALLOW,
	REFUSE(0),
};
/* clang-format on */

_Static_assert(sizeof filter <= 40 * sizeof *filter, "the filter has outgrown its budget");
_Static_assert(sizeof fake_filter <= 40 * sizeof *filter, "this one, too");
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "LOAD_ARGUMENT takes the low half");

static void install(const struct kernel_sock_filter *first, size_t size)
{
	const struct kernel_sock_fprog program = { (unsigned short)(size / sizeof *first), first };

	/* Speculation stays as it is outside. That is the default since Linux 5.16. Before, every
	 * program here would run slower without the flag. */
	if (syscall(SYS_seccomp, KERNEL_SECCOMP_SET_MODE_FILTER,
		    KERNEL_SECCOMP_FILTER_FLAG_SPEC_ALLOW, &program))
		die_errno("cannot install the system-call filter");
}

void seccomp_install(bool scoped)
{
	install(filter, sizeof filter);
	if (!scoped)
		install(signal_filter, sizeof signal_filter);
}

void seccomp_fake_root(void)
{
	install(fake_filter, sizeof fake_filter);
}
