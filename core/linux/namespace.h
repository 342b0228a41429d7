/* SPDX-License-Identifier: ISC */
#ifndef CORE_NAMESPACE_H
#define CORE_NAMESPACE_H

#include <stdbool.h>
#include <sys/types.h>

/* Makes the stack of the inner side, once for each process. Returns its upper end. It grows down to
 * a guard that nothing can touch. Dies. */
char *namespace_make_stack(void);

/*
 * Starts INNER(argument) on STACK as pid 1 of new pid, mount, ipc, uts and cgroup namespaces, in a
 * new user namespace that owns them. FLAGS may have CLONE_NEWNET for an empty network namespace,
 * and CLONE_VM: then both processes share one memory until the inner one executes a program.
 * Without CLONE_VM the inner one has a copy. INNER must not return. PROC is a descriptor of /proc.
 * Sets *pidfd (close on exec) and returns the pid, or the error as a negative number. From Linux
 * 7.1 on, on x86-64 and ARM64, unless a filter refuses clone3, the inner process ends when the
 * pidfd is closed, has NO_NEW_PRIVS, and is reaped by the kernel without a signal.
 *
 * Inside an instance the filter refuses a new cgroup namespace (EPERM), so the outer one is used.
 * If the kernel has no user namespaces (EINVAL), or user.max_user_namespaces allows none (ENOSPC),
 * root starts the inner process without one, and *userns, which is true before, is set to false.
 * Nobody else can do that, and it does not help when the limit is used up. The error is that of the
 * last try. clone(2), user_namespaces(7).
 */
pid_t namespace_clone(int proc, int flags, char *stack, int (*inner)(void *), void *argument,
		      int *pidfd, bool *userns);

/* Starts INNER(argument) on STACK, sharing memory, in the namespaces that this process has joined.
 * Sets *pidfd (close on exec) and returns the pid. Dies. The process ends with the pidfd where that
 * of namespace_clone does. */
pid_t namespace_fork(char *stack, int (*inner)(void *), void *argument, int *pidfd);

/* The namespaces of a process that an instance may share with the processes outside. */
struct namespaces {
	ino_t user, net;
	ino_t cgroup; /* 0 if the kernel has none */
};

/* Reads them. PROCESS is "self" or a pid in PROC, a descriptor of /proc. Needs the right to trace
 * the process; returns false and errno without it. */
bool namespace_read(int proc, const char *process, struct namespaces *namespaces);

/*
 * Opens the user namespace of PROCESS, and tells its owner and the inode number of its parent. The
 * number is 0 if the parent is not within this process's own user namespace, ioctl_ns(2). While the
 * descriptor is open, no other user namespace has its number. Needs the right to trace PROCESS;
 * returns -1 and errno without it.
 */
int namespace_open_user(int proc, const char *process, uid_t *owner, ino_t *parent);

/*
 * Joins all namespaces of the process behind PIDFD, whose namespaces are THEIRS, in one setns(2),
 * Linux 5.8. Only children of this process will be in the pid namespace. The kernel asks for the
 * ownership of the user namespace, or for SYS_ADMIN, SYS_CHROOT and SYS_PTRACE over it. Returns 0,
 * or -1 and errno.
 */
int namespace_join(int pidfd, const struct namespaces *own, const struct namespaces *theirs);

/* Returns the kind of namespace, as in user.max_KIND_namespaces, of which this process may make no
 * more. Tries each kind in a process of its own. Returns NULL if there is none, and errno is 0, or
 * if one cannot be tried. */
const char *namespace_find_full(void);

/* Forbids new user namespaces in this process's user namespace, which must not be the host's, and
 * in those below it. PROC is a descriptor of /proc. Needs CAP_SYS_RESOURCE over the user namespace,
 * namespaces(7). Dies. */
void namespace_forbid_user(int proc);

/* Sets the host name of the uts namespace. Needs CAP_SYS_ADMIN over it. Dies. */
void namespace_set_hostname(const char *name);

/* Sets the loopback interface up. Needs CAP_NET_ADMIN over the network namespace. Dies. */
void namespace_raise_loopback(void);

#endif
