/* SPDX-License-Identifier: ISC */
/*
 * /proc/self/mountinfo: which mounts there are. The whole file is read before
 * the caller acts on it, since acting on it changes it; what of it is not kept
 * need not fit anywhere: by a deep directory each user can make lines of any length.
 */
#include "core/linux/mountinfo.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/linux/path.h"

/* Only the pages that are needed are ever touched: few mounts take one of each. */
static struct mountinfo_entry entries[16384];
static size_t count;

/* What is kept, then what was read and not yet looked at. The first never reaches the
 * second: it grows by one character at most for each that is looked at. */
static char text[16 << 20];
static size_t kept, at, end;
static int file;
static char last_end; /* what ended the last field: a space, a newline, or 0 for the file */

/* The last entry of those whose mount id leaves the same rest; plus 1, as their links. */
static uint16_t last[256];

static uint16_t *find_last(uint64_t mount)
{
	return &last[mount % (sizeof last / sizeof *last)];
}

const struct mountinfo_entry *mountinfo_find(uint64_t mount)
{
	uint16_t place = *find_last(mount);

	while (place && entries[place - 1].mount != mount)
		place = entries[place - 1].before;
	return place ? &entries[place - 1] : NULL;
}

static bool is_more(void)
{
	if (at < end)
		return true;
	if (sizeof text - kept <= PATH_MAX)
		die("too many mounts in the mount namespace");
	ssize_t length = read(file, text + kept, PATH_MAX);
	if (length < 0)
		die_errno("cannot read /proc/self/mountinfo");
	at = kept;
	end = kept + (size_t)length;
	return length;
}

static char next(void)
{
	if (!is_more())
		return '\0';
	return text[at++];
}

/* Space, tab, newline and backslash are three octal digits. */
static char unescape(void)
{
	unsigned value = 0;

	for (int digit = 0; digit < 3; digit++)
		value = value << 3 | (next() & 7);
	return (char)value;
}

/* The next field, or of a longer one as much as says that it is no path for a system
 * call. To keep it no longer, KEPT is set back. */
static char *take_field(void)
{
	char *field = text + kept, *most = field + PATH_MAX;

	while ((last_end = next()) && last_end != ' ' && last_end != '\n') {
		char letter = last_end;
		if (letter == '\\')
			letter = unescape();
		if (text + kept < most)
			text[kept++] = letter;
	}
	text[kept++] = '\0';
	return field;
}

static uint64_t take_number(void)
{
	const char *rest, *field = take_field();
	uint64_t number = text_number(field, &rest, 10);

	if (rest == field || *rest)
		die("cannot read /proc/self/mountinfo: a line does not begin with numbers");
	return number;
}

static int find_kind(const char *directory)
{
	return !strncmp(directory, "/underlay", 9) ? MOUNTINFO_UNDERLAY
	       : !strncmp(directory, "/cover", 6)  ? MOUNTINFO_COVER
	       : !strcmp(directory, "/dev")	   ? MOUNTINFO_DEV
						   : MOUNTINFO_OTHER;
}

/* A line is "ID PARENT MAJOR:MINOR ROOT PATH OPTIONS... - TYPE SOURCE ...". */
static struct mountinfo_entry take_line(void)
{
	size_t start = kept;
	struct mountinfo_entry entry = { .mount = take_number() };

	entry.parent = take_number();
	take_field();
	entry.kind = find_kind(take_field());
	kept = start;
	entry.path = take_field();
	start = kept;
	entry.writable = !strncmp(take_field(), "rw", 2);
	while (strcmp(take_field(), "-"))
		if (last_end != ' ')
			die("cannot read /proc/self/mountinfo: a line is too short");
	if (strcmp(take_field(), "tmpfs") || strcmp(take_field(), "selfdock"))
		entry.kind = MOUNTINFO_OTHER;
	while (last_end == ' ')
		take_field();
	kept = start;
	return entry;
}

size_t mountinfo_read(int proc, const struct mountinfo_entry **list)
{
	file = path_open(proc, "self/mountinfo", O_RDONLY, 0);
	if (file < 0)
		die_errno("cannot read /proc/self/mountinfo");
	if (count)
		memset(last, 0, sizeof last);
	for (count = kept = at = end = 0; is_more();) {
		if (count == sizeof entries / sizeof *entries)
			die("too many mounts in the mount namespace");
		entries[count] = take_line();
		uint16_t *place = find_last(entries[count].mount);
		entries[count].before = *place;
		*place = (uint16_t)++count;
	}
	close(file);
	*list = entries;
	return count;
}
