/* SPDX-License-Identifier: ISC */
#ifndef CORE_NAMESPACE_H
#define CORE_NAMESPACE_H

#include <stdbool.h>
#include <sys/types.h>

/* Makes the stack of the inner side, one for each process; returns its upper end, from which it
 * grows down to pages that nothing can touch. Dies. */
char *namespace_make_stack(void);

/*
 * Starts INNER(argument) on STACK as pid 1 of new pid, mount, ipc, uts and cgroup
 * namespaces, in a user namespace of their own. FLAGS may have CLONE_NEWNET, for an
 * empty network namespace too, and CLONE_VM: then both processes share one memory until
 * the inner one executes a program; without, the inner one has a copy. Inner must not
 * return. PROC is a descriptor of /proc. Sets *pidfd (close on exec) and returns the pid,
 * or the error as a negative number. From Linux 7.1 on, on x86-64 and ARM64, where no filter
 * refuses clone3, the inner one ends when the pidfd is closed, has NO_NEW_PRIVS, and is
 * reaped by the kernel, without a signal.
 *
 * Inside an instance, where the filter refuses a cgroup namespace (EPERM), it is
 * the one around. Without user namespaces in the kernel (EINVAL), or with a limit of
 * none (ENOSPC, user.max_user_namespaces), root starts it without one, and *userns,
 * which is true before, is set to false; nobody else can, and a limit that is used up lets nobody.
 * The error is that of the last try. clone(2), user_namespaces(7).
 */
pid_t namespace_clone(int proc, int flags, char *stack, int (*inner)(void *), void *argument,
		      int *pidfd, bool *userns);

/* Starts INNER(argument) on STACK, sharing memory, in the namespaces this process has
 * joined. Sets *pidfd (close on exec) and returns the pid. Dies. Where the inner side of
 * namespace_clone ends with the pidfd, this one does. */
pid_t namespace_fork(char *stack, int (*inner)(void *), void *argument, int *pidfd);

/* Those namespaces of a process that an instance need not have of its own. */
struct namespaces {
	ino_t user, net;
	ino_t cgroup; /* 0 where the kernel has none */
};

/* Reads them; PROCESS is "self" or a pid in PROC, a descriptor of /proc. Needs the
 * right to trace the process. False and errno if not. */
bool namespace_read(int proc, const char *process, struct namespaces *namespaces);

/*
 * Opens the user namespace of PROCESS, and tells its owner and the inode number
 * of its parent; of that, 0 where it is not within this process's own,
 * ioctl_ns(2). While it is open no other has its number. Needs the right to trace
 * PROCESS. -1 and errno if not.
 */
int namespace_open_user(int proc, const char *process, uid_t *owner, ino_t *parent);

/*
 * Joins all namespaces of the process behind PIDFD, whose namespaces are THEIRS,
 * in one setns(2), Linux 5.8; of the pid namespace only the children of this
 * process will be. The kernel asks for the ownership of the user namespace, or for
 * SYS_ADMIN, SYS_CHROOT and SYS_PTRACE over it. Returns 0, or -1 and errno.
 */
int namespace_join(int pidfd, const struct namespaces *own, const struct namespaces *theirs);

/* Lets nothing make a user namespace in this process's own, which must not be the
 * host's, nor in those below it. PROC is a descriptor of /proc. Needs
 * CAP_SYS_RESOURCE over it, namespaces(7). Dies. */
void namespace_forbid_user(int proc);

/* Names the uts namespace. Needs CAP_SYS_ADMIN over it. */
void namespace_set_hostname(const char *name);

/* Sets the loopback interface up. Needs CAP_NET_ADMIN over the netns. */
void namespace_raise_loopback(void);

#endif
