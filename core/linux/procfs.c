/* SPDX-License-Identifier: ISC */
/*
 * Processes, as /proc shows them. A process that vanishes while it is looked at
 * is one that was not there.
 */
#include "core/linux/procfs.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/linux/path.h"

/* Of these only the pages that are needed are ever touched. A status has a line
 * of all groups, of which there may be 65536. */
static char status_text[1 << 20];
static char words_text[1 << 21];
static char *words_list[1 << 15];

ssize_t procfs_read_text(int proc, const char *path, char *text, size_t room)
{
	size_t length = 0;
	ssize_t more;
	int file = path_open(proc, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);

	if (file < 0)
		return -1;
	while ((more = read(file, text + length, room - 1 - length)) > 0)
		length += (size_t)more;
	close(file);
	text[length] = '\0';
	return more < 0 ? -1 : (ssize_t)length;
}

const char *procfs_status(int proc, const char *name)
{
	char path[64];

	text_format(path, sizeof path, "%s/status", name);
	ssize_t length = procfs_read_text(proc, path, status_text, sizeof status_text);
	return length > 0 ? status_text : NULL;
}

const char *procfs_field(const char *status, const char *field)
{
	size_t length = strlen(field);

	for (const char *line = status; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (!strncmp(line, field, length) && line[length] == ':')
			return line + length + 1 + strspn(line + length + 1, " \t");
	}
	return "";
}

/* Up to four numbers of a line; how many there are in it, and the last one. */
static unsigned read_numbers(const char *line, unsigned number[4], unsigned *last)
{
	unsigned count = 0;
	const char *end;

	for (*last = 0;; line = end + strspn(end, " \t")) {
		unsigned value = (unsigned)text_number(line, &end, 10);
		if (end == line || *line == '\n')
			return count;
		*last = value;
		if (count < 4)
			number[count] = *last;
		count++;
	}
}

static pid_t read_pid(const char *status, const char *field)
{
	return (pid_t)text_number(procfs_field(status, field), NULL, 10);
}

bool procfs_read(int proc, pid_t pid, struct procfs_process *process)
{
	char name[16];
	unsigned pids[4], last;

	text_format(name, sizeof name, "%d", pid);
	const char *status = procfs_status(proc, name);
	if (!status)
		return false;
	*process = (struct procfs_process){
		.pid = pid,
		.parent = read_pid(status, "PPid"),
		.permitted = text_number(procfs_field(status, "CapPrm"), NULL, 16),
		.bounding = text_number(procfs_field(status, "CapBnd"), NULL, 16),
		.no_new_privs = *procfs_field(status, "NoNewPrivs") == '1',
		.thread = read_pid(status, "Tgid") != pid,
		.ended = strchr("ZX", *procfs_field(status, "State")),
	};
	if (read_numbers(procfs_field(status, "Uid"), process->uid, &last) != 4 ||
	    read_numbers(procfs_field(status, "Gid"), process->gid, &last) != 4)
		return false;
	unsigned count = read_numbers(procfs_field(status, "NSpid"), pids, &last);
	process->level = count ? count - 1 : 0;
	process->innermost = (pid_t)last;
	return count > 0;
}

bool procfs_read_usage(int proc, pid_t pid, struct procfs_usage *usage)
{
	char path[32], text[2048];
	uint64_t field[25] = { 0 };

	text_format(path, sizeof path, "%d/stat", pid);
	if (procfs_read_text(proc, path, text, sizeof text) <= 0)
		return false;
	/* The second field is a name in brackets, with anything in it. */
	const char *space = strrchr(text, ')');
	for (size_t i = 3; space && i < sizeof field / sizeof *field; i++)
		if ((space = strchr(space + 1, ' ')))
			field[i] = text_number(space, NULL, 10);
	*usage = (struct procfs_usage){
		.pid = pid,
		.parent = (pid_t)field[4],
		.time = field[14] + field[15],
		.start = field[22],
		.memory = field[24],
	};
	return space;
}

bool procfs_stat(int proc, const char *process, const char *name, struct kernel_statx *status)
{
	char path[32];

	text_format(path, sizeof path, "%s/%s", process, name);
	return path_stat(proc, path, KERNEL_STATX_BASIC, status);
}

int procfs_compare_binary(int proc, pid_t pid)
{
	struct kernel_statx ours, theirs;
	char process[16];

	text_format(process, sizeof process, "%d", pid);
	if (!procfs_stat(proc, "self", "exe", &ours) || !procfs_stat(proc, process, "exe", &theirs))
		return -1;
	return ours.dev_major == theirs.dev_major && ours.dev_minor == theirs.dev_minor &&
	       ours.ino == theirs.ino;
}

void procfs_note_self(int proc, char name[16])
{
	ssize_t length = readlinkat(proc, "self", name, 15);

	if (length <= 0)
		die_errno("cannot find this process in '/proc'; is it of another pid namespace?");
	name[length] = '\0';
}

int procfs_read_words(int proc, pid_t pid, char ***words)
{
	char path[32];
	int count = 0, most = sizeof words_list / sizeof *words_list - 1;

	text_format(path, sizeof path, "%d/cmdline", pid);
	ssize_t length = procfs_read_text(proc, path, words_text, sizeof words_text);
	for (char *word = words_text; word < words_text + length && count < most;
	     word += strlen(word) + 1)
		words_list[count++] = word;
	words_list[count] = NULL;
	*words = words_list;
	return count;
}

struct path_listing procfs_list(int proc)
{
	struct path_listing list = { .fd = path_open(proc, ".", O_RDONLY | O_DIRECTORY, 0) };

	if (list.fd < 0)
		die_errno("cannot list '/proc'");
	return list;
}

pid_t procfs_next(struct path_listing *list)
{
	const char *name;

	while ((name = path_next(list)))
		if (*name >= '1' && *name <= '9')
			return (pid_t)text_number(name, NULL, 10);
	return 0;
}

static bool is_first(int proc, const struct procfs_process *parent, pid_t pid)
{
	struct procfs_process child;

	return procfs_read(proc, pid, &child) && child.parent == parent->pid &&
	       child.level == parent->level + 1 && child.innermost == 1;
}

pid_t procfs_find_first(int proc, const struct procfs_process *parent)
{
	char path[64], text[4096];
	pid_t pid, first = 0, found = 0;

	text_format(path, sizeof path, "%d/task/%d/children", parent->pid, parent->pid);
	if (procfs_read_text(proc, path, text, sizeof text) >= 0) {
		for (const char *at = text; (pid = (pid_t)text_number(at, &at, 10));)
			if (is_first(proc, parent, pid))
				first = pid, found++;
		return found == 1 ? first : 0;
	}
	struct path_listing list = procfs_list(proc);
	while ((pid = procfs_next(&list)))
		if (is_first(proc, parent, pid))
			first = pid, found++;
	close(list.fd);
	return found == 1 ? first : 0;
}

int procfs_open(void)
{
	int proc = path_open_proc();
	const char *status = procfs_status(proc, "self");
	unsigned pids[4], last;

	if (!status || read_numbers(procfs_field(status, "NSpid"), pids, &last) != 1 ||
	    (pid_t)last != getpid())
		die("/proc is of another pid namespace; mount a new one");
	return proc;
}

bool procfs_hides(int proc)
{
	return !procfs_status(proc, "1");
}
