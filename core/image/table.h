/* SPDX-License-Identifier: ISC */
#ifndef CORE_TABLE_H
#define CORE_TABLE_H

#include <stddef.h>
#include <stdint.h>

/* What is known of something that was unpacked. */
struct table_row {
	uint64_t directory; /* the inode of the directory that it is in */
	int64_t seconds;    /* of a directory: the time that it gets */
	uint32_t nanoseconds;
	uint32_t name;	/* where its name is in the text of the table */
	uint32_t next;	/* the row after it in its chain, plus 1 */
	uint16_t layer; /* the one that made it, or named it last */
	uint16_t mode;	/* of a directory: the mode that it gets */
};

/* All zeros at first. */
struct table {
	struct table_row *rows;
	char *text;
	uint32_t *chains;
	size_t count, room, length, text_room, chain_count;
};

/* Returns the row of NAME in the directory of that inode, or NULL. */
struct table_row *table_find(const struct table *table, uint64_t directory, const char *name);

/* Returns that row, or a new one. It is valid until the next row is added. Dies. */
struct table_row *table_add(struct table *table, uint64_t directory, const char *name);

#endif
