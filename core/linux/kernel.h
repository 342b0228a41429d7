/* SPDX-License-Identifier: ISC */
/*
 * What the kernel offers and the C library does not declare: flags and structures of the Linux
 * user-space interface, as its man pages give them. No file of ours includes <sys/mount.h> or
 * <linux/...>, so nothing here can clash with a C library that declares them.
 */
#ifndef CORE_KERNEL_H
#define CORE_KERNEL_H

#include <stdint.h>
#include <sys/ioctl.h>

/* openat2(2), Linux 5.6 */
struct kernel_open_how {
	uint64_t flags;
	uint64_t mode;
	uint64_t resolve;
};

enum {
	KERNEL_RESOLVE_NO_XDEV = 0x01,
	KERNEL_RESOLVE_NO_MAGICLINKS = 0x02,
	KERNEL_RESOLVE_NO_SYMLINKS = 0x04,
	KERNEL_RESOLVE_IN_ROOT = 0x10,
	KERNEL_RESOLVE_CACHED = 0x20, /* Linux 5.12 */
};

/* statx(2); stx_mnt_id since Linux 5.8 */
struct kernel_statx {
	uint32_t mask, blksize;
	uint64_t attributes;
	uint32_t nlink, uid, gid;
	uint16_t mode, spare0;
	uint64_t ino, size, blocks, attributes_mask;
	uint64_t times[8];
	uint32_t rdev_major, rdev_minor, dev_major, dev_minor;
	uint64_t mnt_id;
	uint64_t spare[13];
};

enum {
	KERNEL_STATX_ATTR_MOUNT_ROOT = 0x2000, /* Linux 5.8 */
	KERNEL_STATX_TYPE = 0x0001,
	KERNEL_STATX_INO = 0x0100,
	KERNEL_STATX_BASIC = 0x07ff, /* the fields of stat(2) */
	KERNEL_STATX_MNT_ID = 0x1000,
	KERNEL_STATX_MNT_ID_UNIQUE = 0x4000, /* Linux 6.8 */
	KERNEL_AT_STATX_DONT_SYNC = 0x4000,
};

/* open_tree(2), move_mount(2), fsopen(2), fsconfig(2), fsmount(2), Linux 5.2 */
enum {
	KERNEL_OPEN_TREE_CLONE = 1,
	KERNEL_OPEN_TREE_CLOEXEC = 02000000,
	KERNEL_AT_RECURSIVE = 0x8000,
	KERNEL_MOVE_MOUNT_F_EMPTY_PATH = 0x04,
	KERNEL_MOVE_MOUNT_T_EMPTY_PATH = 0x40,
	KERNEL_FSOPEN_CLOEXEC = 1,
	KERNEL_FSMOUNT_CLOEXEC = 1,
	KERNEL_FSCONFIG_SET_STRING = 1,
	KERNEL_FSCONFIG_CMD_CREATE = 6,
	KERNEL_MNT_DETACH = 2,
};

/* mount_setattr(2), Linux 5.12 */
struct kernel_mount_attr {
	uint64_t attr_set;
	uint64_t attr_clr;
	uint64_t propagation;
	uint64_t userns_fd;
};

enum {
	KERNEL_MOUNT_ATTR_RDONLY = 0x01,
	KERNEL_MOUNT_ATTR_NOSUID = 0x02,
	KERNEL_MOUNT_ATTR_NODEV = 0x04,
	KERNEL_MOUNT_ATTR_NOEXEC = 0x08,
	KERNEL_MS_PRIVATE = 1 << 18,
};

enum { KERNEL_RENAME_NOREPLACE = 1 }; /* renameat2(2), Linux 3.15 */

/* listmount(2), statmount(2), Linux 6.8. Their ids are unique: the kernel never uses one again. The
 * numbers of both calls are the same on every machine that this is built for. */
#define KERNEL_SYS_STATMOUNT 457
#define KERNEL_SYS_LISTMOUNT 458

struct kernel_mount_request {
	uint32_t size, spare;
	uint64_t id, param;
};

