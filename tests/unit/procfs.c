/* SPDX-License-Identifier: ISC */
/* What processes say of themselves is read from status, stat and cmdline, whatever they are
 * called. With: core/linux/procfs.c core/linux/path.c core/base/memory.c core/base/text.c
 * core/base/error.c core/base/filter.c */
#include "core/linux/procfs.h"

#include <assert.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A directory like /proc, with one process in it. */
static int proc;

enum { PID = 42 };

static void write_file(const char *name, const char *text, size_t length)
{
	char path[64] = "42/";
	int file = openat(proc, strcat(path, name), O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert(file >= 0 && write(file, text, length) == (ssize_t)length);
	close(file);
}

static bool read_status(const char *text, struct procfs_process *process)
{
	write_file("status", text, strlen(text));
	return procfs_read(proc, PID, process);
}

#define STATUS(STATE, PIDS)                                                                        \
	"Name:\tsleep\nUmask:\t0022\nState:\t" STATE "\nTgid:\t42\nNgid:\t0\nPid:\t42\n"           \
	"PPid:\t7\nTracerPid:\t0\nUid:\t1000\t1001\t1002\t1003\nGid:\t4294967295\t1\t2\t3\n"       \
	"FDSize:\t64\nGroups:\t1 2 3 \nNStgid:\t" PIDS "\nNSpid:\t" PIDS "\nNSpgid:\t" PIDS        \
	"\nCapInh:\t0000000000000000\nCapPrm:\t000001ffffffffff\nCapEff:\t0000000000000000\n"      \
	"CapBnd:\t00000000800405fb\nCapAmb:\t0000000000000000\nNoNewPrivs:\t1\nSeccomp:\t2\n"

static void status(void)
{
	struct procfs_process is;

	assert(read_status(STATUS("S (sleeping)", "42\t5\t1"), &is));
	assert(is.pid == PID && is.parent == 7 && is.level == 2 && is.innermost == 1);
	for (unsigned i = 0; i < 4; i++)
		assert(is.uid[i] == 1000 + i);
	assert(is.gid[0] == 4294967295U && is.gid[1] == 1 && is.gid[3] == 3);
	assert(is.permitted == 0x1ffffffffff && is.bounding == 0x800405fb);
	assert(is.no_new_privs && !is.thread && !is.ended);

	assert(read_status(STATUS("R (running)", "42"), &is) && is.level == 0);
	assert(is.innermost == PID && !is.ended);
	assert(read_status(STATUS("Z (zombie)", "42"), &is) && is.ended);
	assert(read_status(STATUS("X (dead)", "42"), &is) && is.ended);

	/* More levels than there is room for: the kernel has 32 of them. */
	assert(read_status(STATUS("S", "42\t41\t40\t39\t38\t37\t6"), &is));
	assert(is.level == 6 && is.innermost == 6);
}

static void names(void)
{
	struct procfs_process is;

	/* The kernel writes a newline in a name as "\n", two characters. */
	assert(read_status("Name:\tUid: 0 0 0 0\\nPPid: 1\n"
			   "State:\tS\nTgid:\t41\nPPid:\t7\nUid:\t1\t1\t1\t1\nGid:\t2\t2\t2\t2\n"
			   "NSpid:\t42\nNoNewPrivs:\t0\n",
			   &is));
	assert(is.parent == 7 && is.uid[0] == 1 && is.thread && !is.no_new_privs);
	assert(is.permitted == 0);
}

static void vanished(void)
{
	struct procfs_process is;
	struct procfs_usage usage;

	assert(!read_status("", &is));
	assert(!read_status("Name:\tsleep\n", &is));
	assert(!read_status("State:\tS\nUid:\t1\t1\t1\nGid:\t1\t1\t1\t1\nNSpid:\t42\n", &is));
	assert(!read_status("State:\tS\nUid:\t1\t1\t1\t1\nGid:\t1\t1\t1\t1\n", &is));
	assert(!procfs_read(proc, 43, &is) && !procfs_read_usage(proc, 43, &usage));
	assert(!procfs_status(proc, "43"));
	assert(!*procfs_field(NULL, "State"));
}

static void fields(void)
{
	static char text[] = "AB:  two \nA:\tone\nB:\n";

	assert(!strncmp(procfs_field(text, "A"), "one\n", 4));
	assert(!strncmp(procfs_field(text, "AB"), "two \n", 5));
	assert(*procfs_field(text, "B") == '\n');
	assert(!*procfs_field(text, "C") && !*procfs_field(text, "one"));
}

static bool read_usage(const char *text, struct procfs_usage *usage)
{
	write_file("stat", text, strlen(text));
	return procfs_read_usage(proc, PID, usage);
}

#define USAGE " S 7 42 42 0 -1 4194560 99 0 0 0 30 12 0 0 20 0 1 0 987654321 5595136 1234 "

static void usage(void)
{
	static const char *const names[] = { "(sleep)",	      "()",   "(a b)",
					     "(a) S 1 1 (b)", "()))", "(\n)" };
	struct procfs_usage is;
	char text[256];

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		strcpy(text, "42 ");
		assert(read_usage(strcat(strcat(text, names[i]), USAGE "1 2 3\n"), &is));
		assert(is.pid == PID && is.parent == 7 && is.time == 42);
		assert(is.start == 987654321 && is.memory == 1234);
	}
	assert(!read_usage("", &is));
	assert(!read_usage("42 (sleep) S 7 42", &is));
	assert(!read_usage("42 sleep", &is));
}

