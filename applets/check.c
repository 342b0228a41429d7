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

static bool json;

static void print(const char *name, enum probe_verdict verdict, const char *text)
{
	static const char *const words[] = { "good", "note", "suspect", "bad" };
	static bool more;

	if (!json) {
		const char *word = words[verdict], *next;
		for (; text; text = next, name = word = "") {
			next = strchr(text, '\n');
			text_print("%-9s %-8s %.*s\n", name, word, (int)strcspn(text, "\n"), text);
			next += next != NULL;
		}
		return;
	}
	text_print("%s\n{\"name\":", more ? "," : "");
	json_print(name);
	text_print(",\"verdict\":\"%s\",\"text\":", words[verdict]);
	json_print(text);
	text_print("}");
	more = true;
}

/* The applet that starts instances and changes the least: the last by name. */
static const char *find_starter(void)
{
	const char *name = NULL;

	for (const struct applet *const *applet = applets; *applet; applet++)
		if ((*applet)->privilege == PRIVILEGE_SETUP)
			name = (*applet)->name;
	return name;
}

/* Inside, this binary prints its version: it is there wherever it is. */
static _Noreturn void execute(const char *starter, int messages)
{
	static char name[64];
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

/* Whether an instance starts; TEXT becomes what is said then. */
static bool try_start(char *text, size_t size)
{
	const char *starter = find_starter();
	size_t length = 0;
	ssize_t more;
	int ends[2], status;

	if (!starter) {
		text_format(text, size, "this binary has no applet that starts one");
		return false;
	}
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

static int check_main(int count, char **operands)
{
	char text[4096];

	if (count)
		die("no operand is expected: '%s'", operands[0]);
	text_print(json ? "{\"checks\":[" : "");
	for (size_t i = 0; i < probe_count; i++) {
		enum probe_verdict verdict = probes[i].look();
		print(probes[i].name, verdict, probe_text);
	}
	bool works = try_start(text, sizeof text);
	print("start", works ? PROBE_GOOD : PROBE_BAD, works ? "an instance starts" : text);
	text_print(json ? "\n],\"works\":%s}\n" : "", works ? "true" : "false");
	return !works;
}

static const struct option_spec check_options[] = {
	{ 0, "json", "", "the same as JSON", .flag = &json },
	{ .name = "" },
};

const struct applet applet_check = {
	.name = "check",
	.summary = "tell whether instances can start here, and why not",
	.usage = "[OPTION]...",
	.options = check_options,
	.privilege = PRIVILEGE_NONE,
	.main = check_main,
};