/* What is not in WANTED, or not in MASK, is 0. ROOT, POINT and SOURCE are places in TEXT. */
struct kernel_statmount {
	uint32_t size, options;
	uint64_t mask;
	uint32_t dev_major, dev_minor;
	uint64_t magic;
	uint32_t super_flags, type;
	uint64_t id, parent;
	uint32_t id_old, parent_old; /* as in /proc/PID/mountinfo */
	uint64_t attributes, propagation, peer_group, master, propagates_from;
	uint32_t root, point;
	uint64_t namespace;
	uint32_t subtype, source;
	uint64_t spare[48];
	char text[];
};

enum {
	KERNEL_STATMOUNT_SUPER = 0x01,
	KERNEL_STATMOUNT_MOUNT = 0x02,
	KERNEL_STATMOUNT_ROOT = 0x08,
	KERNEL_STATMOUNT_POINT = 0x10,
	KERNEL_STATMOUNT_SOURCE = 0x200, /* Linux 6.13 */
};

/* ioctl_ns(2), Linux 4.11 */
enum { KERNEL_NS_GET_PARENT = 0xb702, KERNEL_NS_GET_OWNER_UID = 0xb704 };

/* statfs(2): the f_type of procfs and of tmpfs */
enum { KERNEL_PROC_SUPER_MAGIC = 0x9fa0, KERNEL_TMPFS_MAGIC = 0x01021994 };

/* capabilities(7), capget(2) */
struct kernel_cap_header {
	uint32_t version;
	int pid;
};

struct kernel_cap_data {
	uint32_t effective, permitted, inheritable;
};

enum {
	KERNEL_CAPABILITY_VERSION_3 = 0x20080522,
	KERNEL_CAP_CHOWN = 0,
	KERNEL_CAP_DAC_OVERRIDE = 1,
	KERNEL_CAP_FOWNER = 3,
	KERNEL_CAP_FSETID = 4,
	KERNEL_CAP_KILL = 5,
	KERNEL_CAP_SETGID = 6,
	KERNEL_CAP_SETUID = 7,
	KERNEL_CAP_SETPCAP = 8,
	KERNEL_CAP_NET_BIND_SERVICE = 10,
	KERNEL_CAP_NET_ADMIN = 12,
	KERNEL_CAP_SYS_CHROOT = 18,
	KERNEL_CAP_SYS_PTRACE = 19,
	KERNEL_CAP_SYS_ADMIN = 21,
	KERNEL_CAP_SYS_RESOURCE = 24,
	KERNEL_CAP_SETFCAP = 31,
};

/* landlock_create_ruleset(2); scoped since ABI 6, Linux 6.12 */
struct kernel_landlock_ruleset_attr {
	uint64_t handled_access_fs;
	uint64_t handled_access_net;
	uint64_t scoped;
};

enum {
	KERNEL_LANDLOCK_VERSION = 1,
	KERNEL_LANDLOCK_ABI_SCOPED = 6,
	KERNEL_LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET = 1,
	KERNEL_LANDLOCK_SCOPE_SIGNAL = 2,
};

/* seccomp(2), and its classic BPF */
struct kernel_seccomp_data {
	int32_t nr;
	uint32_t arch;
	uint64_t instruction_pointer;
	uint64_t args[6];
};

struct kernel_sock_filter {
	uint16_t code;
	uint8_t jump_true, jump_false;
	uint32_t value;
};

struct kernel_sock_fprog {
	uint16_t length;
	const struct kernel_sock_filter *filter;
};

