/* SPDX-License-Identifier: ISC */
/* The list of mounts is what another reader of the same lines finds, however long they are and in
 * whatever pieces they come; a line that is no line of a mountinfo is refused; each mount is found
 * by its id.
 * With: core/linux/mountinfo.c core/linux/path.c core/base/text.c core/base/error.c
 * core/base/filter.c */
#include "core/linux/mountinfo.h"

#include <ctype.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/base/error.h"
#include "tests/fuzz/fuzz.h"

enum { FIELDS = 6 };

struct line {
	const char *field[FIELDS + 1]; /* the first ones, and where the options begin */
	size_t length[FIELDS + 1];
	const char *type, *source;
	size_t type_length, source_length;
	bool valid;
};

static int proc = -1;
static struct mountinfo list;

static bool is(const char *text, size_t length, const char *word)
{
	return length == strlen(word) && !memcmp(text, word, length);
}

/* Takes a field. Returns what follows it, or NULL after the last of the line. */
static const char *next(const char *at, const char *end, size_t *length)
{
	const char *space = at < end ? memchr(at, ' ', (size_t)(end - at)) : NULL;

	*length = (size_t)((space ? space : end) - at);
	return space ? space + 1 : NULL;
}

/* Tabs before a number are left out, as core/base/text.h says of all blanks. */
static size_t count_tabs(const char *text, size_t length)
{
	size_t tabs = 0;

	while (tabs < length && text[tabs] == '\t')
		tabs++;
	return tabs;
}

static bool is_number(const char *text, size_t length)
{
	for (size_t i = count_tabs(text, length); i < length; i++)
		if (!isdigit((unsigned char)text[i]))
			return false;
	return length > 0;
}

static struct line read_line(const char *at, const char *end)
{
	struct line line = { .valid = false };
	size_t length = 0;
	bool dash = false;

	for (int i = 0; i < FIELDS; i++) {
		if (!at)
			return line;
		line.field[i] = at;
		at = next(at, end, &line.length[i]);
	}
	while (at && !dash) {
		const char *field = at;
		at = next(at, end, &length);
		dash = is(field, length, "-");
	}
	if (!dash || !is_number(line.field[0], line.length[0]) ||
	    !is_number(line.field[1], line.length[1]))
		return line;
	line.type = at ? at : end;
	at = at ? next(at, end, &line.type_length) : NULL;
	line.source = at ? at : end;
	if (at)
		next(at, end, &line.source_length);
	line.valid = true;
	return line;
}

static uint64_t read_number(const char *text, size_t length)
{
	unsigned __int128 number = 0;

	for (size_t i = count_tabs(text, length); i < length; i++) {
		number = number * 10 + (unsigned)(text[i] - '0');
		number = number > UINT64_MAX ? UINT64_MAX : number;
	}
	return (uint64_t)number;
}

/* Without escapes, and no longer than a path. */
static char *read_path(const char *text, size_t length)
{
	char *path = fuzz_take(length + 1);
	size_t kept = 0;

	for (size_t i = 0; i < length; i++) {
		char letter = text[i];
		if (letter == '\\') {
			letter = (char)((text[i + 1] & 7) << 6 | (text[i + 2] & 7) << 3 |
					(text[i + 3] & 7));
			i += 3;
		}
		path[kept++] = letter;
	}
	path[kept < PATH_MAX ? kept : PATH_MAX] = '\0';
	return path;
}

static enum mountinfo_kind find_kind(const struct line *line)
{
	const char *root = read_path(line->field[3], line->length[3]);

	if (!is(line->type, line->type_length, "tmpfs") ||
	    !is(line->source, line->source_length, "selfdock"))
		return MOUNTINFO_OTHER;
	if (!strncmp(root, "/underlay", 9))
		return MOUNTINFO_UNDERLAY;
	if (!strncmp(root, "/cover", 6))
		return MOUNTINFO_COVER;
	return strcmp(root, "/dev") ? MOUNTINFO_OTHER : MOUNTINFO_DEV;
}

