/* SPDX-License-Identifier: ISC */
/*
 * selfdock-check: whether instances can start here, and why not. It prints what
 * core/instance/probe.c finds, and then starts an instance, which looks around.
 *
 * Where a machine refuses calls or lacks files, a look at it may die. So a child takes each look:
 * its exit status is the verdict, and what it prints is the text. If it dies, the verdict is
 * "unknown", and its last words are the reason.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/error.h"
#include "core/base/json.h"
#include "core/base/text.h"
#include "core/cli/applet.h"
#include "core/instance/probe.h"
#include "core/linux/process.h"
#include "core/view/defaults.h"

enum { JSON = 1 };

static const struct option check_options[] = {
	{ JSON, "json", "", "the same as JSON" },
	{ .name = "" },
};

static const char verdicts[][8] = { "good", "note", "suspect", "bad", "unknown" };

static const char resolver[] = "/etc/resolv.conf";

/* What the instance finds, as bits of its exit status. */
enum { NO_DIRECTORY = 1, NO_RESOLVER = 2, NO_HOME = 4, NO_TMP = 8, FINDINGS = 15 };

/* What ask returns if there is no exit status. */
enum { NO_CHILD = -1, NO_STATUS = -2 };

__attribute__((format(printf, 3, 4))) static enum probe_verdict
tell(struct probe *probe, enum probe_verdict verdict, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	text_format_list(probe->text, sizeof probe->text, format, list);
	va_end(list);
	return verdict;
}

/* Prints the first columns only before the first line of a text. */
static void print_lines(const struct probe *probe)
{
	const char *name = probe->name, *verdict = verdicts[probe->verdict], *text = probe->text;

	do {
		int length = (int)strcspn(text, "\n");
		text_print("%-9s %-8s %.*s\n", name, verdict, length, text);
		text += length + (text[length] == '\n');
		name = verdict = "";
	} while (*text);
}

static void print_json(const struct probe *probe, bool first)
{
	text_print("%s\n{\"name\":", first ? "" : ",");
	json_print(probe->name);
	text_print(",\"verdict\":\"%s\",\"text\":", verdicts[probe->verdict]);
	json_print(probe->text);
	text_print("}");
}

static void print(const struct probe *probe, bool json, bool first)
{
	if (json)
		print_json(probe, first);
	else
		print_lines(probe);
}

/* The child. Of the pipe only descriptors 1 and 2 stay open. */
static _Noreturn void answer(struct probe *probe, int (*look)(struct probe *), const int ends[2])
{
	error_descriptor = ends[1];
	if (dup2(ends[1], STDOUT_FILENO) < 0 || dup2(ends[1], STDERR_FILENO) < 0)
		die_errno("cannot print into a pipe");
	close(ends[0]);
	if (ends[1] > STDERR_FILENO)
		close(ends[1]);
	error_descriptor = STDERR_FILENO;
	int status = look(probe);
	if (write(STDOUT_FILENO, probe->text, strlen(probe->text)) < 0)
		die_errno("cannot print into a pipe");
	_exit(status);
}

/* Returns how CHILD ended. The pipe has room for all that it prints, and is read after its end:
 * whoever else holds the pipe cannot delay this. */
static int listen_to(struct probe *probe, pid_t child, int from)
{
	int status;

	if (waitpid(child, &status, 0) < 0) {
		tell(probe, PROBE_UNKNOWN, "cannot wait for a process: %s", strerror(errno));
		kill(child, SIGKILL); /* nothing of it is left */
		return NO_STATUS;
	}
	ssize_t length = read(from, probe->text, sizeof probe->text - 1);
	if (length > 0)
		probe->text[length - (probe->text[length - 1] == '\n')] = '\0';
	else
		tell(probe, PROBE_UNKNOWN,
		     "a process looked and said nothing; its wait status is %d", status);
	return WIFEXITED(status) ? WEXITSTATUS(status) : NO_STATUS;
}

/* Has a child look. Returns its exit status, and sets the text to what it printed. If there is no
 * status, the text says why. */
static int ask(struct probe *probe, int (*look)(struct probe *))
{
	int ends[2], status = NO_CHILD;

	if (syscall(SYS_pipe2, ends, O_NONBLOCK)) {
		tell(probe, PROBE_UNKNOWN, "cannot make a pipe: %s", strerror(errno));
		return NO_STATUS;
	}
	*probe->text = '\0';
	pid_t child = process_fork(0);
	if (!child)
		answer(probe, look, ends);
	if (child < 0)
		tell(probe, PROBE_UNKNOWN, "cannot make a process: %s",
		     errno == EAGAIN ? probe_processes() : strerror(errno));
	else
		status = listen_to(probe, child, ends[0]);
	close(ends[0]);
	close(ends[1]);
	return status;
}

