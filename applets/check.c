/* SPDX-License-Identifier: ISC */
/*
 * selfdock-check: whether instances can start here, and why not. It prints what
 * core/instance/probe.c finds, and then starts one.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/error.h"
#include "core/base/json.h"
#include "core/base/text.h"
#include "core/cli/applet.h"
#include "core/instance/probe.h"

enum { JSON = 1 };

static const struct option check_options[] = {
	{ JSON, "json", "", "the same as JSON" },
	{ .name = "" },
};

static const char *const verdicts[] = { "good", "note", "suspect", "bad" };

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

/* Returns the applet that starts instances and changes the least: the last one by name. */
static const char *find_starter(void)
{
	const char *name = NULL;

	for (const struct applet *const *applet = applets; *applet; applet++)
		if ((*applet)->privilege == PRIVILEGE_SETUP)
			name = (*applet)->name;
	return name;
}

/* The instance executes this binary, which prints its version: it exists in every instance. */
static _Noreturn void execute(const char *starter, int messages)
{
	char name[64];
	char *words[] = { name,
			  (char[]){ "--chdir" },
			  (char[]){ "/" },
			  (char[]){ "/proc/self/exe" },
			  (char[]){ "--version" },
			  NULL };

	text_format(name, sizeof name, "selfdock-%s", starter);
	if (dup2(messages, STDOUT_FILENO) >= 0 && dup2(messages, STDERR_FILENO) >= 0)
		execv("/proc/self/exe", words);
	die_errno("cannot execute '/proc/self/exe'");
}

/* Whether an instance starts. TEXT is set to what is printed then. */
static bool starts(const char *starter, char *text, size_t size)
{
	size_t length = 0;
	ssize_t more;
	int ends[2], status;

	if (pipe2(ends, O_CLOEXEC))
		die_errno("cannot try to start an instance");
	pid_t child = _Fork();
	if (child < 0)
		die_errno("cannot try to start an instance");
	if (!child)
		execute(starter, ends[1]);
	close(ends[1]);
	while ((more = read(ends[0], text + length, size - 1 - length)) > 0)
		length += (size_t)more;
	length -= length && text[length - 1] == '\n';
	text[length] = '\0';
	if (waitpid(child, &status, 0) < 0)
		die_errno("cannot try to start an instance");
	return !status;
}

static struct probe try_start(void)
{
	const char *starter = find_starter();
	struct probe probe = { .name = "start", .verdict = PROBE_BAD };

	if (!starter) {
		text_format(probe.text, sizeof probe.text,
			    "this binary has no applet that starts one");
	} else if (starts(starter, probe.text, sizeof probe.text)) {
		probe.verdict = PROBE_GOOD;
		text_format(probe.text, sizeof probe.text, "an instance starts");
	}
	return probe;
}

static int check_main(struct options *options)
{
	struct probe probe = { .verdict = PROBE_GOOD };
	bool json = false;

	while (options_next(options))
		json = true;
	if (options->words[options->at])
		die("no operand is expected: '%s'", options->words[options->at]);

	text_print(json ? "{\"checks\":[" : "");
	for (bool first = true; probe_next(&probe); first = false)
		print(&probe, json, first);
	struct probe start = try_start();
	bool works = start.verdict == PROBE_GOOD;
	print(&start, json, false);
	text_print(json ? "\n],\"works\":%s}\n" : "", works ? "true" : "false");
	return !works;
}

const struct applet applet_check = {
	.name = "check",
	.summary = "tell whether instances can start here, and why not",
	.usage = "[OPTION]...",
	.options = check_options,
	.privilege = PRIVILEGE_NONE,
	.main = check_main,
};
