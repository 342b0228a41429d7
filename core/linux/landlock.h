/* SPDX-License-Identifier: ISC */
#ifndef CORE_LANDLOCK_H
#define CORE_LANDLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "core/linux/kernel.h"

/* What a scope keeps inside. */
enum {
	LANDLOCK_SIGNALS = KERNEL_LANDLOCK_SCOPE_SIGNAL,
	LANDLOCK_SOCKETS = KERNEL_LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET, /* abstract ones */
};

/* Whether the kernel has scopes: Linux 6.12 with Landlock switched on. False where a seccomp filter
 * around refuses to tell. Dies. */
bool landlock_knows_scopes(void);

/*
 * From here on this process and its children cannot signal processes outside this scope, or connect
 * to abstract sockets there, or both: SCOPES are LANDLOCK_* as bits, landlock(7). Needs
 * NO_NEW_PRIVS. Returns false and does nothing if SCOPES is 0, if the kernel has no scopes, or if a
 * seccomp filter around refuses the calls. Dies beyond 16 levels, the kernel's limit.
 */
bool landlock_scope(uint64_t scopes);

#endif
