/* SPDX-License-Identifier: ISC */
#ifndef CORE_ROOTFS_H
#define CORE_ROOTFS_H

#include <stdbool.h>

#include "core/view/view.h"

/*
 * Builds the view that the plan describes, after view_begin, and makes it the root, with the
 * working directory that the plan wants. Call it as the caller in new mount and pid namespaces with
 * private mounts, with CAP_SYS_ADMIN and CAP_SYS_CHROOT over them and a umask of 0. IN_PLACE says
 * that "/" is known to be the root of the mount namespace: the kernel makes no user namespace in a
 * chroot, so a new one proves it. Dies.
 */
void rootfs_enter(struct view *view, bool in_place);

#endif
