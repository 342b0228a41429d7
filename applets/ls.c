/* SPDX-License-Identifier: ISC */
/*
 * selfdock-ls: lists the running instances. It stores nothing and needs no privilege: anybody could
 * read what it prints in /proc, one process at a time.
 */
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "core/base/error.h"
#include "core/base/json.h"
#include "core/base/memory.h"
#include "core/base/text.h"
#include "core/cli/applet.h"
#include "core/cli/words.h"
#include "core/instance/instance.h"
#include "core/linux/kernel.h"
#include "core/linux/privilege.h"

/* The kernel's limits on the depth of pid namespaces and on pids. */
enum { DEPTH_MAX = 32, PIDS_MAX = 1 << 22 };

enum { JSON = 1, WIDE };

/* How much of a command is shown however narrow the terminal is, in columns. */
enum { LEAST = 16 };

/* Of the first three the last one counts, but JSON has all that -l adds. */
static const struct option ls_options[] = {
	{ 'q', "quiet", "", "ids only" },
	{ 'l', "long", "", "with CPU time, memory, number of processes" },
	{ JSON, "json", "", "everything, as a JSON array" },
	{ WIDE, "wide", "", "whole commands, on a narrow terminal, too" },
	{ .name = "" },
};

struct row {
	struct row *next;
	pid_t id, program;
	uid_t uid;
	const char *mode, *name, *rootfs;
	char **command;
	time_t started;
	struct row *outer; /* the instance it is in */
	bool has_inner;	   /* it is such an instance */
	unsigned depth;
	bool wanted;
	uint64_t ticks, pages;
	unsigned processes;
};

/* All rows. For each pid the instance that the process is in, or NOWHERE, once known. Room for the
 * pids on the way there. Of the last two only the pages in use are ever touched. */
struct listing {
	int proc;
	time_t booted; /* when the machine started, in seconds since 1970 */
	struct row *rows, **last;
	struct row **inside, nowhere;
	pid_t *way;
};

static char *copy(const char *text)
{
	size_t size = text ? strlen(text) + 1 : 0;

	return text ? memcpy(memory_take(size), text, size) : NULL;
}

static char **copy_words(char **words)
{
	size_t count = 0;

	while (words[count])
		count++;
	char **list = memory_take((count + 1) * sizeof *list);
	for (size_t i = 0; i < count; i++)
		list[i] = copy(words[i]);
	return list;
}

/* In seconds. The C library's functions would link a search of the vdso. */
static time_t read_clock(int clock)
{
	struct timespec now = { 0 };

	syscall(KERNEL_SYS_CLOCK_GETTIME, clock, &now);
	return now.tv_sec;
}

static time_t read_start(const struct listing *listing, pid_t pid)
{
	struct procfs_usage usage;

	if (!procfs_read_usage(listing->proc, pid, &usage))
		return read_clock(CLOCK_REALTIME);
	return listing->booted + (time_t)(usage.start / getauxval(AT_CLKTCK));
}

static struct row **place(struct listing *listing, pid_t pid)
{
	return &listing->inside[(uint32_t)pid % PIDS_MAX];
}

/* Without a command in the record, the program is a shell, and its own command line is used. */
static void add_row(struct listing *listing, const struct instance *instance, bool quiet)
{
	struct instance_record record = instance->record;
	struct row *row = memory_take(sizeof *row);
	*row = (struct row){
		.id = instance->monitor.pid,
		.program = instance->program.pid,
		.uid = instance->monitor.uid[0],
		.mode = record.applet->name,
		.name = copy(record.name),
		.rootfs = copy(record.rootfs ? record.rootfs : "/"),
		.depth = instance->monitor.level,
	};
	if (!*record.operands)
		procfs_read_words(listing->proc, row->program, &record.operands);
	row->command = copy_words(record.operands);
	if (!quiet)
		row->started = read_start(listing, row->id);
	*place(listing, row->program) = row;
	*listing->last = row;
	listing->last = &row->next;
}

/* Returns the row of the instance that a process is in, or NULL. Notes it for all processes on the
 * way, so that each process is looked at once. */
static struct row *find_row(struct listing *listing, struct procfs_process process)
{
	size_t length = 0;
	int entered = 0;

	while (process.level && process.innermost != 1 && !*place(listing, process.pid) &&
	       length < PIDS_MAX) {
		listing->way[length++] = process.pid;
		if (!instance_climb(listing->proc, privilege_uid() == 0, &process, &entered))
			break;
	}
	struct row *row = *place(listing, process.pid);
	while (length)
		*place(listing, listing->way[--length]) = row ? row : &listing->nowhere;
	return row == &listing->nowhere ? NULL : row;
}

