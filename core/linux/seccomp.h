/* SPDX-License-Identifier: ISC */
#ifndef CORE_SECCOMP_H
#define CORE_SECCOMP_H

#include <stdbool.h>

/* Puts this process and all it starts under the filter, seccomp(2); unless it is
 * SCOPED by Landlock, also under one that keeps its signals inside. Needs
 * NO_NEW_PRIVS. Dies. */
void seccomp_install(bool scoped);

#endif
