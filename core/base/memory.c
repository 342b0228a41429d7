/* SPDX-License-Identifier: ISC */
/*
 * Memory beyond the binary's own. The C library's allocator would be a twentieth of this binary.
 */
#include "core/base/memory.h"

#include <sys/mman.h>

#include "core/base/error.h"

/* What is left of the last mapping. */
static struct {
	char *rest;
	size_t left;
} pool;

void *memory_take(size_t size)
{
	enum { LEAST = 64 * 1024 };

	size += -size % sizeof(void *);
	if (size > pool.left) {
		pool.left = size > LEAST ? size : LEAST;
		pool.rest = mmap(NULL, pool.left, PROT_READ | PROT_WRITE,
				 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (pool.rest == MAP_FAILED)
			die_errno("cannot get memory");
	}
	pool.left -= size;
	pool.rest += size;
	return pool.rest - size;
}