enum {
	KERNEL_BPF_LOAD = 0x20,	    /* BPF_LD | BPF_W | BPF_ABS */
	KERNEL_BPF_EQUAL = 0x15,    /* BPF_JMP | BPF_JEQ | BPF_K */
	KERNEL_BPF_AT_LEAST = 0x35, /* BPF_JMP | BPF_JGE | BPF_K */
	KERNEL_BPF_ANY_BIT = 0x45,  /* BPF_JMP | BPF_JSET | BPF_K */
	KERNEL_BPF_JUMP = 0x05,	    /* BPF_JMP | BPF_JA */
	KERNEL_BPF_AND = 0x54,	    /* BPF_ALU | BPF_AND | BPF_K */
	KERNEL_BPF_RETURN = 0x06,   /* BPF_RET | BPF_K */
	KERNEL_SECCOMP_SET_MODE_FILTER = 1,
	KERNEL_SECCOMP_FILTER_FLAG_SPEC_ALLOW = 4,
	KERNEL_SECCOMP_RET_ERRNO = 0x00050000,
	KERNEL_SECCOMP_RET_ALLOW = 0x7fff0000,
};

/* clone3(2), Linux 5.3; these flags since 7.1. With PIDFD_AUTOKILL the process ends when the pidfd
 * is closed. That needs AUTOREAP: the kernel reaps the process and sends no signal. Without
 * CAP_SYS_ADMIN it also needs NNP, which sets NO_NEW_PRIVS. */
struct kernel_clone_args {
	uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls;
};

#define KERNEL_CLONE_AUTOREAP (UINT64_C(1) << 34)
#define KERNEL_CLONE_NNP (UINT64_C(1) << 35)
#define KERNEL_CLONE_PIDFD_AUTOKILL (UINT64_C(1) << 36)

/* How a reaped process ended; Linux 6.15. The exit code is in the form of wait(2). The C library's
 * ioctl takes the number of the request as an int. */
struct kernel_pidfd_info {
	uint64_t mask, cgroup;
	uint32_t ids[11];
	int32_t exit_code;
};

enum { KERNEL_PIDFD_INFO_EXIT = 8 };
#define KERNEL_PIDFD_GET_INFO ((int)_IOWR(0xff, 11, struct kernel_pidfd_info))

/* close_range(2); this flag since Linux 5.11 */
enum { KERNEL_CLOSE_RANGE_CLOEXEC = 4 };

/* rt_sigaction(2), in the form with a restorer, as on x86 and ARM. For the default action, and to
 * ignore, only the first field matters. */
enum { KERNEL_SA_RESTORER = 0x04000000 };
struct kernel_sigaction {
	void (*handler)(int);
	unsigned long flags;
	void (*restorer)(void);
	uint64_t mask;
};

/* The inode number of the user namespace that is not inside another one, ioctl_ns(2). */
#define KERNEL_USER_NS_INITIAL 0xeffffffdU

/* keyctl(2) */
enum { KERNEL_KEYCTL_JOIN_SESSION_KEYRING = 1 };

/* This process's time in user mode and in the kernel, as RLIMIT_CPU and ITIMER_PROF count it:
 * clock_getcpuclockid(3) of pid 0, and CPUCLOCK_PROF. */
enum { KERNEL_CLOCK_PROFILE = ~0 * 8 };

/* On 32-bit machines: the calls whose seconds have 64 bits, as in the C library. */
#if defined(SYS_clock_gettime64)
#define KERNEL_SYS_CLOCK_GETTIME SYS_clock_gettime64
#define KERNEL_SYS_SIGTIMEDWAIT SYS_rt_sigtimedwait_time64
#define KERNEL_SYS_TIMER_SETTIME SYS_timer_settime64
#else
#define KERNEL_SYS_CLOCK_GETTIME SYS_clock_gettime
#define KERNEL_SYS_SIGTIMEDWAIT SYS_rt_sigtimedwait
#define KERNEL_SYS_TIMER_SETTIME SYS_timer_settime
#endif

/* On 32-bit ARM the plain names are the calls with 16-bit ids. */
#if defined(SYS_setresuid32)
#define KERNEL_SYS_SETRESUID SYS_setresuid32
#define KERNEL_SYS_SETRESGID SYS_setresgid32
#else
#define KERNEL_SYS_SETRESUID SYS_setresuid
#define KERNEL_SYS_SETRESGID SYS_setresgid
#endif

#endif
