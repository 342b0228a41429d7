/* SPDX-License-Identifier: ISC */
/* What is read from the command line of a monitor is what its start read: name, root file system,
 * directory, command, and what it does to the environment. Whatever the command line of a process
 * is, nothing outside it is read; and before an enter shows its own, no value of a variable is left
 * in it.
 * With: core/instance/instance.c core/linux/procfs.c core/cli/plan.c core/cli/environment.c
 * core/cli/options.c core/cli/words.c core/cli/applet.c core/base/text.c core/base/error.c
 * core/base/filter.c core/linux/path.c core/linux/privilege.c core/linux/process.c */
#include "core/instance/join.c" /* follow_record is its own */

#include <stdio.h>
#include <sys/stat.h>

#include "core/cli/plan.h"
#include "core/cli/words.h"
#include "tests/fuzz/fuzz.h"

static const struct option enter_options[] = {
	{ 'C', "chdir", "DIR", "" },
	{ 'e', "env", "NAME VALUE", "" },
	{ .name = "" },
};

static const struct applet run = { .name = "run",
				   .options = plan_options,
				   .privilege = PRIVILEGE_SETUP };
static const struct applet enter = { .name = "enter",
				     .options = enter_options,
				     .privilege = PRIVILEGE_JOIN };

const struct applet *const applets[] = { &enter, &run, NULL };
const char applet_names[] = "enter run :\0";

static int proc = -1;
static struct plan *plan;

static void write_status(const char *file, int pid, int parent, const char *levels)
{
	char text[512];
	unsigned uid = privilege_uid(), gid = privilege_gid();
	int length = sprintf(text,
			     "Name:\tx\nState:\tS\nTgid:\t%d\nPPid:\t%d\nUid:\t%u\t%u\t%u\t%u\n"
			     "Gid:\t%u\t%u\t%u\t%u\nNSpid:\t%s\nCapPrm:\t0\nCapBnd:\t0\n"
			     "NoNewPrivs:\t1\n",
			     pid, parent, uid, uid, uid, uid, gid, gid, gid, gid, levels);

	fuzz_write(file, text, (size_t)length, 0);
}

/* A monitor, its program, and a process that enters. */
static void make_processes(void)
{
	static const char *const directories[] = { "42", "42/task", "42/task/42", "43", "44" };
	char *none[] = { "run", NULL }, **words;
	struct options options = options_begin(plan_options, none);

	plan = plan_read(&options);
	for (size_t i = 0; i < sizeof directories / sizeof *directories; i++)
		REQUIRE(!mkdir(directories[i], 0755));
	privilege_init();
	write_status("42/status", 42, 1, "42");
	write_status("43/status", 43, 42, "43\t1");
	write_status("44/status", 44, 1, "44");
	fuzz_write("42/task/42/children", "43 ", 3, 0);
	proc = open(".", O_PATH | O_DIRECTORY);
	procfs_read_words(proc, 42, &words);
	fuzz_keep();
}

static void write_line(const char *file, char **words)
{
	size_t length = 0, size = 0;

	for (char **word = words; *word; word++)
		size += strlen(*word) + 1;
	char *text = fuzz_take(size);
	for (; *words; words++) {
		memcpy(text + length, *words, strlen(*words) + 1);
		length += strlen(*words) + 1;
	}
	fuzz_write(file, text, length, 0);
}

/* What a start makes of it. */
struct line {
	char **words;
	const struct applet *applet;
	struct options options;
	bool whole;
};

static void read_line(void *argument)
{
	struct line *line = argument;
	int count = 0;

	while (line->words[count])
		count++;
	line->applet = applet_of(&count, &line->words);
	if (!line->applet || words_check(line->applet->options, line->words) != OPTIONS_DONE ||
	    line->applet != &run)
		return;
	line->options = options_begin(plan_options, line->words);
	memset(plan, 0, sizeof *plan);
	plan = plan_read(&line->options);
	line->whole = true;
}

static void begin_environment(void)
{
	static char *first[] = { "HOME=/home/user", "A=B", "C=", NULL };
	static char *list[4];

	memcpy(list, first, sizeof first);
	environ = list;
}

static bool is_same(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

static void require_same(char **a, char **b)
{
	for (; *b; a++, b++)
		REQUIRE(*a && !strcmp(*a, *b));
	REQUIRE(!*a);
}

static void compare(const struct line *line, const struct instance_record *record)
{
	REQUIRE(record->applet == &run && is_same(record->name, plan->name));
	REQUIRE(is_same(record->rootfs ? record->rootfs : "/", plan->rootfs));
	REQUIRE(is_same(record->directory, plan->directory));
	require_same(record->operands, line->words + line->options.at);
}

/* No value is left where other processes can read it. */
static void check_overwritten(struct options typed)
{
	while (options_next(&typed))
		if (typed.option->key == 'e')
			REQUIRE(!typed.values[1][strspn(typed.values[1], "*")]);
}

static void follow(void *argument)
{
	struct instance *instance = argument;
	static struct entering entering;

	entering.directory = fuzz_take(ROOM);
	follow_record(&entering, &instance->record);
	REQUIRE(strlen(entering.directory) < ROOM && strcmp(entering.directory, "."));
}

/* The process with that command line is the monitor of an instance. */
static void check_monitor(char **words)
{
	struct line line = { .words = fuzz_copy(words) };
	struct instance instance = { .monitor.pid = 0 };
	int rest = 0;

	begin_environment();
	int status = fuzz_status(read_line, &line);
	char **wanted = fuzz_copy(environ);
	write_line("42/cmdline", words);
	struct instance_list list = instance_begin(proc, true);
	bool found = instance_next(&list, &instance);
	if (status == -1 && line.whole) {
		REQUIRE(found && instance.monitor.pid == 42 && instance.program.pid == 43);
		compare(&line, &instance.record);
		begin_environment();
		REQUIRE(fuzz_status(follow, &instance) == -1);
		require_same(environ, wanted);
		check_overwritten(instance.record.typed);
	} else if (found) {
		begin_environment();
		status = fuzz_status(follow, &instance);
		REQUIRE(status == -1 || status == EXIT_SELFDOCK);
	}
	while (found && rest++ < 3)
		found = instance_next(&list, &instance);
	REQUIRE(!found);
}

/* The process with that command line enters an instance, or says so. */
static void check_entering(char **words)
{
	static char *monitor[] = { "selfdock-run", "-n", "web", "sleep", NULL };
	struct procfs_process process;
	int entered = 0;

	write_line("42/cmdline", monitor);
	write_line("44/cmdline", words);
	REQUIRE(procfs_read(proc, 43, &process));
	process.pid = 45;
	process.parent = 44;
	process.innermost = 7;
	if (instance_climb(proc, true, &process, &entered))
		REQUIRE(process.pid == 43 && entered == 1);
	fuzz_write("44/cmdline", "", 0, 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_begin();
	if (proc < 0)
		make_processes();
	char **words = fuzz_words("selfdock", data, size);
	bool named = size && data[0] == '-';
	if (named)
		words[0] = "selfdock-run";
	check_monitor(words);
	check_entering(words);
	return 0;
}
