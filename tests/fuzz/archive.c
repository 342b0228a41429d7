/* SPDX-License-Identifier: ISC */
/* An archive is refused, or each of its entries is what the header says it may be, with as much
 * data as it says; left out or read, the same entries follow.
 * With: core/image/tar.c core/image/stream.c core/image/sha256.c core/base/text.c
 * core/base/error.c core/base/filter.c */
#include "core/image/tar.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/fuzz/fuzz.h"

/* One reading of it. */
struct reading {
	int file;
	uint64_t size, entries, bytes;
	bool reads; /* the data, instead of leaving it out */
	struct stream stream;
	struct tar tar;
	struct tar_entry entry;
};

static void require_sound(const struct tar_entry *entry)
{
	const char *name, *value;
	size_t at = 0, size, names = 0;

	REQUIRE(*entry->name && memchr(entry->name, '\0', sizeof entry->name));
	REQUIRE(memchr(entry->target, '\0', sizeof entry->target));
	REQUIRE(entry->mode <= 07777 && entry->nanoseconds < 1000000000);
	REQUIRE(entry->type == TAR_FILE || !entry->size);
	while ((name = tar_attribute(entry, &at, &value, &size))) {
		REQUIRE(name >= entry->attribute && at <= sizeof entry->attribute);
		REQUIRE(*name && value + size <= entry->attribute + entry->attributes);
		names++;
	}
	REQUIRE(at == entry->attributes && names <= sizeof entry->attribute / 4);
}

static void read_data(struct reading *reading)
{
	char bytes[700];
	uint64_t all = 0;

	for (size_t size; (size = tar_read(&reading->tar, bytes, sizeof bytes));)
		all += size;
	REQUIRE(all == reading->entry.size);
}

static void read_archive(void *argument)
{
	struct reading *reading = argument;

	stream_begin(&reading->stream, reading->file, 0, reading->size, reading->reads, -1);
	reading->tar.stream = &reading->stream;
	while (tar_next(&reading->tar, &reading->entry)) {
		require_sound(&reading->entry);
		reading->entries++;
		reading->bytes += reading->entry.size;
		if (reading->reads)
			read_data(reading);
	}
}

static int read_once(struct reading *reading, int file, size_t size, bool reads)
{
	memset(reading, 0, sizeof *reading);
	reading->file = file;
	reading->size = size;
	reading->reads = reads;
	return fuzz_status(read_archive, reading);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct reading read, left;
	static int file = -1;

	if (file < 0)
		file = memfd_create("archive", 0);
	fuzz_begin();
	REQUIRE(!ftruncate(file, 0) && pwrite(file, data, size, 0) == (ssize_t)size);
	int status = read_once(&read, file, size, true);
	REQUIRE(status == read_once(&left, file, size, false) || status == 125);
	if (status < 0) {
		REQUIRE(read.entries == left.entries && read.bytes == left.bytes);
		REQUIRE(read.bytes <= size);
	}
	return 0;
}
