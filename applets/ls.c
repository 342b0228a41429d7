/* SPDX-License-Identifier: ISC */
/*
 * selfdock-ls: the running instances. It keeps nothing and needs no privilege:
 * what it prints anyone could read in /proc, one process at a time.
 */
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <time.h>
#include <unistd.h>

#include "core/base/error.h"
#include "core/base/json.h"
#include "core/base/text.h"
#include "core/cli/applet.h"
#include "core/instance/instance.h"
#include "core/linux/privilege.h"

/* The kernel's limits: of pid namespaces in each other, and of pids. */
enum { DEPTH_MAX = 32, PIDS_MAX = 1 << 22 };

struct row {
	struct row *next;
	pid_t id, program;
	uid_t uid;
	const char *mode, *name, *rootfs;
	char **command;
	time_t started;
	struct row *outer; /* the instance it is in */
	unsigned depth;
	bool wanted;
	uint64_t ticks, pages;
	unsigned processes;
};

static enum { TABLE, LONG_TABLE, IDS, JSON } form;
static int proc;
static struct row *rows, **last = &rows;
/* By pid, what was found out: the instance that a process is in, or that it is in none;
 * and room for the pids on the way there. Of these only the pages that are needed are ever
 * touched. */
static struct row **inside, nowhere;
static pid_t *way;

static void *allocate(size_t size)
{
	void *memory = calloc(1, size);

	if (!memory)
		die_errno("cannot list the instances");
	return memory;
}

static char *copy(const char *text)
{
	size_t size = text ? strlen(text) + 1 : 0;

	return text ? memcpy(allocate(size), text, size) : NULL;
}

static char **copy_words(int words, char **word)
{
	char **list = allocate(((size_t)words + 1) * sizeof *list);

	for (int i = 0; i < words; i++)
		list[i] = copy(word[i]);
	list[words] = NULL;
	return list;
}

static time_t read_start(pid_t pid)
{
	struct procfs_usage usage;
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	if (!procfs_read_usage(proc, pid, &usage))
		return time(NULL);
	return time(NULL) - (now.tv_sec - (time_t)(usage.start / getauxval(AT_CLKTCK)));
}

static struct row **place(pid_t pid)
{
	return &inside[(uint32_t)pid % PIDS_MAX];
}

/* Without a command on its line, the program is a shell that it did not name. */
static void add_row(const struct instance *instance)
{
	struct instance_record record = instance->record;

	struct row *row = allocate(sizeof *row);
	*row = (struct row){
		.id = instance->monitor.pid,
		.program = instance->program.pid,
		.uid = instance->monitor.uid[0],
		.mode = record.applet->name,
		.name = copy(record.name),
		.rootfs = copy(record.rootfs ? record.rootfs : "/"),
		.depth = instance->monitor.level,
	};
	if (!record.count)
		record.count = procfs_read_words(proc, row->program, &record.operands);
	row->command = copy_words(record.count, record.operands);
	row->started = read_start(row->id);
	*place(row->program) = row;
	*last = row;
	last = &row->next;
}

/* The row of the instance that a process is in, or NULL. It is remembered for all on the
 * way there, so that each process is looked at once, and not for all below it. */
static struct row *find_row(struct procfs_process process)
{
	size_t length = 0;
	int entered = 0;

	while (process.level && process.innermost != 1 && !*place(process.pid) &&
	       length < PIDS_MAX) {
		way[length++] = process.pid;
		if (!instance_climb(proc, privilege_uid() == 0, &process, &entered))
			break;
	}
	struct row *row = *place(process.pid);
	while (length)
		*place(way[--length]) = row ? row : &nowhere;
	return row == &nowhere ? NULL : row;
}

static void find_outer(void)
{
	struct procfs_process monitor;

	for (struct row *row = rows; row; row = row->next)
		if (row->depth && procfs_read(proc, row->id, &monitor))
			row->outer = find_row(monitor);
	for (struct row *row = rows; row; row = row->next) {
		row->depth = 0;
		for (struct row *outer = row->outer; outer; outer = outer->outer)
			if (++row->depth > DEPTH_MAX)
				break;
		/* Command lines that lie can make a circle. */
		if (row->depth > DEPTH_MAX)
			row->outer = NULL, row->depth = 0;
	}
}