static void compare(const struct line *line, const struct mountinfo_entry *entry)
{
	REQUIRE(entry->mount == read_number(line->field[0], line->length[0]));
	REQUIRE(entry->parent == read_number(line->field[1], line->length[1]));
	REQUIRE(!strcmp(mountinfo_path(&list, entry), read_path(line->field[4], line->length[4])));
	REQUIRE(entry->kind == find_kind(line));
	REQUIRE(entry->writable == (line->length[5] >= 2 && !memcmp(line->field[5], "rw", 2)));
	REQUIRE(entry->kernel == (is(line->type, line->type_length, "proc") ||
				  is(line->type, line->type_length, "sysfs") ||
				  is(line->type, line->type_length, "cgroup2") ||
				  is(line->type, line->type_length, "binfmt_misc") ||
				  (entry->kernel && line->type_length > 2)));
	const struct mountinfo_entry *found = mountinfo_find(&list, entry->mount);
	REQUIRE(found && found->mount == entry->mount);
}

/* The kernel's mounts form a tree. */
static bool is_tree(void)
{
	for (size_t i = 0; i < list.count; i++) {
		const struct mountinfo_entry *entry = &list.entries[i], *parent;
		size_t steps = 0;
		while ((parent = mountinfo_find(&list, entry->parent)) && parent != entry) {
			if (steps++ > list.count)
				return false;
			entry = parent;
		}
	}
	return true;
}

/* What is told of a mount agrees. */
static void ask(uint64_t mount)
{
	const struct mountinfo_entry *base = mountinfo_find_base(&list, mount);

	REQUIRE(!base || mountinfo_is_rootfs_mount(&list, base->parent));
	if (mountinfo_is_rootfs_mount(&list, mount))
		REQUIRE(!base);
	if (base && mountinfo_shows_kernel(&list, mount))
		REQUIRE(mountinfo_shows_kernel(&list, base->mount));
}

static void read_list(void *argument)
{
	(void)argument;
	mountinfo_read(&list, proc);
}

static void check(char *text, size_t length)
{
	const char *at = text, *end = text + length;
	size_t lines = 0;
	bool valid = true;
	int status = fuzz_status(read_list, NULL);

	for (; valid && at < end; lines++) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		newline = newline ? newline : end;
		struct line line = read_line(at, newline);
		valid = line.valid && lines < MOUNTINFO_MAX;
		if (valid && status == -1) {
			REQUIRE(lines < list.count);
			compare(&line, &list.entries[lines]);
		}
		at = newline + 1;
	}
	if (status == -1)
		REQUIRE(valid && lines == list.count);
	else
		REQUIRE(status == EXIT_SELFDOCK && (!valid || length > 1 << 19));
}

/* The kernel writes no NUL, three digits after each backslash, and a newline at the end. */
static void correct(char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (!text[i])
			text[i] = '0';
		if (text[i] != '\\')
			continue;
		for (size_t digit = i + 1; digit < i + 4 && digit < length; digit++)
			text[digit] = (char)('0' + (text[digit] & 7));
		if (length - i < 5)
			text[i] = '/';
		else
			i += 3;
	}
	if (length)
		text[length - 1] = '\n';
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t length;

	if (!size)
		return 0;
	if (proc < 0) {
		mkdir("self", 0700);
		proc = open(".", O_PATH | O_DIRECTORY);
	}
	fuzz_begin();
	char *text = fuzz_expand(data + 1, size - 1, 1 << 20, &length);
	correct(text, length);
	memset(&list, 0, sizeof list);
	fuzz_write("self/mountinfo", text, length, data[0]);
	check(text, length);
	if (list.count && list.count < 100 && is_tree()) {
		list.rootfs = list.entries[data[0] % list.count].mount;
		for (size_t i = 0; i < list.count; i++)
			ask(list.entries[i].mount);
	}
	return 0;
}