static void words(void)
{
	char **words;

	write_file("cmdline",
		   "sleep\0\0"
		   "60",
		   10);
	assert(procfs_read_words(proc, PID, &words) == 3);
	assert(!strcmp(words[0], "sleep") && !*words[1] && !strcmp(words[2], "60") && !words[3]);
	write_file("cmdline", "no end", 6);
	assert(procfs_read_words(proc, PID, &words) == 1 && !strcmp(words[0], "no end"));
	write_file("cmdline", "", 0);
	assert(procfs_read_words(proc, PID, &words) == 0 && !words[0]);
	assert(procfs_read_words(proc, 43, &words) == 0 && !words[0]);
}

/* Whatever the length of the line of groups is, what follows it is read. */
static void groups(void)
{
	static char text[40000];
	struct procfs_process is;

	for (int length = 7000; length < 17000; length += 7) {
		int at = sprintf(text, "PPid:\t7\nUid:\t1\t1\t1\t1\nGid:\t1\t1\t1\t1\nGroups:\t");
		while (at < length)
			at += sprintf(text + at, "%d ", 100000 + at);
		sprintf(text + at, "\nNSpid:\t42\t1\nSigCgt:\t0\nNoNewPrivs:\t1\nEnd:\t1\n");
		assert(read_status(text, &is) && is.level == 1 && is.no_new_privs);
		assert(*procfs_field(procfs_status(proc, "42"), "End") == '1');
	}
}

static void write_child(pid_t pid, pid_t parent, const char *pids)
{
	char name[32], text[128];

	sprintf(name, "%d", pid);
	mkdirat(proc, name, 0700);
	strcat(name, "/status");
	int file = openat(proc, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	int length = sprintf(text, "PPid:\t%d\nUid:\t1\t1\t1\t1\nGid:\t1\t1\t1\t1\nNSpid:\t%s\n",
			     parent, pids);
	assert(file >= 0 && write(file, text, (size_t)length) == length);
	close(file);
}

/* The only child that is a pid 1 one level below: by the list of children, or without one. */
static void pid1(void)
{
	const struct procfs_process parent = { .pid = PID, .level = 1 };
	struct procfs_process found;

	mkdirat(proc, "42/task", 0700);
	mkdirat(proc, "42/task/42", 0700);
	for (int listed = 1; listed >= 0; listed--) {
		if (listed)
			write_file("task/42/children", "43 44 45 46 ", 12);
		else
			assert(!unlinkat(proc, "42/task/42/children", 0));
		write_child(43, PID, "43\t1");	     /* its own level */
		write_child(44, PID, "44\t5\t4\t1"); /* two below */
		write_child(45, PID, "45\t6\t2");    /* no pid 1 */
		write_child(46, 7, "46\t7\t1");	     /* of another parent */
		assert(!procfs_find_pid1(proc, &parent, &found));
		write_child(45, PID, "45\t6\t1");
		assert(procfs_find_pid1(proc, &parent, &found) && found.pid == 45);
		write_child(44, PID, "44\t5\t1");
		assert(!procfs_find_pid1(proc, &parent, &found));
	}
}

/* The link is as long as a path can be. */
static void directory(void)
{
	char path[PATH_MAX], longest[PATH_MAX];

	memset(longest, 'x', sizeof longest - 1);
	longest[sizeof longest - 1] = '\0';
	assert(!symlinkat(longest, proc, "42/cwd"));
	assert(procfs_read_directory(proc, PID, path) && !strcmp(path, longest));
	assert(!procfs_read_directory(proc, 43, path) && !*path);
}

int main(int argc, char **argv)
{
	assert(argc == 2);
	proc = open(argv[1], O_RDONLY | O_DIRECTORY);
	assert(proc >= 0 && !mkdirat(proc, "42", 0700));
	status();
	names();
	vanished();
	fields();
	usage();
	words();
	groups();
	pid1();
	directory();
	return 0;
}
