/* SPDX-License-Identifier: ISC */
/*
 * Processes, as /proc shows them. A process that vanishes while it is looked at counts as one that
 * was not there.
 */
#include "core/linux/procfs.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "core/base/error.h"
#include "core/base/memory.h"
#include "core/base/text.h"
#include "core/linux/path.h"

/* The command line that was read last. In practice the kernel allows no longer one. */
struct words {
	char text[1 << 21];
	char *list[1 << 15];
};

/* What was read last. Without its groups, a status is a few kilobytes long. */
static struct {
	char status[8192];
	struct words *words;
} read_last;

/* Does not wait for a FIFO, and does not make a terminal the controlling one. */
enum { READ = O_RDONLY | O_NONBLOCK | O_NOCTTY };

ssize_t procfs_read_text(int proc, const char *path, char *text, size_t room)
{
	size_t length = 0;
	ssize_t more;
	int file = path_open(proc, path, READ, 0);

	if (file < 0)
		return -1;
	while ((more = read(file, text + length, room - 1 - length)) > 0)
		length += (size_t)more;
	close(file);
	text[length] = '\0';
	return more < 0 ? -1 : (ssize_t)length;
}

/* Returns what follows the field, or NULL. */
static char *find_field(char *status, const char *field)
{
	size_t length = strlen(field);

	for (char *line = status; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (!strncmp(line, field, length) && line[length] == ':')
			return line + length + 1 + strspn(line + length + 1, " \t");
	}
	return NULL;
}

char *procfs_status(int proc, const char *process)
{
	char path[64], *status = read_last.status, *groups;
	size_t length = 0;
	ssize_t more;

	text_format(path, sizeof path, "%s/status", process);
	int file = path_open(proc, path, READ, 0);
	if (file < 0)
		return NULL;
	while ((more = read(file, status + length, sizeof read_last.status - 1 - length)) > 0) {
		length += (size_t)more;
		status[length] = '\0';
		if (length < sizeof read_last.status - 1)
			continue;
		/* There may be 65536 groups. Those that were read make room for the rest. */
		groups = find_field(status, "Groups");
		if (groups) {
			char *end = groups + strcspn(groups, "\n");
			while (groups[-1] == ' ') /* what was read may have begun with one */
				groups--;
			memmove(groups, end, strlen(end) + 1);
			length = strlen(status);
		}
	}
	close(file);
	return length ? status : NULL;
}

const char *procfs_field(char *status, const char *field)
{
	const char *found = status ? find_field(status, field) : NULL;

	return found ? found : "";
}

/* Reads up to four numbers of a line. Returns how many the line has, and the last one. */
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

/* Returns what follows the next FIELD, and goes on there; "" if there is none. */
static const char *take_field(char **status, const char *field)
{
	char *found = find_field(*status, field);

	if (!found)
		return "";
	*status = found;
	return found;
}

static pid_t take_pid(char **status, const char *field)
{
	return (pid_t)text_number(take_field(status, field), NULL, 10);
}

bool procfs_read(int proc, pid_t pid, struct procfs_process *process)
{
	char name[16];
	unsigned pids[4], last;

	text_format(name, sizeof name, "%d", pid);
	char *status = procfs_status(proc, name);
	if (!status)
		return false;
	*process = (struct procfs_process){ .pid = pid };
	/* In the kernel's order. */
	process->ended = strchr("ZX", *take_field(&status, "State"));
	process->thread = take_pid(&status, "Tgid") != pid;
	process->parent = take_pid(&status, "PPid");
	if (read_numbers(take_field(&status, "Uid"), process->uid, &last) != 4 ||
	    read_numbers(take_field(&status, "Gid"), process->gid, &last) != 4)
		return false;
	unsigned count = read_numbers(take_field(&status, "NSpid"), pids, &last);
	process->level = count ? count - 1 : 0;
	process->innermost = (pid_t)last;
	process->permitted = text_number(take_field(&status, "CapPrm"), NULL, 16);
	process->bounding = text_number(take_field(&status, "CapBnd"), NULL, 16);
	process->no_new_privs = *take_field(&status, "NoNewPrivs") == '1';
	return count > 0;
}

bool procfs_read_usage(int proc, pid_t pid, struct procfs_usage *usage)
{
	char path[32], text[2048];
	uint64_t field[25] = { 0 };

	text_format(path, sizeof path, "%d/stat", pid);
	if (procfs_read_text(proc, path, text, sizeof text) <= 0)
		return false;
	/* The second field is a name in parentheses, which may hold anything. */
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

static bool read_link(int proc, const char *link, char path[PATH_MAX])
{
	ssize_t length = readlinkat(proc, link, path, PATH_MAX - 1);
	path[length > 0 ? length : 0] = '\0';
	return length > 0;
}

bool procfs_read_path(int proc, int fd, char path[PATH_MAX])
{
	char link[32];

	text_format(link, sizeof link, "self/fd/%d", fd);
	return read_link(proc, link, path);
}

bool procfs_read_directory(int proc, pid_t pid, char path[PATH_MAX])
{
	char link[32];

	text_format(link, sizeof link, "%d/cwd", pid);
	return read_link(proc, link, path);
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

void procfs_note_self(int proc, char process[16])
{
	ssize_t length = readlinkat(proc, "self", process, 15);

	if (length <= 0)
		die_errno("cannot find this process in '/proc'; is it of another pid namespace?");
	process[length] = '\0';
}

int procfs_read_words(int proc, pid_t pid, char ***words)
{
	char path[32];
	int count = 0;

	if (!read_last.words)
		read_last.words = memory_take(sizeof *read_last.words);
	char *text = read_last.words->text, **list = read_last.words->list;
	int count_max = sizeof read_last.words->list / sizeof *list - 1;
	text_format(path, sizeof path, "%d/cmdline", pid);
	ssize_t length = procfs_read_text(proc, path, text, sizeof read_last.words->text);
	for (char *word = text; word < text + length && count < count_max; word += strlen(word) + 1)
		list[count++] = word;
	list[count] = NULL;
	*words = list;
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

/* Whether PID is a pid 1 right below PARENT. Sets *FOUND to it then. */
static bool note_pid1(int proc, const struct procfs_process *parent, pid_t pid,
		      struct procfs_process *found)
{
	struct procfs_process child;

	if (!procfs_read(proc, pid, &child) || child.parent != parent->pid ||
	    child.level != parent->level + 1 || child.innermost != 1)
		return false;
	*found = child;
	return true;
}

bool procfs_find_pid1(int proc, const struct procfs_process *parent, struct procfs_process *found)
{
	char path[64], text[4096];
	int count = 0;
	pid_t pid;

	text_format(path, sizeof path, "%d/task/%d/children", parent->pid, parent->pid);
	if (procfs_read_text(proc, path, text, sizeof text) >= 0) {
		for (const char *at = text; (pid = (pid_t)text_number(at, &at, 10));)
			count += note_pid1(proc, parent, pid, found);
		return count == 1;
	}
	struct path_listing list = procfs_list(proc);
	while ((pid = procfs_next(&list)))
		count += note_pid1(proc, parent, pid, found);
	close(list.fd);
	return count == 1;
}

int procfs_open(void)
{
	int proc = path_open_proc();
	char *status = procfs_status(proc, "self");
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
