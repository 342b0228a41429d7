/* SPDX-License-Identifier: ISC */
/*
 * A table of what was unpacked, by directory and name: which layer it is of, and what a directory
 * is to become. It grows with the number of rows.
 */
#include "core/image/table.h"

#include <string.h>
#include <sys/mman.h>

#include "core/base/error.h"

/* Makes room for COUNT things of SIZE bytes at MEMORY, where there is room for *ROOM. */
static void *grow(void *memory, size_t *room, size_t count, size_t size)
{
	size_t before = *room * size;

	if (count <= *room)
		return memory;
	while (*room < count)
		*room = *room ? *room * 2 : 4096;
	if (memory)
		memory = mremap(memory, before, *room * size, MREMAP_MAYMOVE);
	else
		memory = mmap(NULL, *room * size, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		die_errno("cannot get memory");
	return memory;
}

/* FNV-1a, with the inode in front of the name. */
static uint32_t *find_chain(const struct table *table, uint64_t directory, const char *name)
{
	uint64_t hash = (directory ^ 0xcbf29ce484222325) * 0x100000001b3;

	for (; *name; name++)
		hash = (hash ^ (unsigned char)*name) * 0x100000001b3;
	return &table->chains[(hash ^ hash >> 32) & (table->chain_count - 1)];
}

struct table_row *table_find(const struct table *table, uint64_t directory, const char *name)
{
	if (!table->count)
		return NULL;
	for (uint32_t next = *find_chain(table, directory, name); next;) {
		struct table_row *row = &table->rows[next - 1];
		if (row->directory == directory && !strcmp(table->text + row->name, name))
			return row;
		next = row->next;
	}
	return NULL;
}

/* Twice as many chains: each row goes into its new one. */
static void rehash(struct table *table)
{
	size_t room = table->chain_count;

	table->chains =
		grow(table->chains, &room, table->chain_count * 2 + 1, sizeof *table->chains);
	table->chain_count = room;
	memset(table->chains, 0, room * sizeof *table->chains);
	for (size_t i = 0; i < table->count; i++) {
		struct table_row *row = &table->rows[i];
		uint32_t *chain = find_chain(table, row->directory, table->text + row->name);
		row->next = *chain;
		*chain = (uint32_t)i + 1;
	}
}

struct table_row *table_add(struct table *table, uint64_t directory, const char *name)
{
	struct table_row *row = table_find(table, directory, name);
	size_t size = strlen(name) + 1;

	if (row)
		return row;
	if (table->length + size > UINT32_MAX)
		die("the archive has more names than can be counted");
	if (table->count == table->chain_count)
		rehash(table);
	table->rows = grow(table->rows, &table->room, table->count + 1, sizeof *row);
	table->text = grow(table->text, &table->text_room, table->length + size, 1);
	uint32_t *chain = find_chain(table, directory, name);
	row = &table->rows[table->count++];
	*row = (struct table_row){ .directory = directory, .next = *chain };
	*chain = (uint32_t)table->count;
	row->name = (uint32_t)table->length;
	memcpy(table->text + table->length, name, size);
	table->length += size;
	return row;
}
