/* SPDX-License-Identifier: ISC */
#ifndef CORE_FILTER_H
#define CORE_FILTER_H

#include <stdbool.h>

/* Whether this kernel lacks calls that a start makes: it is older than Linux 5.12. */
bool filter_kernel_is_old(void);

/*
 * Whether ERROR, of a system call, says that the call is not there: ENOSYS, or EPERM where a
 * seccomp filter is in force. Only for a call that the kernel itself never refuses by EPERM.
 */
bool filter_lacks(int error);

/* Whether calls are refused that a monitor, or an init, makes when it has no standard error any
 * more. errno says how. */
bool filter_refuses_monitor(void);
bool filter_refuses_init(void);

/*
 * Returns the name of the first system call of a start that a seccomp filter around refuses, or
 * NULL. ERROR is that of a call that failed; NULL if no filter answers so, or if the kernel is old
 * and may lack calls itself. With OPTIONS also looks at what only options need. Makes each call
 * with arguments that the kernel refuses, so it is for a process that is about to end. Keeps errno.
 */
const char *filter_find(int error, bool options);

/* A message for the name of that call. */
#define FILTER_REFUSES "a seccomp filter around, as of a container or service, refuses %s"

#endif
