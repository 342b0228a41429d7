/* SPDX-License-Identifier: ISC */
#ifndef CORE_INIT_H
#define CORE_INIT_H

#include "core/supervise.h"

/*
 * Forks: returns in the child, which becomes the program. This process stays as
 * pid 1, reaps every process that is left to it, passes signals on, tells SHARED, in
 * memory shared with the monitor, how the program ended, and ends then. Dies.
 */
void init_fork(struct supervised *shared);

#endif
