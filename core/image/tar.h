/* SPDX-License-Identifier: ISC */
#ifndef CORE_TAR_H
#define CORE_TAR_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/image/stream.h"

enum tar_type { TAR_FILE, TAR_LINK, TAR_SYMLINK, TAR_DEVICE, TAR_DIRECTORY, TAR_FIFO };

/* Names and links are as they are in the archive, which may be anything but empty, and hold no NUL
 * byte. */
struct tar_entry {
	enum tar_type type;
	unsigned mode; /* 07777 at most */
	uint64_t uid, gid, size;
	int64_t seconds; /* of the last change */
	uint32_t nanoseconds;
	char name[PATH_MAX];
	char target[PATH_MAX]; /* of both kinds of links */
	/* Extended attributes: for each its name with a NUL, the size of its value in two bytes,
	 * the higher one first, and the value. */
	size_t attributes;
	char attribute[8192];
};

enum { TAR_EXTENSION_MAX = 1 << 16 };

/* An archive that is being read. At first all is 0 but STREAM and VOUCHED. */
struct tar {
	struct stream *stream;
	uint64_t left;		      /* of the data of the last entry */
	unsigned padding;	      /* what fills its last block */
	bool vouched;		      /* a digest tells whether it is whole: it may lack its end */
	char text[TAR_EXTENSION_MAX]; /* of an extended header */
};

/* Returns the next entry, or false at the end of the archive. Leaves out what has not been read of
 * the last one. Takes ustar, pax and GNU archives. Dies: what is not understood is an error. */
bool tar_next(struct tar *tar, struct tar_entry *entry);

/* Reads up to SIZE bytes of the data of the entry. Returns 0 at its end. Dies. */
size_t tar_read(struct tar *tar, void *bytes, size_t size);

/* Finds the next extended attribute: at first *AT is 0. Returns its name, or NULL after the last
 * one. */
const char *tar_attribute(const struct tar_entry *entry, size_t *at, const char **value,
			  size_t *size);

#endif
