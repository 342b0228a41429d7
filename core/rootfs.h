/* SPDX-License-Identifier: ISC */
#ifndef CORE_ROOTFS_H
#define CORE_ROOTFS_H

#include "core/plan.h"

/*
 * Builds the view the plan describes and makes it the root, with the working
 * directory where the plan wants it. PROC is a descriptor of the outer /proc.
 * To be called in new mount and pid namespaces whose mounts are private, as
 * the caller, with CAP_SYS_ADMIN over them and a umask of 0. Dies.
 */
void rootfs_enter(const struct plan *plan, int proc);

#endif
