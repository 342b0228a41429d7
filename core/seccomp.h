/* SPDX-License-Identifier: ISC */
#ifndef CORE_SECCOMP_H
#define CORE_SECCOMP_H

/* Puts this process and all it starts under the filter, seccomp(2). Needs
 * NO_NEW_PRIVS. Dies. */
void seccomp_install(void);

#endif