/* Counts each process for the instance that it is in, and for those around. */
static void sum_usage(void)
{
	struct procfs_process process;
	struct procfs_usage usage;
	struct path_listing list = procfs_list(proc);
	pid_t pid;

	while ((pid = procfs_next(&list))) {
		if (!procfs_read(proc, pid, &process) || !process.level ||
		    !procfs_read_usage(proc, pid, &usage))
			continue;
		struct row *row = find_row(process);
		for (; row; row = row->outer) {
			row->ticks += usage.time;
			row->pages += usage.memory;
			row->processes++;
		}
	}
	close(list.fd);
}

/* Marks the rows that a word of the command line names; false if there is none. */
static bool mark(const char *word)
{
	bool found = false, number = !word[strspn(word, "0123456789")];
	uint64_t value = text_number(word, NULL, 10);
	pid_t pid = value <= INT32_MAX ? (pid_t)value : 0; /* which no process has */
	struct procfs_process process;
	struct row *holder = NULL;

	if (number && procfs_read(proc, pid, &process))
		holder = find_row(process);
	for (struct row *row = rows; row; row = row->next) {
		bool is_it = number ? row->id == pid : row->name && !strcmp(row->name, word);
		if (is_it || (row == holder && !row->wanted))
			row->wanted = found = true;
	}
	return found;
}

/* --- as JSON --- */

static void print_json(const struct row *row)
{
	static bool more;

	text_print("%s\n{\"id\":%d,\"name\":", more ? "," : "", row->id);
	json_print(row->name);
	text_print(",\"pid\":%d,\"uid\":%u,\"mode\":\"%s\",\"rootfs\":", row->program, row->uid,
		   row->mode);
	json_print(row->rootfs);
	text_print(",\"started\":%lld,\"outer\":", (long long)row->started);
	if (row->outer)
		text_print("%d", row->outer->id);
	else
		json_print(NULL);
	text_print(",\"cpu_ms\":%llu,\"memory\":%llu,\"processes\":%u,\"command\":[",
		   (unsigned long long)row->ticks * 1000 / getauxval(AT_CLKTCK),
		   (unsigned long long)row->pages * getauxval(AT_PAGESZ), row->processes);
	for (char **word = row->command; *word; word++) {
		text_print("%s", word == row->command ? "" : ",");
		json_print(*word);
	}
	text_print("]}");
	more = true;
}

/* --- as a table --- */

enum { ID, NAME, PID, USER, MODE, ROOTFS, STARTED, CPU, MEMORY, PROCESSES, COLUMNS };

static const char *const titles[COLUMNS] = { "ID",     "NAME",	  "PID", "USER",   "MODE",
					     "ROOTFS", "STARTED", "CPU", "MEMORY", "PROCESSES" };
static char cells[COLUMNS][PATH_MAX];
static int widths[COLUMNS];

static bool is_shown(int column)
{
	if (column == USER)
		return privilege_uid() == 0;
	return form == LONG_TABLE || column < CPU;
}

/* A number in the largest unit of which there are two. */
static void write_amount(char *cell, uint64_t amount, const char *units, const uint64_t *sizes)
{
	size_t i = 0;

	while (units[i + 1] && amount < 2 * sizes[i])
		i++;
	text_format(cell, PATH_MAX, "%llu%c", (unsigned long long)(amount / sizes[i]), units[i]);
}

static void write_cells(const struct row *row)
{
	static const uint64_t spans[] = { 86400, 3600, 60, 1 };
	static const uint64_t sizes[] = { 1 << 30, 1 << 20, 1 << 10 };
	time_t age = time(NULL) - row->started;

	text_format(cells[ID], PATH_MAX, "%*s%d", 2 * (int)row->depth, "", row->id);
	text_format(cells[NAME], PATH_MAX, "%s", row->name ? row->name : "-");
	text_format(cells[PID], PATH_MAX, "%d", row->program);
	text_format(cells[MODE], PATH_MAX, "%s", row->mode);
	text_format(cells[ROOTFS], PATH_MAX, "%s", row->rootfs);
	write_amount(cells[STARTED], age > 0 ? (uint64_t)age : 0, "dhms", spans);
	write_amount(cells[CPU], row->ticks / getauxval(AT_CLKTCK), "dhms", spans);
	write_amount(cells[MEMORY], row->pages * getauxval(AT_PAGESZ), "GMK", sizes);
	text_format(cells[PROCESSES], PATH_MAX, "%u", row->processes);
	text_format(cells[USER], PATH_MAX, "%u", row->uid);
}

