/* SPDX-License-Identifier: ISC */
/*
 * The running instances, found in /proc each time they are asked for. There is no registry. An
 * instance is a process whose command line is one of selfdock, with a child that is pid 1 of a new
 * pid namespace.
 */
#include "core/instance/instance.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/linux/privilege.h"

/* Reading another user's command line can wait for a page of theirs that never comes, so the owner
 * is checked first. A process whose files belong to root may be a setuid program of the caller's.
 * Around the clone the real uid of ours is 0, see privilege_raise: only the gid tells it from a
 * start of root's or of others. */
static bool may_be_callers(int proc, pid_t pid)
{
	struct procfs_process process;
	struct kernel_statx directory;
	char name[16];

	text_format(name, sizeof name, "%d", pid);
	if (!procfs_stat(proc, name, "", &directory))
		return false;
	if (directory.uid != 0)
		return directory.uid == privilege_uid();
	if (!procfs_read(proc, pid, &process))
		return false;
	if (process.uid[0] == 0 && process.permitted)
		return process.gid[0] == privilege_gid();
	return process.uid[0] == privilege_uid();
}

/* With ALL the process may be anybody's. */
static bool read_record(int proc, pid_t pid, bool all, struct instance_record *record)
{
	char **words;

	if (!all && !may_be_callers(proc, pid))
		return false;
	int count = procfs_read_words(proc, pid, &words);
	const struct applet *applet = applet_of(&count, &words);

	if (!applet || applet->privilege == PRIVILEGE_NONE)
		return false;
	struct options options = options_begin(applet->options, words);
	*record = (struct instance_record){ .applet = applet, .typed = options };
	const struct option *option;
	while ((option = options_next(&options))) {
		if (!strcmp(option->name, "name"))
			record->name = options.values[0];
		if (!strcmp(option->name, "rootfs"))
			record->rootfs = options.values[0];
		if (!strcmp(option->name, "chdir"))
			record->directory = options.values[0];
		if (!strcmp(option->name, "workdir-writable"))
			record->directory = ".";
	}
	record->operands = words + options.at;
	return options.end == OPTIONS_DONE;
}

static bool is_callers(const struct procfs_process *process)
{
	return privilege_uid() == 0 || process->uid[0] == privilege_uid();
}

/* Whether PID is the monitor of an instance of the caller's or, with ALL, of anybody's. */
static bool read_instance(int proc, pid_t pid, bool all, struct instance *instance)
{
	return read_record(proc, pid, all, &instance->record) &&
	       instance->record.applet->privilege == PRIVILEGE_SETUP &&
	       procfs_read(proc, pid, &instance->monitor) && is_callers(&instance->monitor) &&
	       procfs_find_pid1(proc, &instance->monitor, &instance->program) &&
	       is_callers(&instance->program) && !instance->program.ended;
}

struct instance_list instance_begin(int proc, bool all)
{
	return (struct instance_list){ proc, all, procfs_list(proc) };
}

bool instance_next(struct instance_list *list, struct instance *instance)
{
	pid_t pid;

	while ((pid = procfs_next(&list->processes)))
		if (read_instance(list->proc, pid, list->all, instance))
			return true;
	close(list->processes.fd);
	return false;
}

/* Instances inside others do not count: a program could give itself any name. */
static bool is_named(const struct instance *instance, const char *name)
{
	return instance->record.name && !strcmp(instance->record.name, name) &&
	       !instance->monitor.level;
}

static pid_t find_name(int proc, const char *name)
{
	struct instance_list list = instance_begin(proc, false);
	struct instance instance;
	pid_t monitor = 0;

	while (instance_next(&list, &instance))
		if (is_named(&instance, name) && instance.monitor.uid[0] == privilege_uid())
			monitor = instance.monitor.pid;
	return monitor;
}

static bool is_number(const char *word)
{
	return !word[strspn(word, "0123456789")];
}

/* Returns the pid that WORD names: a number, or a name of an instance of the caller. 0 if none. */
static pid_t find_pid(int proc, const char *word)
{
	uint64_t number = text_number(word, NULL, 10);

	if (!is_number(word))
		return find_name(proc, word);
	return number <= INT32_MAX ? (pid_t)number : 0;
}

/* Reads the process that WORD means. A name, or the pid of a monitor, means the program. */
static bool read_named(int proc, const char *word, bool all, struct procfs_process *process)
{
	struct instance instance;
	pid_t pid = find_pid(proc, word);

	if (!pid || !procfs_read(proc, pid, process) || process->thread)
		return false;
	if (read_instance(proc, pid, all, &instance))
		*process = instance.program;
	return true;
}

/* Reads the instance of the caller whose monitor is PID. Unless PIDFD is NULL, opens it before. */
static bool read_callers(int proc, pid_t pid, struct instance *instance, int *pidfd)
{
	if (pidfd && (*pidfd = (int)syscall(SYS_pidfd_open, pid, 0)) < 0)
		return false;
	if (read_instance(proc, pid, false, instance) && !instance->monitor.thread &&
	    instance->monitor.uid[0] == privilege_uid())
		return true;
	if (pidfd)
		close(*pidfd);
	return false;
}

