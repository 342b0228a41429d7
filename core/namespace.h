/* SPDX-License-Identifier: ISC */
#ifndef CORE_NAMESPACE_H
#define CORE_NAMESPACE_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * Starts INNER(argument) as pid 1 of new pid, mount, ipc, uts and cgroup
 * namespaces, in a user namespace of their own, with NETNS in an empty network
 * namespace too. Both processes share one memory until the inner one executes
 * a program; inner must not return. Sets *pidfd (close on exec) and returns
 * the pid; dies where the kernel refuses.
 *
 * Without user namespaces in the kernel (EINVAL), or with none allowed
 * (ENOSPC), root starts it without one, and *userns is set to false; nobody
 * else can. clone(2), user_namespaces(7).
 */
pid_t namespace_clone(bool netns, int (*inner)(void *), void *argument, int *pidfd, bool *userns);

/* Names the uts namespace. Needs CAP_SYS_ADMIN over it. */
void namespace_set_hostname(const char *name);

/* Sets the loopback interface up. Needs CAP_NET_ADMIN over the netns. */
void namespace_raise_loopback(void);

#endif