/* The length of the character that TEXT begins with, or 0 if a terminal is not to get it. */
static size_t printable(const char *text)
{
	unsigned code;
	size_t length = text_character(text, &code);

	return text_is_printable(code) ? length : 0;
}

/* In columns, as print_escaped prints it. */
static int width(const char *text)
{
	int columns = 0;

	for (size_t length; *text; text += length ? length : 1) {
		length = printable(text);
		columns += length ? 1 : 4;
	}
	return columns;
}

/* Each byte of what is not printable as \xNN. */
static void print_escaped(const char *text)
{
	for (size_t length; *text; text += length ? length : 1) {
		length = printable(text);
		if (length)
			text_print("%.*s", (int)length, text);
		else
			text_print("\\x%02x", (unsigned char)*text);
	}
}

static void widen(const struct row *row)
{
	write_cells(row);
	for (int column = 0; column < COLUMNS; column++)
		if (width(cells[column]) > widths[column])
			widths[column] = width(cells[column]);
}

static void print_cells(void)
{
	for (int column = 0; column < COLUMNS; column++)
		if (is_shown(column)) {
			print_escaped(cells[column]);
			text_print("%*s  ", widths[column] - width(cells[column]), "");
		}
}

static void print_row(const struct row *row)
{
	write_cells(row);
	print_cells();
	for (char **word = row->command; *word; word++) {
		text_print("%s", word == row->command ? "" : " ");
		print_escaped(*word);
	}
	text_print("\n");
}

static void print_titles(const struct row *row)
{
	static bool printed;

	(void)row;
	if (printed)
		return;
	printed = true;
	for (int column = 0; column < COLUMNS; column++) {
		text_format(cells[column], PATH_MAX, "%s", titles[column]);
		if (width(cells[column]) > widths[column])
			widths[column] = width(cells[column]);
	}
	print_cells();
	text_print("COMMAND\n");
}

/* --- the whole --- */

/* The first row right below OUTER and after AFTER, either of which may be NULL. */
static struct row *next_below(const struct row *outer, const struct row *after)
{
	for (struct row *row = after ? after->next : rows; row; row = row->next)
		if (row->outer == outer)
			return row;
	return NULL;
}

/* Calls PRINT for the wanted rows, each followed by those below it. */
static void walk(void (*print)(const struct row *row))
{
	struct row *row = next_below(NULL, NULL), *next;

	while (row) {
		if (row->wanted)
			print(row);
		next = next_below(row, NULL);
		for (; row && !next; row = row->outer)
			next = next_below(row->outer, row);
		row = next;
	}
}

static void print_id(const struct row *row)
{
	text_print("%d\n", row->id);
}

static void print(void)
{
	if (form == IDS) {
		walk(print_id);
	} else if (form == JSON) {
		text_print("[");
		walk(print_json);
		text_print("\n]\n");
	} else {
		walk(widen);
		walk(print_titles);
		walk(print_row);
	}
}

static int ls_main(int words, char **word)
{
	bool found = true;

	proc = procfs_open();
	inside = allocate(PIDS_MAX * sizeof(struct row *));
	way = allocate(PIDS_MAX * sizeof *way);
	if (privilege_uid() && procfs_hides(proc))
		warn("/proc hides processes (hidepid): there may be more instances");
	instance_take(proc, privilege_uid() == 0, add_row);
	find_outer();
	if (form == LONG_TABLE || form == JSON)
		sum_usage();
	for (int i = 0; i < words; i++)
		found = mark(word[i]) && found;
	for (struct row *row = rows; row; row = row->next)
		row->wanted = row->wanted || !words;
	print();
	return !found;
}

static void take_ids(char **value)
{
	(void)value;
	form = IDS;
}

static void take_long(char **value)
{
	(void)value;
	form = LONG_TABLE;
}

static void take_json(char **value)
{
	(void)value;
	form = JSON;
}

static const struct option_spec ls_options[] = {
	{ 'q', "quiet", "", "ids only", .take = take_ids },
	{ 'l', "long", "", "with CPU time, memory and number of processes", .take = take_long },
	{ 0, "json", "", "everything, as a JSON array", .take = take_json },
	{ .name = "" },
};

const struct applet applet_ls = {
	.name = "ls",
	.summary = "list the running instances",
	.usage = "[OPTION]... [INSTANCE]...",
	.options = ls_options,
	.privilege = PRIVILEGE_NONE,
	.main = ls_main,
};
