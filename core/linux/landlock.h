/* SPDX-License-Identifier: ISC */
#ifndef CORE_LANDLOCK_H
#define CORE_LANDLOCK_H

#include <stdbool.h>

/* Whether the kernel has scopes: Linux 6.12 with Landlock switched on. False where a seccomp filter
 * around refuses to tell. Dies. */
bool landlock_knows_scopes(void);

/*
 * From here on this process and its children can neither connect to abstract sockets nor signal
 * processes outside this scope, landlock(7). Needs NO_NEW_PRIVS. Returns false and does nothing if
 * the kernel has no scopes, or a seccomp filter around refuses the calls. Dies beyond 16 levels,
 * the kernel's limit.
 */
bool landlock_scope(void);

#endif
