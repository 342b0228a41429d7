/* SPDX-License-Identifier: ISC */
#ifndef CORE_BINARY_H
#define CORE_BINARY_H

#include <limits.h>

/*
 * Clones the mount that this binary is on, read-only, nosuid and nodev, to execute it from there in
 * an instance. Call it before the view is changed. Needs CAP_SYS_ADMIN over the mount namespace,
 * and a path that leads to the binary. PROC is a descriptor of /proc, and PATH a buffer. Returns a
 * descriptor. Dies.
 */
int binary_clone(int proc, char path[PATH_MAX]);

#endif
