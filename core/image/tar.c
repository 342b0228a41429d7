/* SPDX-License-Identifier: ISC */
/*
 * Archives of tar: their headers, in the forms of POSIX (ustar, pax) and GNU. An archive is what
 * somebody else made: what is not understood is an error, not a guess.
 */
#include "core/image/tar.h"

#include <string.h>

#include "core/base/error.h"
#include "core/base/text.h"

enum { BLOCK = 512 };

/* A header as POSIX has it, pax(1). */
struct header {
	char name[100], mode[8], uid[8], gid[8], size[12], time[12], sum[8];
	char type;
	char target[100], magic[6], version[2], owner[32], group[32], device[16], prefix[155];
	char rest[12];
};

_Static_assert(sizeof(struct header) == BLOCK, "a header is a block");

/* What extended headers say of the entry that follows. */
struct extension {
	bool size, seconds, uid, gid; /* the field of the entry is set */
};

/* The second bit is the sign, and the first says that it is such a number. */
static int64_t read_binary(const unsigned char *field, size_t size)
{
	int64_t number = (field[0] & 0x3f) - (field[0] & 0x40);

	for (size_t i = 1; i < size; i++) {
		if (__builtin_mul_overflow(number, 256, &number))
			die("the archive has a number that is too large");
		number += field[i];
	}
	return number;
}

/* Reads a number: octal digits with spaces or NUL bytes around them, or binary, if the first bit is
 * set. Returns false if it is none. */
static bool take_field(const char *field, size_t size, int64_t *number)
{
	size_t at = 0;

	*number = 0;
	if (*field & 0x80) {
		*number = read_binary((const unsigned char *)field, size);
		return true;
	}
	while (at < size && field[at] == ' ')
		at++;
	for (; at < size && field[at] >= '0' && field[at] <= '7'; at++)
		*number = *number * 8 + (field[at] - '0');
	while (at < size && (!field[at] || field[at] == ' '))
		at++;
	return at == size;
}

static int64_t read_number(const char *field, size_t size)
{
	int64_t number;

	if (!take_field(field, size, &number))
		die("the archive is damaged: a header has a bad number");
	return number;
}

#define NUMBER(field) read_number(field, sizeof(field))

static uint64_t not_negative(int64_t number)
{
	if (number < 0)
		die("the archive is damaged: a header has a negative number");
	return (uint64_t)number;
}

static void check_sum(const struct header *header)
{
	const unsigned char *bytes = (const void *)header;
	size_t sum = sizeof header->sum * ' '; /* its own field counts as spaces */
	int64_t said;

	for (size_t i = 0; i < BLOCK; i++)
		sum += bytes[i];
	for (size_t i = 0; i < sizeof header->sum; i++)
		sum -= (unsigned char)header->sum[i];
	if (!take_field(header->sum, sizeof header->sum, &said) || (int64_t)sum != said)
		die("the archive is damaged, or none of tar, gzip, zstd or xz: a header has a "
		    "wrong checksum");
}

static bool is_zero(const struct header *header)
{
	const char *bytes = (const char *)header;

	return !*bytes && !memcmp(bytes, bytes + 1, BLOCK - 1);
}

/* Copies a field, which a NUL byte ends unless it is full. */
static void copy_field(char *text, const char *field, size_t size)
{
	size_t length = strnlen(field, size);

	memcpy(text, field, length);
	text[length] = '\0';
}

static enum tar_type find_type(const struct header *header, const char *name)
{
	switch (header->type) {
	case '\0': /* before POSIX, a directory was a name with a slash */
	case '0':
		return *name && name[strlen(name) - 1] == '/' ? TAR_DIRECTORY : TAR_FILE;
	case '7': /* a file that should be contiguous */
		return TAR_FILE;
	case '1':
		return TAR_LINK;
	case '2':
		return TAR_SYMLINK;
	case '3':
	case '4':
		return TAR_DEVICE;
	case '5':
		return TAR_DIRECTORY;
	case '6':
		return TAR_FIFO;
	case 'S':
		die("'%s' in the archive is a sparse file, which is not understood", name);
	default:
		die("'%s' in the archive is of a type that is not known: '%c'", name, header->type);
	}
}

/* Reads the data of an extended header, and a NUL. */
static size_t read_extension(struct tar *tar, const struct header *header)
{
	uint64_t size = not_negative(NUMBER(header->size));

	if (size >= TAR_EXTENSION_MAX)
		die("the archive has a header of more than %d bytes", TAR_EXTENSION_MAX);
	if (size && !stream_read_all(tar->stream, tar->text, (size_t)size))
		die("the archive is truncated");
	stream_skip(tar->stream, -size % BLOCK);
	tar->text[size] = '\0';
	return (size_t)size;
}

