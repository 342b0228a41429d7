/* SPDX-License-Identifier: ISC */
#ifndef CORE_MEMORY_H
#define CORE_MEMORY_H

#include <stddef.h>

/* Returns SIZE bytes of zeros, aligned for pointers, for what only few starts need. Only the pages
 * that are touched take memory. Nothing is given back, because a program is executed soon. mmap(2).
 * Dies. */
void *memory_take(size_t size);

#endif
