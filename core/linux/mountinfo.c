/* SPDX-License-Identifier: ISC */
/*
 * /proc/self/mountinfo: the list of mounts. The whole file is read before the caller acts on it,
 * because acting on it changes it. Fields that are not kept need not fit anywhere: with a deep
 * directory every user can make lines of any length.
 */
#include "core/linux/mountinfo.h"

#include <fcntl.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "core/base/error.h"
#include "core/base/memory.h"
#include "core/base/text.h"
#include "core/linux/path.h"

/* The text has 1 KiB for the path of each mount. */
struct many {
	struct mountinfo_entry entries[MOUNTINFO_MAX];
	char text[MOUNTINFO_MAX << 10];
};

static size_t hash(const struct mountinfo *list, uint64_t mount)
{
	return mount % (sizeof list->last / sizeof *list->last);
}

const struct mountinfo_entry *mountinfo_find(const struct mountinfo *list, uint64_t mount)
{
	uint16_t place = list->last[hash(list, mount)];

	while (place && list->entries[place - 1].mount != mount)
		place = list->entries[place - 1].before;
	return place ? &list->entries[place - 1] : NULL;
}

const char *mountinfo_path(const struct mountinfo *list, const struct mountinfo_entry *entry)
{
	return list->text + entry->path;
}

bool mountinfo_is_rootfs_mount(const struct mountinfo *list, uint64_t mount)
{
	const struct mountinfo_entry *entry, *parent;

	for (; mount != list->rootfs; mount = parent->mount) {
		entry = mountinfo_find(list, mount);
		parent = entry ? mountinfo_find(list, entry->parent) : NULL;
		if (!parent || parent == entry || entry->kind == MOUNTINFO_COVER ||
		    (entry->kind != MOUNTINFO_UNDERLAY && parent->kind != MOUNTINFO_UNDERLAY))
			return false;
	}
	return true;
}

/* Whether MOUNT is TOP, or below it. */
static bool is_below(const struct mountinfo *list, const struct mountinfo_entry *mount,
		     uint64_t top)
{
	while (mount && mount->mount != top)
		mount = mount->parent == mount->mount ? NULL : mountinfo_find(list, mount->parent);
	return mount;
}

bool mountinfo_shows_kernel(const struct mountinfo *list, uint64_t mount)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->entries[i].kernel && is_below(list, &list->entries[i], mount))
			return true;
	return false;
}

const struct mountinfo_entry *mountinfo_find_base(const struct mountinfo *list, uint64_t mount)
{
	const struct mountinfo_entry *entry;

	if (mountinfo_is_rootfs_mount(list, mount))
		return NULL;
	/* The root of all mounts is its own parent. */
	for (; (entry = mountinfo_find(list, mount)) && entry->parent != mount;
	     mount = entry->parent)
		if (mountinfo_is_rootfs_mount(list, entry->parent))
			return entry;
	return NULL;
}

/* Moves the list to a mapping with room for many mounts. */
static void grow(struct mountinfo *list)
{
	if (list->entries != list->first_entries)
		die("more than %d mounts in the mount namespace", MOUNTINFO_MAX);
	struct many *many = memory_take(sizeof *many);
	list->entries = memcpy(many->entries, list->entries, list->count * sizeof *list->entries);
	list->text = memcpy(many->text, list->text, list->end);
	list->entries_max = sizeof many->entries / sizeof *many->entries;
	list->text_max = sizeof many->text;
}

static bool is_more(struct mountinfo *list)
{
	if (list->at < list->end)
		return true;
	if (list->text_max - list->kept <= PATH_MAX)
		grow(list);
	ssize_t length = read(list->file, list->text + list->kept, PATH_MAX);
	if (length < 0)
		die_errno("cannot read /proc/self/mountinfo");
	list->at = list->kept;
	list->end = list->kept + (size_t)length;
	return length;
}

static char next(struct mountinfo *list)
{
	if (!is_more(list))
		return '\0';
	return list->text[list->at++];
}

/* Space, tab, newline and backslash are written as three octal digits. */
static char unescape(struct mountinfo *list)
{
	unsigned value = 0;

	for (int digit = 0; digit < 3; digit++)
		value = value << 3 | (next(list) & 7);
	return (char)value;
}