static void find_outer(struct listing *listing)
{
	struct procfs_process monitor;

	for (struct row *row = listing->rows; row; row = row->next)
		if (row->depth && procfs_read(listing->proc, row->id, &monitor))
			row->outer = find_row(listing, monitor);
	for (struct row *row = listing->rows; row; row = row->next) {
		row->depth = 0;
		for (struct row *outer = row->outer; outer; outer = outer->outer)
			if (++row->depth > DEPTH_MAX)
				break;
		/* Command lines that lie can make a circle. */
		if (row->depth > DEPTH_MAX) {
			row->outer = NULL;
			row->depth = 0;
		}
		if (row->outer)
			row->outer->has_inner = true;
	}
}

/* Counts each process for its instance and for all instances around that. */
static void sum_usage(struct listing *listing)
{
	struct procfs_process process;
	struct procfs_usage usage;
	struct path_listing list = procfs_list(listing->proc);
	pid_t pid;

	while ((pid = procfs_next(&list))) {
		if (!procfs_read(listing->proc, pid, &process) || !process.level ||
		    !procfs_read_usage(listing->proc, pid, &usage))
			continue;
		struct row *row = find_row(listing, process);
		for (; row; row = row->outer) {
			row->ticks += usage.time;
			row->pages += usage.memory;
			row->processes++;
		}
	}
	close(list.fd);
}

/* Marks the rows that WORD means. Returns false if there is none. */
static bool mark(struct listing *listing, const char *word)
{
	bool found = false, number = !word[strspn(word, "0123456789")];
	uint64_t value = text_number(word, NULL, 10);
	pid_t pid = value <= INT32_MAX ? (pid_t)value : 0; /* 0: no process has it */
	struct procfs_process process;
	struct row *holder = NULL;

	if (number && procfs_read(listing->proc, pid, &process))
		holder = find_row(listing, process);
	for (struct row *row = listing->rows; row; row = row->next) {
		bool is_it = number ? row->id == pid : row->name && !strcmp(row->name, word);
		if (is_it || (row == holder && !row->wanted))
			row->wanted = found = true;
	}
	return found;
}

/* --- as JSON --- */

static void print_json(const struct row *row, bool first)
{
	text_print("%s\n{\"id\":%d,\"name\":", first ? "" : ",", row->id);
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
}

/* --- as a table --- */

enum { ID, NAME, PID, USER, MODE, ROOTFS, STARTED, CPU, MEMORY, PROCESSES, COLUMNS };

static const char titles[COLUMNS][12] = { "ID",	    "NAME",    "PID", "USER",	"MODE",
					  "ROOTFS", "STARTED", "CPU", "MEMORY", "PROCESSES" };

struct table {
	bool is_long;
	time_t now;
	char cells[COLUMNS][PATH_MAX]; /* of one row */
	int widths[COLUMNS];
};

static bool is_shown(const struct table *table, int column)
{
	if (column == USER)
		return privilege_uid() == 0;
	return table->is_long || column < CPU;
}

/* Writes a number in the largest unit that makes it at least 2. */
static void write_amount(char *cell, uint64_t amount, const char *units, const uint64_t *sizes)
{
	size_t i = 0;

	while (units[i + 1] && amount < 2 * sizes[i])
		i++;
	text_format(cell, PATH_MAX, "%llu%c", (unsigned long long)(amount / sizes[i]), units[i]);
}