/* The text of a child that died begins with the name of this command. */
static void cut_name(char *text)
{
	size_t name = strlen(error_name());

	if (!strncmp(text, error_name(), name) && text[name] == ':')
		memmove(text, text + name + 2, strlen(text + name + 1));
}

/* The exit status is a verdict. */
static void judge(struct probe *probe, int status)
{
	probe->verdict = PROBE_UNKNOWN;
	if (status >= 0 && status < PROBE_UNKNOWN)
		probe->verdict = (enum probe_verdict)status;
	probe->text[strcspn(probe->text, "\n")] = '\0';
	cut_name(probe->text);
	error_defuse(probe->text);
}

static int look_at_fact(struct probe *probe)
{
	probe_look(probe);
	return (int)probe->verdict;
}

/* Where no child can be made, as under "ulimit -u 0", this process looks itself. */
static void judge_fact(struct probe *probe)
{
	int status = ask(probe, look_at_fact);

	judge(probe, status == NO_CHILD ? look_at_fact(probe) : status);
}

/* Makes an orphan that has ended, for pid 1 to reap. Returns its pid, or -1 and errno. */
static pid_t make_orphan(void)
{
	int ends[2];
	pid_t orphan;

	if (syscall(SYS_pipe2, ends, O_NONBLOCK))
		return -1;
	pid_t parent = process_fork(0);
	if (!parent) {
		orphan = process_fork(0);
		if (orphan && write(ends[1], &orphan, sizeof orphan) < 0)
			_exit(EXIT_SELFDOCK);
		_exit(0);
	}
	if (parent < 0 || waitpid(parent, NULL, 0) < 0 ||
	    read(ends[0], &orphan, sizeof orphan) != sizeof orphan)
		orphan = -1;
	return orphan;
}

static int look_at_pid1(struct probe *probe)
{
	enum { PATIENCE = 200 }; /* milliseconds; an init that reaps takes less than one */
	pid_t orphan = make_orphan();

	for (int i = 0; orphan > 0 && !kill(orphan, 0); i++)
		if (poll(NULL, 0, 1) < 0)
			orphan = -1;
		else if (i == PATIENCE)
			return tell(probe, PROBE_NOTE,
				    "it did not reap an orphan in %d ms: unless pid 1 is an init, "
				    "detached instances leave zombies",
				    PATIENCE);
	if (orphan < 0 || errno != ESRCH)
		die_errno("cannot see whether it reaps");
	return tell(probe, PROBE_GOOD, "it reaps orphans");
}

static void judge_pid1(struct probe *probe)
{
	probe->name = "pid1";
	judge(probe, ask(probe, look_at_pid1));
}

/* Sets PATH to that of the working directory. It is "" if the directory was deleted, is out of
 * reach, or cannot be asked for. */
static void read_directory(char path[PATH_MAX])
{
	errno = ENOENT;
	/* getcwd(3) would link the allocator. */
	if (syscall(SYS_getcwd, path, PATH_MAX) < 0 || *path != '/')
		*path = '\0';
}

/* The program of the instance: returns its exit status. DIRECTORY is that of the check. */
static int look_inside(const char *directory)
{
	const char *home = getenv("HOME");

	return (access(directory, F_OK) ? NO_DIRECTORY : 0) |
	       (access(resolver, F_OK) ? NO_RESOLVER : 0) |
	       (home && access(home, F_OK) ? NO_HOME : 0) | (access("/tmp", W_OK) ? NO_TMP : 0);
}

/* The instance executes this binary, which exists in every instance. It starts in "/": where the
 * working directory cannot be shown, a start there is refused. */
static int start(struct probe *probe)
{
	char name[64], *directory = probe->text;
	char *words[] = { name,
			  (char[]){ "--chdir" },
			  (char[]){ "/" },
			  (char[]){ "/proc/self/exe" },
			  (char[]){ "check" },
			  directory,
			  NULL };

	read_directory(directory);
	if (!*directory)
		text_format(directory, PATH_MAX, "/");
	text_format(name, sizeof name, "selfdock-%s", applet_starter());
	execv(words[3], words);
	die_errno("cannot execute '%s'", words[3]);
}

/* Returns what the instance found, or -1 if none started. */
static int try_start(struct probe *probe)
{
	probe->name = "start";
	probe->verdict = PROBE_BAD;
	if (!applet_starter()) {
		tell(probe, PROBE_BAD, "this binary has no applet that starts one");
		return -1;
	}
	int findings = ask(probe, start);
	if (findings < 0)
		probe->verdict = PROBE_UNKNOWN;
	if (findings < 0 || findings > FINDINGS)
		return -1;
	probe->verdict = tell(probe, PROBE_GOOD, "an instance starts");
	return findings;
}

static enum probe_verdict look_at_directory(struct probe *probe, int findings)
{
	char directory[PATH_MAX];

