/* SPDX-License-Identifier: ISC */
/*
 * /proc/self/mountinfo: which mounts there are. The whole file is read before
 * the caller acts on it, since acting on it changes it.
 */
#include "core/mountinfo.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/error.h"
#include "core/path.h"

/* Only the pages that are needed are ever touched. */
static struct mountinfo_entry entries[16384];
static char paths[1 << 20];
static size_t count, paths_used;

/* Undoes the octal escapes of space, tab, newline and backslash, in place. */
static void unescape(char *text)
{
	char *to = text;

	for (char *from = text; *from; to++) {
		if (from[0] == '\\' && from[1] && from[2] && from[3]) {
			*to = (char)((from[1] & 7) << 6 | (from[2] & 7) << 3 | (from[3] & 7));
			from += 4;
		} else {
			*to = *from++;
		}
	}
	*to = '\0';
}

/* A line is "ID PARENT MAJOR:MINOR ROOT PATH ...". */
static void take_line(char *line)
{
	char *end, *field = line;
	uint64_t id = strtoull(field, &end, 10);

	if (end == field || *end != ' ')
		die("cannot read /proc/self/mountinfo: a line does not begin with numbers");
	uint64_t parent = strtoull(end, &field, 10);
	for (int skip = 0; skip < 2; skip++) {
		field = *field ? strchr(field + 1, ' ') : NULL;
		if (!field)
			die("cannot read /proc/self/mountinfo: a line is too short");
	}
	field++;
	field[strcspn(field, " ")] = '\0';
	unescape(field);

	size_t length = strlen(field) + 1;
	if (count == sizeof entries / sizeof *entries || length > sizeof paths - paths_used)
		die("too many mounts in the mount namespace");
	entries[count++] = (struct mountinfo_entry){ id, parent, paths + paths_used };
	memcpy(paths + paths_used, field, length);
	paths_used += length;
}

size_t mountinfo_read(int proc, const struct mountinfo_entry **list)
{
	static char text[1 << 17]; /* a line holds two paths, four bytes for each byte */
	size_t filled = 0;
	ssize_t more;
	int file = path_open(proc, "self/mountinfo", O_RDONLY, 0);

	if (file < 0)
		die_errno("cannot open /proc/self/mountinfo");
	count = paths_used = 0;
	while ((more = read(file, text + filled, sizeof text - 1 - filled)) > 0) {
		char *line = text, *newline;
		filled += (size_t)more;
		text[filled] = '\0';
		for (; (newline = strchr(line, '\n')); line = newline + 1) {
			*newline = '\0';
			take_line(line);
		}
		filled -= (size_t)(line - text);
		memmove(text, line, filled);
	}
	if (more < 0 || filled)
		die_errno("cannot read /proc/self/mountinfo to its end");
	close(file);
	*list = entries;
	return count;
}
