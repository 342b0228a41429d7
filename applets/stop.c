/* SPDX-License-Identifier: ISC */
/*
 * selfdock-stop: ends instances, one after the other. It signals the monitor of each, which passes
 * the signal on as from anybody, and kills what is left after some time. It needs no privilege: the
 * caller could do the same with kill(1), but would have to wait, and to hope that no pid has become
 * another's.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/base/error.h"
#include "core/base/memory.h"
#include "core/base/text.h"
#include "core/cli/applet.h"
#include "core/cli/words.h"
#include "core/instance/instance.h"

/* The largest number of seconds and of a signal; how many milliseconds to wait for what has been
 * killed. */
enum { SECONDS_MAX = 999999, SIGNAL_MAX = 64, KILLED = 10000 };

static const struct option stop_options[] = {
	{ 't', "time", "SECONDS", "kill what is left then; default: 10" },
	{ 's', "signal", "SIGNAL", "a name or number; default: TERM" },
	{ .name = "" },
};

static const char names[][7] = {
	[SIGHUP] = "HUP",	[SIGINT] = "INT",   [SIGQUIT] = "QUIT",	    [SIGILL] = "ILL",
	[SIGTRAP] = "TRAP",	[SIGABRT] = "ABRT", [SIGBUS] = "BUS",	    [SIGFPE] = "FPE",
	[SIGKILL] = "KILL",	[SIGUSR1] = "USR1", [SIGSEGV] = "SEGV",	    [SIGUSR2] = "USR2",
	[SIGPIPE] = "PIPE",	[SIGALRM] = "ALRM", [SIGTERM] = "TERM",	    [SIGCHLD] = "CHLD",
	[SIGCONT] = "CONT",	[SIGSTOP] = "STOP", [SIGTSTP] = "TSTP",	    [SIGTTIN] = "TTIN",
	[SIGTTOU] = "TTOU",	[SIGURG] = "URG",   [SIGXCPU] = "XCPU",	    [SIGXFSZ] = "XFSZ",
	[SIGVTALRM] = "VTALRM", [SIGPROF] = "PROF", [SIGWINCH] = "WINCH",   [SIGIO] = "IO",
	[SIGPWR] = "PWR",	[SIGSYS] = "SYS",   [SIGSTKFLT] = "STKFLT",
};

/* Reads a whole number up to MAX, of digits alone. Returns -1 if it is none. */
static int read_number(const char *word, int max)
{
	uint64_t number = text_number(word, NULL, 10);

	if (!*word || word[strspn(word, "0123456789")] || number > (uint64_t)max)
		return -1;
	return (int)number;
}

static int read_signal(const char *word)
{
	const char *name = strncmp(word, "SIG", 3) ? word : word + 3;
	int number = read_number(word, SIGNAL_MAX);

	for (size_t i = 1; i < sizeof names / sizeof *names; i++)
		if (*names[i] && !strcmp(names[i], name))
			return (int)i;
	if (number <= 0)
		die("'%s' is no signal: TERM, INT, ... or 1 to %d", word, SIGNAL_MAX);
	return number;
}

static int read_seconds(const char *word)
{
	int seconds = read_number(word, SECONDS_MAX);

	if (seconds < 0)
		die("'%s' is no number of seconds, 0 to %d", word, SECONDS_MAX);
	return seconds;
}

/* Returns the result of a system call: -1 means that the process has ended. */
static int check(long result, const char *word)
{
	if (result < 0 && errno != ESRCH)
		die_errno("cannot stop '%s'", word);
	return (int)result;
}

static void signal_process(int pidfd, int number, const char *word)
{
	check(syscall(SYS_pidfd_send_signal, pidfd, number, NULL, 0), word);
}

/* Waits for the end of a process. No signal that this process survives interrupts it, signal(7). */
static bool ends_within(int pidfd, int milliseconds, const char *word)
{
	struct pollfd end = { .fd = pidfd, .events = POLLIN };

	return check(poll(&end, 1, milliseconds), word) > 0;
}

/* Nothing of an instance is left when its pid 1 has ended: that waits for all other processes of
 * the pid namespace, pid_namespaces(7). A process that is stopped takes a signal when it goes on.
 * A program may outlive its monitor, PR_SET_PDEATHSIG. An instance that is not there any more has
 * ended, perhaps with the one around it. Returns false, with a message, if it is killed and does
 * not end. */
static bool stop(int proc, const char *word, const struct instance *found, int number, int seconds)
{
	int monitor = check(syscall(SYS_pidfd_open, found->monitor.pid, 0), word);
	int program = check(syscall(SYS_pidfd_open, found->program.pid, 0), word);
	bool ended = true;

	/* It was found before it was held. Its pids might have been others' by then. */
	if (instance_confirm(proc, word, found)) {
		signal_process(number == SIGKILL ? program : monitor, number, word);
		signal_process(monitor, SIGCONT, word);
		if (!ends_within(program, seconds * 1000, word)) {
			if (seconds)
				warn("'%s' did not end in %d s: killed", word, seconds);
			signal_process(program, SIGKILL, word);
		}
		/* An "enter" that is stopped, or a tracer, may keep the end from pid 1. */
		ended = ends_within(program, KILLED, word);
		signal_process(monitor, SIGCONT, word); /* it may have stopped with its program */
		if (!ends_within(monitor, 1000, word))	/* it is traced, or only looks like one */
			signal_process(monitor, SIGKILL, word);
		ended = ends_within(monitor, KILLED, word) && ended;
		if (!ended)
			warn("'%s' was killed, and does not end", word);
	}
	close(monitor);
	close(program);
	return ended;
}

/* Finds all before it stops the first one. Returns the exit status. */
static int stop_all(char **words, int number, int seconds)
{
	int proc = procfs_open();
	size_t count = 0, found = 0;

	while (words[count])
		count++;
	struct instance *instances = memory_take(count * sizeof *instances);
	for (size_t i = 0; i < count; i++)
		if (instance_find(proc, words[i], &instances[found], NULL))
			words[found++] = words[i];
	int status = found < count;
	for (size_t i = 0; i < found; i++)
		if (!stop(proc, words[i], &instances[i], number, seconds))
			status = EXIT_SELFDOCK;
	return status;
}

static int stop_main(struct options *options)
{
	const struct option *option;
	int number = SIGTERM, seconds = 10;

	while ((option = options_next(options)))
		if (option->key == 's')
			number = read_signal(options->values[0]);
		else
			seconds = read_seconds(options->values[0]);
	char **words = options->words + options->at;
	if (!*words)
		die("which instance?%s", applet_mention(" See selfdock-ls"));
	words_refuse_late(words);
	return stop_all(words, number, seconds);
}

const struct applet applet_stop = {
	.name = "stop",
	.summary = "end running instances",
	.usage = "[OPTION]... INSTANCE...",
	.options = stop_options,
	.privilege = PRIVILEGE_NONE,
	.main = stop_main,
};
