/* SPDX-License-Identifier: ISC */
#ifndef CORE_BINDS_H
#define CORE_BINDS_H

#include "core/view/view.h"

/* Both need CAP_SYS_ADMIN over the mount namespace. They die. */

/* Clones or makes what the file-system options ask for. To be called before anything in the
 * mount namespace is changed. */
void binds_prepare(struct view *view);

/* Attaches it all, in order, and makes the destinations that are missing. */
void binds_attach(struct view *view);

#endif
