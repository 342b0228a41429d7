/* SPDX-License-Identifier: ISC */
#ifndef CORE_PROGRESS_H
#define CORE_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How far an unpacking is. At first all is 0 but SHOWN. */
struct progress {
	bool shown;		     /* on standard error, which is a terminal */
	size_t layers, layer;	     /* no layers: the archive is being read */
	uint64_t bytes, began, next; /* the times are in milliseconds */
};

/* Adds to what was unpacked or read, and shows that now and then. */
void progress_add(struct progress *progress, uint64_t bytes);

/* Clears the line, and begins again. */
void progress_end(struct progress *progress);

#endif