/* Reads the instance that the process PID is in. */
static bool read_enclosing(int proc, pid_t pid, struct instance *instance, int *pidfd)
{
	struct procfs_process process;

	return procfs_read(proc, pid, &process) && !process.thread &&
	       (pid = instance_enclosing(proc, process)) && procfs_read(proc, pid, &process) &&
	       read_callers(proc, process.parent, instance, pidfd);
}

bool instance_find(int proc, const char *word, struct instance *instance, int *pidfd)
{
	pid_t pid = find_pid(proc, word);
	bool number = is_number(word);

	if (pid && read_callers(proc, pid, instance, pidfd) && (number || is_named(instance, word)))
		return true;
	if (pid && number && read_enclosing(proc, pid, instance, pidfd))
		return true;
	warn("no instance of yours is '%s'%s", word,
	     procfs_hides(proc) ? ", or /proc hides it (hidepid)"
				: applet_mention("; see selfdock-ls"));
	return false;
}

bool instance_confirm(int proc, const char *word, const struct instance *found)
{
	struct instance now;

	if (!read_instance(proc, found->monitor.pid, false, &now) ||
	    now.program.pid != found->program.pid)
		return false;
	return is_number(word) || is_named(&now, word);
}

/* Reads the process that PID enters, according to its command line. */
static bool follow_entering(int proc, pid_t pid, bool all, struct procfs_process *process)
{
	struct instance_record record;
	char word[72]; /* longer than any name; the record is overwritten */

	if (!read_record(proc, pid, all, &record) || record.applet->privilege != PRIVILEGE_JOIN ||
	    !*record.operands)
		return false;
	text_format(word, sizeof word, "%s", record.operands[0]);
	return read_named(proc, word, all, process);
}

bool instance_climb(int proc, bool all, struct procfs_process *process, int *entered)
{
	struct procfs_process parent;

	if (!procfs_read(proc, process->parent, &parent))
		return false;
	/* A command line that lies may lead in circles. One that was written inside an instance
	 * would lead to any other: what it names is not what it means out here. */
	if (parent.level < process->level &&
	    (parent.level || (*entered)++ > 32 ||
	     !follow_entering(proc, parent.pid, all, &parent) || parent.level != process->level))
		return false;
	*process = parent;
	return true;
}

pid_t instance_enclosing(int proc, struct procfs_process process)
{
	int entered = 0;

	while (process.level && process.innermost != 1)
		if (!instance_climb(proc, false, &process, &entered))
			return 0;
	return process.level ? process.pid : 0;
}

enum rival { NO_RIVAL, UNDECIDED, AHEAD };

/* Compares this start with PID. A rival is a start of the same name, outside all instances. If the
 * kernel lets nobody see its binary, it is a setuid binary, such as ours. */
static enum rival compare_claim(int proc, pid_t pid, const char *name)
{
	struct instance_record record;
	struct procfs_process process, program;

	if (pid == getpid() || !read_record(proc, pid, false, &record) ||
	    record.applet->privilege != PRIVILEGE_SETUP || !record.name ||
	    strcmp(record.name, name) || !procfs_read(proc, pid, &process) || process.level ||
	    process.ended)
		return NO_RIVAL;
	int same = procfs_compare_binary(proc, pid);
	if (same == 0 || (same < 0 && errno != EACCES))
		return NO_RIVAL;
	if (process.uid[0] != privilege_uid())
		return UNDECIDED; /* around its clone */
	return pid < getpid() || procfs_find_pid1(proc, &process, &program) ? AHEAD : UNDECIDED;
}

static enum rival find_rival(int proc, const char *name, pid_t *pid)
{
	enum rival found = NO_RIVAL;
	struct path_listing list = procfs_list(proc);

	while (found != AHEAD && (*pid = procfs_next(&list))) {
		enum rival rival = compare_claim(proc, *pid, name);
		found = rival > found ? rival : found;
	}
	close(list.fd);
	return found;
}

/*
 * Every start can be seen from its execve on, and looks at the others after that. So at least one
 * of two sees the other. A start that sees another with a lower pid gives up. A start that sees
 * another with a higher pid waits until that gives up too or, because it looked too early, runs. A
 * detached start continues in another process. One look could pass the place of the new process too
 * early, and the place of the old one too late. Two looks in a row cannot. A setuid start looks
 * like one of root's for a moment, see may_be_callers: others wait until it does not.
 */
void instance_claim(int proc, const char *name)
{
	int alone = 0;
	pid_t pid;

	if (privilege_setuid() && procfs_hides(proc))
		die("cannot tell whether the name '%s' is free: /proc hides processes (hidepid)",
		    name);
	for (int tries = 10000; tries; tries--) {
		enum rival rival = find_rival(proc, name, &pid);
		if (rival == AHEAD)
			die("the name '%s' is taken by process %d%s", name, pid,
			    applet_mention("; see selfdock-ls"));
		alone = rival == NO_RIVAL ? alone + 1 : 0;
		if (alone == 2)
			return;
		if (!alone)
			poll(NULL, 0, 1);
	}
	die("the name '%s' is taken by a start that does not go on", name);
}
