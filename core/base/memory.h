/* SPDX-License-Identifier: ISC */
#ifndef CORE_MEMORY_H
#define CORE_MEMORY_H

#include <stddef.h>

/* SIZE bytes of zeros, aligned for pointers. Only the pages that are touched take memory, and
 * nothing is given back: a program is executed soon. For what few starts need. mmap(2). Dies. */
void *memory_take(size_t size);

#endif