	read_directory(directory);
	if (!*directory && errno != ENOENT)
		return tell(probe, PROBE_UNKNOWN, "cannot look at it: %s", strerror(errno));
	if (!*directory)
		return tell(probe, PROBE_NOTE,
			    "it was deleted or is out of reach: an instance starts with "
			    "--chdir DIR");
	if (findings & NO_DIRECTORY || defaults_is_closed(directory))
		return tell(probe, PROBE_NOTE,
			    "an instance does not show '%s': it starts with --chdir DIR",
			    directory);
	return tell(probe, PROBE_GOOD, "an instance starts in '%s'", directory);
}

static enum probe_verdict look_at_home(struct probe *probe, int findings)
{
	const char *home = getenv("HOME");

	if (!home || access(home, F_OK))
		return tell(probe, PROBE_NOTE, "HOME is unset, or not a directory of yours");
	if (findings & NO_HOME)
		return tell(probe, PROBE_NOTE,
			    "an instance does not show '%s': -m and -v show what a program needs "
			    "of it",
			    home);
	return tell(probe, PROBE_GOOD, "an instance shows '%s'; --mask hides what is secret in it",
		    home);
}

static enum probe_verdict look_at_tmp(struct probe *probe, int findings)
{
	if (findings & NO_TMP)
		return tell(probe, PROBE_NOTE, "an instance has no /tmp that can be written to");
	return tell(probe, PROBE_GOOD, "an instance has a /tmp of its own");
}

static enum probe_verdict look_at_names(struct probe *probe, int findings)
{
	char target[PATH_MAX];
	ssize_t length = readlinkat(AT_FDCWD, resolver, target, sizeof target - 1);

	target[length > 0 ? length : 0] = '\0';
	const char *leads = *target ? ", which leads to " : "";
	bool missing = access(resolver, F_OK);
	if (missing && errno != ENOENT)
		return tell(probe, PROBE_UNKNOWN, "cannot look at %s%s%s: %s", resolver, leads,
			    target, strerror(errno));
	if (missing)
		return tell(probe, PROBE_NOTE, "there is no %s%s%s, neither here nor inside",
			    resolver, leads, target);
	if (findings & NO_RESOLVER)
		return tell(probe, PROBE_NOTE,
			    "an instance does not show %s%s%s: '-m FILE %s' shows another there",
			    resolver, leads, target, resolver);
	return tell(probe, PROBE_GOOD, "an instance shows %s%s%s", resolver, leads, target);
}

/* What an instance shows by default, each judged by what one found. */
static const struct {
	char name[16];
	enum probe_verdict (*look)(struct probe *probe, int findings);
} views[] = {
	{ "directory", look_at_directory },
	{ "names", look_at_names },
	{ "home", look_at_home },
	{ "tmp", look_at_tmp },
};

/* SIGCHLD may be ignored, as the caller had it: then nobody could be waited for. A limit on the
 * size of files must not kill. Descriptor 0 is closed to have one more. Where 1 is closed, a pipe
 * would become the standard output. */
static void prepare(void)
{
	process_act_by_default(SIGCHLD);
	process_ignore(SIGXFSZ);
	close(STDIN_FILENO);
	if (syscall(SYS_fcntl, STDOUT_FILENO, F_GETFD) < 0 && errno == EBADF)
		die_errno("cannot write to standard output");
}

static int check_main(struct options *options)
{
	struct probe probe = { .verdict = PROBE_GOOD };
	bool json = false;

	while (options_next(options))
		json = true;
	const char *operand = options->words[options->at];
	if (operand && *operand == '/' && getpid() == 1)
		return look_inside(operand);
	if (operand)
		die("no operand is expected: '%s'", operand);
	prepare();
	text_print(json ? "{\"checks\":[" : "");
	for (bool first = true; probe_next(&probe); first = false) {
		judge_fact(&probe);
		print(&probe, json, first);
	}
	judge_pid1(&probe);
	print(&probe, json, false);
	int findings = try_start(&probe);
	print(&probe, json, false);
	for (size_t i = 0; i < sizeof views / sizeof *views; i++) {
		probe.name = views[i].name;
		probe.verdict = findings < 0 ? tell(&probe, PROBE_UNKNOWN,
						    "no instance has started that could look")
					     : views[i].look(&probe, findings);
		error_defuse(probe.text);
		print(&probe, json, false);
	}
	text_print(json ? "\n],\"works\":%s}\n" : "", findings < 0 ? "false" : "true");
	return findings < 0;
}

const struct applet applet_check = {
	.name = "check",
	.summary = "tell whether instances can start here, and why not",
	.usage = "[OPTION]...",
	.options = check_options,
	.privilege = PRIVILEGE_NONE,
	.main = check_main,
};