/* Reads the next field of the line, and returns its place in the text; it is empty after the last
 * one. A long field is kept only up to a length at which it is no path for a system call. To drop
 * the field, set KEPT back. */
static size_t take_field(struct mountinfo *list)
{
	size_t field = list->kept;
	bool more = list->last_end == ' ';

	while (more && (list->last_end = next(list)) && list->last_end != ' ' &&
	       list->last_end != '\n') {
		char letter = list->last_end;
		if (letter == '\\')
			letter = unescape(list);
		if (list->kept < field + PATH_MAX)
			list->text[list->kept++] = letter;
	}
	list->text[list->kept++] = '\0';
	return field;
}

/* The text may move while the field is taken. */
static const char *take_text(struct mountinfo *list)
{
	size_t field = take_field(list);

	return list->text + field;
}

static bool take_word(struct mountinfo *list, const char *word)
{
	return !strcmp(take_text(list), word);
}

static uint64_t take_number(struct mountinfo *list)
{
	const char *rest, *field = take_text(list);
	uint64_t number = text_number(field, &rest, 10);

	if (rest == field || *rest)
		die("cannot read /proc/self/mountinfo: a line does not begin with numbers");
	return number;
}

static bool begins(const char *text, const char *with)
{
	return !strncmp(text, with, strlen(with));
}

static enum mountinfo_kind find_kind(const char *directory)
{
	if (begins(directory, "/" MOUNTINFO_NAME_UNDERLAY))
		return MOUNTINFO_UNDERLAY;
	if (begins(directory, "/" MOUNTINFO_NAME_COVER))
		return MOUNTINFO_COVER;
	if (!strcmp(directory, "/" MOUNTINFO_NAME_DEV))
		return MOUNTINFO_DEV;
	return MOUNTINFO_OTHER;
}

/* Whether a file system of that type shows or changes the kernel, or what runs outside. */
static bool is_kernel(const char *type)
{
	static const char types[] =
		" proc sysfs devtmpfs devpts mqueue cgroup cgroup2 bpf debugfs tracefs configfs "
		"securityfs selinuxfs efivarfs pstore resctrl binfmt_misc ";
	size_t length = strlen(type);

	for (const char *known = types; known[1]; known = strchr(known + 1, ' '))
		if (!strncmp(known + 1, type, length) && known[1 + length] == ' ')
			return true;
	return false;
}

/* A line is "ID PARENT MAJOR:MINOR ROOT PATH OPTIONS... - TYPE SOURCE ...". */
static struct mountinfo_entry take_line(struct mountinfo *list)
{
	size_t start = list->kept;

	list->last_end = ' ';
	struct mountinfo_entry entry = { .mount = take_number(list) };
	entry.parent = take_number(list);
	take_field(list);
	entry.kind = find_kind(take_text(list));
	list->kept = start;
	entry.path = (uint32_t)take_field(list);
	start = list->kept;
	entry.writable = begins(take_text(list), "rw");
	while (!take_word(list, "-"))
		if (list->last_end != ' ')
			die("cannot read /proc/self/mountinfo: a line is too short");
	const char *type = take_text(list);
	entry.kernel = is_kernel(type);
	if (strcmp(type, "tmpfs") || !take_word(list, MOUNTINFO_SELFDOCK))
		entry.kind = MOUNTINFO_OTHER;
	while (list->last_end == ' ')
		take_field(list);
	list->kept = start;
	return entry;
}

static void add(struct mountinfo *list, struct mountinfo_entry entry)
{
	if (list->count == list->entries_max)
		grow(list);
	uint16_t *place = &list->last[hash(list, entry.mount)];
	entry.before = *place;
	list->entries[list->count++] = entry;
	*place = (uint16_t)list->count;
}

void mountinfo_read(struct mountinfo *list, int proc)
{
	if (!list->entries) {
		list->entries = list->first_entries;
		list->entries_max = sizeof list->first_entries / sizeof *list->first_entries;
		list->text = list->first_text;
		list->text_max = sizeof list->first_text;
	}
	if (list->count)
		memset(list->last, 0, sizeof list->last);
	list->count = list->kept = list->at = list->end = 0;
	list->file = path_open(proc, "self/mountinfo", O_RDONLY, 0);
	if (list->file < 0)
		die_errno("cannot read /proc/self/mountinfo");
	while (is_more(list))
		add(list, take_line(list));
	close(list->file);
}