static void write_cells(struct table *table, const struct row *row)
{
	char(*cells)[PATH_MAX] = table->cells;
	static const uint64_t spans[] = { 86400, 3600, 60, 1 };
	static const uint64_t sizes[] = { 1 << 30, 1 << 20, 1 << 10 };
	time_t age = table->now - row->started;

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

/* Returns the length of the first character of TEXT, or 0 if it must not reach a terminal. */
static size_t printable(const char *text)
{
	unsigned code;
	size_t length = text_character(text, &code);

	return text_is_printable(code) ? length : 0;
}

/* Returns the number of columns that print_escaped prints. */
static int width(const char *text)
{
	int columns = 0;

	for (size_t length; *text; text += length ? length : 1) {
		length = printable(text);
		columns += length ? 1 : 4;
	}
	return columns;
}

/* Prints each byte that is not printable as \xNN. Returns what is left of ROOM, the columns to stay
 * within. */
static int print_escaped(const char *text, int room)
{
	for (;;) {
		size_t run = 0;
		for (size_t length; room > 0 && (length = printable(text + run)); room--)
			run += length;
		text_print("%.*s", (int)run, text);
		text += run;
		if (!*text)
			return room;
		room -= 4;
		if (room < 0)
			return 0;
		text_print("\\x%02x", (unsigned char)*text++);
	}
}

static void widen(struct table *table)
{
	for (int column = 0; column < COLUMNS; column++) {
		int columns = is_shown(table, column) ? width(table->cells[column]) : 0;
		if (columns > table->widths[column])
			table->widths[column] = columns;
	}
}

/* Returns the number of columns that are printed. */
static int print_cells(const struct table *table)
{
	int columns = 0;

	for (int column = 0; column < COLUMNS; column++)
		if (is_shown(table, column)) {
			int padding = table->widths[column] - width(table->cells[column]);
			print_escaped(table->cells[column], INT_MAX);
			text_print("%*s  ", padding, "");
			columns += table->widths[column] + 2;
		}
	return columns;
}

static void write_titles(char cells[COLUMNS][PATH_MAX])
{
	for (int column = 0; column < COLUMNS; column++)
		text_format(cells[column], PATH_MAX, "%s", titles[column]);
}

static void print_words(char **words, int room)
{
	for (char **word = words; *word && room > 0; word++) {
		if (word > words)
			room = print_escaped(" ", room);
		room = print_escaped(*word, room);
	}
	text_print("\n");
}

/* Returns the width of the terminal that is standard output, or INT_MAX if there is none. */
static int terminal_width(void)
{
	struct winsize size;

	return !ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_col ? size.ws_col : INT_MAX;
}

/* --- all of it --- */

/* Returns the first row after AFTER that is right below OUTER. Each may be NULL. */
static struct row *next_below(struct row *rows, const struct row *outer, const struct row *after)
{
	for (struct row *row = after ? after->next : rows; row; row = row->next)
		if (row->outer == outer)
			return row;
	return NULL;
}

/* Returns the wanted row after ROW, or the first one if ROW is NULL. The rows below a row follow
 * it. */
static struct row *next_wanted(struct row *rows, struct row *row)
{
	do {
		struct row *next = !row || row->has_inner ? next_below(rows, row, NULL) : NULL;
		for (; row && !next; row = row->outer)
			next = next_below(rows, row->outer, row);
		row = next;
	} while (row && !row->wanted);
	return row;
}

/* Prints a table of the wanted rows that is at most WIDEST columns wide, as far as cutting the
 * commands can make it so. */
static void print_table(struct row *rows, bool is_long, int widest)
{
	struct table *table = memory_take(sizeof *table);
	struct row *row = NULL;

	table->is_long = is_long;
	table->now = read_clock(CLOCK_REALTIME);
	while ((row = next_wanted(rows, row))) {
		write_cells(table, row);
		widen(table);
	}
	if (!next_wanted(rows, NULL))
		return;
	write_titles(table->cells);
	widen(table);
	print_cells(table);
	text_print("COMMAND\n");
	while ((row = next_wanted(rows, row))) {
		write_cells(table, row);
		int columns = print_cells(table);
		print_words(row->command, widest - columns > LEAST ? widest - columns : LEAST);
	}
}

static void print(struct row *rows, char form, bool wide)
{
	struct row *row = NULL;

	switch (form) {
	case 'q':
		while ((row = next_wanted(rows, row)))
			text_print("%d\n", row->id);
		break;
	case JSON:
		text_print("[");
		for (bool first = true; (row = next_wanted(rows, row)); first = false)
			print_json(row, first);
		text_print("\n]\n");
		break;
	default:
		print_table(rows, form == 'l', wide ? INT_MAX : terminal_width());
	}
}

/* Marks the rows that the words mean, or all if there are none. Returns false if one means none. */
static bool mark_all(struct listing *listing, char **words)
{
	bool all = !*words, found = true;

	for (char **word = words; *word; word++)
		if (!mark(listing, *word)) {
			warn("no instance is '%s'", *word);
			found = false;
		}
	for (struct row *row = listing->rows; row; row = row->next)
		row->wanted = row->wanted || all;
	return found;
}

static int ls_main(struct options *options)
{
	struct listing listing = {
		.proc = procfs_open(),
		.booted = read_clock(CLOCK_REALTIME) - read_clock(CLOCK_BOOTTIME),
		.last = &listing.rows,
	};
	struct instance_list instances = instance_begin(listing.proc, privilege_uid() == 0);
	struct instance instance;
	const struct option *option;
	char form = 0;
	bool wide = false;

	while ((option = options_next(options)))
		if (option->key == WIDE)
			wide = true;
		else if (form != JSON || option->key != 'l')
			form = option->key;
	char **words = options->words + options->at;
	words_refuse_late(words);

	listing.inside = memory_take(PIDS_MAX * sizeof(struct row *));
	listing.way = memory_take(PIDS_MAX * sizeof *listing.way);
	if (privilege_uid() && procfs_hides(listing.proc))
		warn("/proc hides processes (hidepid): there may be more instances");
	while (instance_next(&instances, &instance))
		add_row(&listing, &instance, form == 'q');
	find_outer(&listing);
	if (form == 'l' || form == JSON)
		sum_usage(&listing);
	bool found = mark_all(&listing, words);
	print(listing.rows, form, wide);
	return !found;
}

const struct applet applet_ls = {
	.name = "ls",
	.summary = "list the running instances",
	.usage = "[OPTION]... [INSTANCE]...",
	.options = ls_options,
	.privilege = PRIVILEGE_NONE,
	.main = ls_main,
};
