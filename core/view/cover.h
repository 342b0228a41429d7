/* SPDX-License-Identifier: ISC */
#ifndef CORE_COVER_H
#define CORE_COVER_H

#include "core/view/view.h"

/*
 * Hides each mount below the root file system that is no part of the installed system, whatever
 * others do meanwhile in directories that they can write to. Notes the mount of the root, so call
 * it before any underlay is made. Needs CAP_SYS_ADMIN over the mount namespace. Dies.
 */
void cover_mounts(struct view *view);

#endif
