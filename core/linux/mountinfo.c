/* SPDX-License-Identifier: ISC */
/*
 * The list of mounts, from /proc/self/mountinfo or, of some mounts only, from listmount(2) and
 * statmount(2). The whole file is read before the caller acts on it, because acting on it changes
 * it. Fields that are not kept need not fit anywhere: with a deep directory every user can make
 * lines of any length.
 */
#include "core/linux/mountinfo.h"

#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#include "core/base/error.h"
#include "core/base/memory.h"
#include "core/base/text.h"
#include "core/linux/kernel.h"
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
		die("cannot read /proc/self/mountinfo: a line has another form");
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
			die("cannot read /proc/self/mountinfo: a line has another form");
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

static void clear(struct mountinfo *list)
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
}

void mountinfo_read(struct mountinfo *list, int proc)
{
	clear(list);
	list->file = path_open(proc, "self/mountinfo", O_RDONLY, 0);
	if (list->file < 0)
		die_errno("cannot read /proc/self/mountinfo");
	while (is_more(list))
		add(list, take_line(list));
	close(list->file);
	list->complete = true;
	list->total = list->count;
}

/* --- the short way: the mounts directly on the root file system --- */

/* Here a mount is named by its unique id, which is in no mountinfo, and which the kernel never uses
 * again. The entries have the ids of mountinfo all the same. */

static ssize_t ask(long call, uint64_t mount, uint64_t parameter, void *answer, size_t size)
{
	struct kernel_mount_request request = { sizeof request, 0, mount, parameter };

	return syscall(call, &request, answer, size, 0);
}

/* Adds a mount, and returns its parent. Returns 0 if there is no room, if the mount cannot be read
 * or has no path, or if it or what is below it may be a part of the root file system, because it
 * may be an underlay of an instance around this one. */
static uint64_t take_mount(struct mountinfo *list, uint64_t mount)
{
	enum {
		NEEDED = KERNEL_STATMOUNT_SUPER | KERNEL_STATMOUNT_MOUNT | KERNEL_STATMOUNT_ROOT |
			 KERNEL_STATMOUNT_POINT,
		SOURCE = KERNEL_STATMOUNT_SOURCE,
	};
	/* In a part of the text that is not used yet. */
	size_t start = (list->kept + 7) & ~(size_t)7;
	struct kernel_statmount *status = (void *)(list->text + start);

	if (list->count == list->entries_max ||
	    ask(KERNEL_SYS_STATMOUNT, mount, NEEDED | SOURCE, status, list->text_max - start) ||
	    (status->mask & NEEDED) != NEEDED)
		return 0;
	struct mountinfo_entry entry = {
		.mount = status->id_old,
		.parent = status->parent_old,
		.path = (uint32_t)list->kept,
	};
	if (status->magic == KERNEL_TMPFS_MAGIC)
		entry.kind = find_kind(status->text + status->root);
	if (entry.kind != MOUNTINFO_OTHER && !(status->mask & SOURCE))
		return 0;
	if (strcmp(status->text + status->source, MOUNTINFO_SELFDOCK))
		entry.kind = MOUNTINFO_OTHER;
	const char *path = status->text + status->point;
	if (entry.kind == MOUNTINFO_UNDERLAY || !*path)
		return 0;
	uint64_t parent = status->parent;
	size_t length = strlen(path) + 1;
	memmove(list->text + list->kept, path, length);
	list->kept += length;
	add(list, entry);
	return parent;
}

/* Adds MOUNT, and those that it stands on, up to one that is listed, is its own parent or is out of
 * reach. Returns false if it cannot add MOUNT. */
static bool take_stack(struct mountinfo *list, uint64_t mount)
{
	uint64_t parent = take_mount(list, mount);
	bool taken = parent;

	while (parent && !mountinfo_find(list, list->entries[list->count - 1].parent))
		parent = take_mount(list, parent);
	return taken;
}

/* Returns the id of the mount that FD is in, or 0 before Linux 6.8. */
static uint64_t identify(int fd)
{
	struct kernel_statx is;

	return path_stat(fd, "", KERNEL_STATX_MNT_ID_UNIQUE, &is) &&
			       is.mask & KERNEL_STATX_MNT_ID_UNIQUE
		       ? is.mnt_id
		       : 0;
}

void mountinfo_add(struct mountinfo *list, int fd)
{
	take_stack(list, identify(fd));
}

/* Lists all mounts below MOUNT, at any depth, in ascending order. Returns false if that cannot be
 * told, or if there may be more than MOUNTINFO_MAX / 2. */
static bool list_below(uint64_t mount, uint64_t *ids, size_t *count)
{
	enum { STEP = 64 }; /* the kernel allocates memory for each */
	ssize_t more = STEP;

	for (*count = 0; more == STEP && *count <= MOUNTINFO_MAX / 2 - STEP;
	     *count += (size_t)more) {
		more = ask(KERNEL_SYS_LISTMOUNT, mount, *count ? ids[*count - 1] : 0, ids + *count,
			   STEP);
		if (more < 0)
			return false;
	}
	return more < STEP;
}

static bool holds(const uint64_t *ids, size_t count, uint64_t id)
{
	for (size_t i = 0; i < count; i++)
		if (ids[i] == id)
			return true;
	return false;
}

/* Takes a mount directly on the root, which was just added, and all below it out of the ids. Notes
 * whether one of OWN is among them. */
static bool take_out(struct mountinfo *list, uint64_t mount, const uint64_t own[MOUNTINFO_OWN])
{
	uint64_t *ids = list->ids, *below = ids + list->id_count;
	size_t next = 0, below_count;

	if (!list_below(mount, below, &below_count))
		return false;
	for (size_t i = 0; i < list->id_count; i++) {
		while (next < below_count && below[next] < ids[i])
			next++;
		if (ids[i] == mount || (next < below_count && ids[i] == below[next]))
			ids[i] = 0;
	}
	for (size_t i = 0; i < MOUNTINFO_OWN; i++)
		if (own[i] == mount || holds(below, below_count, own[i]))
			list->entries[list->count - 1].own = true;
	return true;
}

/* What is below a mount directly on the root is not looked at, but the kernel lists all of it, each
 * time by going through all mounts. What is left of the list must be directly on the root: a mount
 * that is not, and not below one found before, would have been missed. */
bool mountinfo_read_top(struct mountinfo *list, int root, const int own[MOUNTINFO_OWN])
{
	enum { WORK_MAX = 100000 }; /* mounts to go through */
	uint64_t mount = identify(root), own_ids[MOUNTINFO_OWN];
	size_t work = 0;

	clear(list);
	list->complete = false;
	if (!mount || !take_stack(list, mount) || !list_below(mount, list->ids, &list->id_count))
		return false;
	list->total = list->count + list->id_count;
	for (size_t i = 0; i < MOUNTINFO_OWN; i++)
		own_ids[i] = identify(own[i]);
	for (size_t i = 0; i < list->id_count; i++) {
		if (!list->ids[i])
			continue;
		work += list->id_count;
		if (work > WORK_MAX || take_mount(list, list->ids[i]) != mount ||
		    !take_out(list, list->ids[i], own_ids))
			return false;
	}
	return true;
}
