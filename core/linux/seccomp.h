/* SPDX-License-Identifier: ISC */
#ifndef CORE_SECCOMP_H
#define CORE_SECCOMP_H

#include <stdbool.h>

/* Puts this process and its children under the filter, seccomp(2). Unless Landlock has SCOPED them,
 * also puts them under a filter that keeps their signals inside. Needs NO_NEW_PRIVS. Dies. */
void seccomp_install(bool scoped);

/* Puts this process and its children under the filter that answers with success what a user cannot
 * do. Call it last: where filters differ, the kernel takes the answer of the newest. Needs
 * NO_NEW_PRIVS. Dies. */
void seccomp_fake_root(void);

#endif
