/* SPDX-License-Identifier: ISC */
#ifndef CORE_BINDS_H
#define CORE_BINDS_H

#include "core/view/view.h"

/* Both functions need CAP_SYS_ADMIN over the mount namespace, and die. */

/* Clones or makes what the defaults and then the file-system options ask for. Call it before
 * anything in the mount namespace is changed. */
void binds_prepare(struct view *view);

/* Attaches all of them in order, and makes the missing destinations. */
void binds_attach(struct view *view);

#endif