static void set_path(char path[PATH_MAX], const char *text, size_t length)
{
	if (length >= PATH_MAX)
		die("the archive has a path of more than %d bytes", PATH_MAX - 1);
	if (memchr(text, '\0', length))
		die("the archive has a path with a NUL byte");
	memcpy(path, text, length);
	path[length] = '\0';
}

static void add_attribute(struct tar_entry *entry, const char *name, const char *value, size_t size)
{
	size_t length = strlen(name) + 1;
	char *to = entry->attribute + entry->attributes;

	if (length + 2 + size > sizeof entry->attribute - entry->attributes)
		die("the archive has extended attributes of more than %u bytes",
		    (unsigned)sizeof entry->attribute);
	memcpy(to, name, length);
	to[length] = (char)(size >> 8);
	to[length + 1] = (char)size;
	memcpy(to + length + 2, value, size);
	entry->attributes += length + 2 + size;
}

const char *tar_attribute(const struct tar_entry *entry, size_t *at, const char **value,
			  size_t *size)
{
	const char *name = entry->attribute + *at;

	if (*at == entry->attributes)
		return NULL;
	const unsigned char *rest = (const unsigned char *)name + strlen(name) + 1;
	*size = (size_t)rest[0] << 8 | rest[1];
	*value = (const char *)rest + 2;
	*at = (size_t)(*value + *size - entry->attribute);
	return name;
}

/* Reads a whole number in decimal digits, with a sign; *END is what follows. */
static int64_t read_decimal(const char *text, const char **end)
{
	bool negative = *text == '-';
	uint64_t number = text_number(text + negative, end, 10);

	if (text[negative] < '0' || text[negative] > '9' || number > INT64_MAX)
		die("the archive is damaged: an extended header has a bad number");
	return negative ? -(int64_t)number : (int64_t)number;
}

static uint64_t read_whole(const char *text)
{
	const char *end;
	int64_t number = read_decimal(text, &end);

	if (*end)
		die("the archive is damaged: an extended header has a bad number");
	return not_negative(number);
}

/* A time is seconds, with digits after a point: floor and rest. */
static void read_time(struct tar_entry *entry, const char *text)
{
	const char *rest;
	uint32_t unit = 100000000;

	entry->seconds = read_decimal(text, &rest);
	entry->nanoseconds = 0;
	if (*rest == '.')
		for (rest++; *rest >= '0' && *rest <= '9'; rest++, unit /= 10)
			entry->nanoseconds += (uint32_t)(*rest - '0') * unit;
	if (*rest)
		die("the archive is damaged: an extended header has a bad number");
	if (*text == '-' && entry->nanoseconds) {
		entry->seconds--;
		entry->nanoseconds = 1000000000 - entry->nanoseconds;
	}
}

/* Takes one record of a pax header that is about a number. */
static void take_number(struct tar_entry *entry, struct extension *extension, const char *key,
			const char *value)
{
	const struct {
		const char *key;
		uint64_t *number;
		bool *set;
	} rows[] = { { "size", &entry->size, &extension->size },
		     { "uid", &entry->uid, &extension->uid },
		     { "gid", &entry->gid, &extension->gid } };

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (!strcmp(key, rows[i].key)) {
			*rows[i].number = read_whole(value);
			*rows[i].set = true;
		}
	if (!strcmp(key, "mtime")) {
		read_time(entry, value);
		extension->seconds = true;
	}
}

/* Takes one record of a pax header. An empty value means what the header of the entry says. */
static void take_record(struct tar_entry *entry, struct extension *extension, const char *key,
			const char *value, size_t size)
{
	static const char xattr[] = "SCHILY.xattr.";

	if (!strncmp(key, xattr, sizeof xattr - 1) && key[sizeof xattr - 1])
		add_attribute(entry, key + sizeof xattr - 1, value, size);
	else if (!strncmp(key, "GNU.sparse.", 11))
		die("the archive has a sparse file, which is not understood");
	else if (size && !strcmp(key, "path"))
		set_path(entry->name, value, size);
	else if (size && !strcmp(key, "linkpath"))
		set_path(entry->target, value, size);
	else if (size)
		take_number(entry, extension, key, value);
}

