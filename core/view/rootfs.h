/* SPDX-License-Identifier: ISC */
#ifndef CORE_ROOTFS_H
#define CORE_ROOTFS_H

#include <stdbool.h>

#include "core/view/view.h"

/*
 * Builds the view the plan describes, after view_begin, and makes it the root, with the working
 * directory where the plan wants it. To be called in new mount and pid namespaces whose
 * mounts are private, as the caller, with CAP_SYS_ADMIN and CAP_SYS_CHROOT over them and a
 * umask of 0. IN_PLACE says that "/" is known to be the root of the mount namespace: the
 * kernel sees to that where it makes a user namespace, and refuses one in a
 * chroot. Dies.
 */
void rootfs_enter(struct view *view, bool in_place);

#endif