/* Takes the records of a pax header, "LENGTH KEY=VALUE\n"; LENGTH is that of the whole record. */
static void take_records(struct tar_entry *entry, struct extension *extension, char *text,
			 size_t size)
{
	for (char *end = text + size; text < end;) {
		const char *rest;
		uint64_t length = text_number(text, &rest, 10);
		size_t head = (size_t)(rest - text);
		char *key = text + head + 1;
		if (*text < '0' || *text > '9' || *rest != ' ' || length > (size_t)(end - text) ||
		    length < head + 3 || text[length - 1] != '\n')
			die("the archive is damaged: an extended header has a bad record");
		text += length;
		text[-1] = '\0';
		char *value = memchr(key, '=', (size_t)(text - 1 - key));
		if (!value || value == key || memchr(key, '\0', (size_t)(value - key)))
			die("the archive is damaged: an extended header has a bad record");
		*value++ = '\0';
		take_record(entry, extension, key, value, (size_t)(text - 1 - value));
	}
}

/* Takes a header that is not an entry, but says more of the next one. False if it is an entry. */
static bool take_extension(struct tar *tar, const struct header *header, struct tar_entry *entry,
			   struct extension *extension)
{
	char *text = tar->text;

	if (!header->type || !strchr("xgLK", header->type))
		return false;
	size_t size = read_extension(tar, header);
	if (header->type == 'x')
		take_records(entry, extension, text, size);
	else if (header->type == 'L')
		set_path(entry->name, text, strnlen(text, size));
	else if (header->type == 'K')
		set_path(entry->target, text, strnlen(text, size));
	return true; /* 'g' is for all entries: comments and the like */
}

/* Sets what no extended header has set. */
static void take_header(const struct header *header, const struct extension *extension,
			struct tar_entry *entry)
{
	char prefix[sizeof header->prefix + 1] = "", name[sizeof header->name + 1];

	if (!memcmp(header->magic, "ustar", 6))
		copy_field(prefix, header->prefix, sizeof header->prefix);
	copy_field(name, header->name, sizeof header->name);
	if (!*entry->name)
		text_format(entry->name, PATH_MAX, "%s%s%s", prefix, *prefix ? "/" : "", name);
	if (!*entry->name)
		die("the archive is damaged: an entry has no name");
	if (!*entry->target)
		copy_field(entry->target, header->target, sizeof header->target);
	if (!extension->size)
		entry->size = not_negative(NUMBER(header->size));
	if (!extension->uid)
		entry->uid = not_negative(NUMBER(header->uid));
	if (!extension->gid)
		entry->gid = not_negative(NUMBER(header->gid));
	if (!extension->seconds)
		entry->seconds = NUMBER(header->time);
	entry->mode = (unsigned)NUMBER(header->mode) & 07777;
	entry->type = find_type(header, entry->name);
}

/* After a block of zeros comes another one, or, as some write it, nothing. */
static void check_end(struct tar *tar)
{
	struct header header;

	if (stream_read_all(tar->stream, &header, BLOCK) && !is_zero(&header))
		die("the archive is damaged: something follows its end");
}

bool tar_next(struct tar *tar, struct tar_entry *entry)
{
	struct extension extension = { .size = false };
	struct header header;
	bool extended = false;

	stream_skip(tar->stream, tar->left + tar->padding);
	tar->left = tar->padding = 0;
	entry->name[0] = entry->target[0] = '\0';
	entry->attributes = entry->nanoseconds = 0;
	for (;; extended = true) {
		if (!stream_read_all(tar->stream, &header, BLOCK)) {
			if (tar->vouched && !extended)
				return false;
			die("the archive is truncated: it has no end");
		}
		if (is_zero(&header) && extended)
			die("the archive is damaged: an extended header is its last one");
		if (is_zero(&header)) {
			check_end(tar);
			return false;
		}
		check_sum(&header);
		if (!take_extension(tar, &header, entry, &extension))
			break;
	}
	take_header(&header, &extension, entry);
	if (entry->type != TAR_FILE) /* whatever it says, no data follows */
		entry->size = 0;
	tar->left = entry->size;
	tar->padding = (unsigned)(-entry->size % BLOCK);
	return true;
}

size_t tar_read(struct tar *tar, void *bytes, size_t size)
{
	if (size > tar->left)
		size = (size_t)tar->left;
	if (!size)
		return 0;
	size_t length = stream_read(tar->stream, bytes, size);
	if (!length)
		die("the archive is truncated");
	tar->left -= length;
	return length;
}
