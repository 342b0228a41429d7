/* SPDX-License-Identifier: ISC */
/* What /proc says of a process comes out as it was, whatever the process is called, however many
 * groups it has, and in whatever pieces the text comes; any other text is survived.
 * With: core/linux/procfs.c core/linux/path.c core/base/text.c core/base/error.c
 * core/base/filter.c */
#include "core/linux/procfs.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/fuzz/fuzz.h"

enum { PID = 42, LEVELS = 32 };

static int proc = -1;

/* The process that is described: numbers from the input, then its name. */
struct described {
	uint32_t id[8];
	int32_t parent, tgid, pid[2];
	uint64_t permitted, bounding, time[4];
	uint16_t groups;
	uint8_t levels, flags, most;
};

/* As the kernel does it in a status. */
static char *escape(const char *name)
{
	char *escaped = fuzz_take(4 * strlen(name) + 1), *to = escaped;

	for (; *name; name++)
		if (*name == '\n' || *name == '\\')
			to += sprintf(to, *name == '\n' ? "\\n" : "\\\\");
		else
			*to++ = *name;
	return escaped;
}

static void write_status(const struct described *is, const char *name)
{
	size_t room = 4096 + is->groups * 12U;
	char *text = fuzz_take(room), *to = text;

	to += sprintf(to, "Name:\t%s\nUmask:\t0022\nState:\t%c (x)\n", escape(name),
		      "RSZX"[is->flags & 3]);
	to += sprintf(to, "Tgid:\t%d\nNgid:\t0\nPid:\t%d\nPPid:\t%d\nTracerPid:\t0\n", is->tgid,
		      PID, is->parent);
	to += sprintf(to, "Uid:\t%u\t%u\t%u\t%u\n", is->id[0], is->id[1], is->id[2], is->id[3]);
	to += sprintf(to, "Gid:\t%u\t%u\t%u\t%u\n", is->id[4], is->id[5], is->id[6], is->id[7]);
	to += sprintf(to, "FDSize:\t64\nGroups:\t");
	for (unsigned i = 0; i < is->groups; i++)
		to += sprintf(to, "%u ", is->id[0] + i);
	to += sprintf(to, "\nNStgid:\t1\nNSpid:");
	for (int i = 0; i < is->levels % LEVELS; i++)
		to += sprintf(to, "\t%d", is->pid[0]);
	to += sprintf(to, "\t%d\nNSpgid:\t1\nCapInh:\t0000000000000000\n", is->pid[1]);
	to += sprintf(to, "CapPrm:\t%016llx\nCapEff:\t%016llx\n", (unsigned long long)is->permitted,
		      0ULL);
	to += sprintf(to, "CapBnd:\t%016llx\nNoNewPrivs:\t%d\nSeccomp:\t2\n",
		      (unsigned long long)is->bounding, is->flags >> 2 & 1);
	fuzz_write("42/status", text, (size_t)(to - text), is->most);
}

static void check_status(const struct described *is, const char *name)
{
	struct procfs_process process;

	write_status(is, name);
	REQUIRE(procfs_read(proc, PID, &process));
	REQUIRE(process.pid == PID && process.parent == is->parent);
	REQUIRE(!memcmp(process.uid, is->id, sizeof process.uid));
	REQUIRE(!memcmp(process.gid, is->id + 4, sizeof process.gid));
	REQUIRE(process.level == is->levels % LEVELS && process.innermost == is->pid[1]);
	REQUIRE(process.permitted == is->permitted && process.bounding == is->bounding);
	REQUIRE(process.no_new_privs == (is->flags >> 2 & 1));
	REQUIRE(process.thread == (is->tgid != PID) && process.ended == (is->flags >> 1 & 1));
}

static void check_usage(const struct described *is, const char *name)
{
	char *text = fuzz_take(strlen(name) + 1024);
	const uint64_t *time = is->time;
	struct procfs_usage usage;
	int length = sprintf(text,
			     "%d (%s) S %d 1 1 0 -1 4194304 1 2 3 4 %llu %llu 0 0 20 0 1 0 %llu "
			     "123456 %llu 18446744073709551615 1 1 0\n",
			     PID, name, is->parent, (unsigned long long)time[0],
			     (unsigned long long)time[1], (unsigned long long)time[2],
			     (unsigned long long)time[3]);

	fuzz_write("42/stat", text, (size_t)length, is->most);
	REQUIRE(procfs_read_usage(proc, PID, &usage));
	REQUIRE(usage.pid == PID && usage.parent == is->parent && usage.start == time[2]);
	REQUIRE(usage.time == time[0] + time[1] && usage.memory == time[3]);
}

static void describe(const uint8_t *data, size_t size)
{
	struct described is;

	memcpy(&is, data, sizeof is);
	is.parent &= INT32_MAX;
	is.tgid = is.flags & 8 ? PID : is.tgid & INT32_MAX;
	is.pid[0] &= INT32_MAX;
	is.pid[1] &= INT32_MAX;
	is.groups %= is.most ? 9000 : UINT16_MAX;
	size_t left = size - sizeof is;
	const char *name = (const char *)data + sizeof is;
	char *text = fuzz_text(name, name + (left < 15 ? left : 15)); /* as long as one can be */
	check_status(&is, text);
	check_usage(&is, text);
}

/* The words of a command line are found, each at its place. */
static void check_words(char *text, size_t length, uint8_t most)
{
	char **words;

	for (size_t i = 0; i < length; i++)
		text[i] = text[i] == '\n' ? '\0' : text[i];
	fuzz_write("42/cmdline", text, length, most);
	int count = procfs_read_words(proc, PID, &words);
	const char *at = text, *end = text + length;
	for (int i = 0; i < count; i++) {
		REQUIRE(at < end && !strcmp(words[i], at));
		at += strlen(at) + 1;
	}
	REQUIRE(!words[count] && (at >= end || count >= (1 << 15) - 1));
}

static void survive(char *text, size_t length, uint8_t most)
{
	struct procfs_process process, found;
	struct procfs_usage usage;

	fuzz_write("42/status", text, length, most);
	if (procfs_read(proc, PID, &process))
		REQUIRE(process.pid == PID && process.level < length);
	fuzz_write("42/stat", text, length, most);
	procfs_read_usage(proc, PID, &usage);
	mkdir("42/task", 0700);
	mkdir("42/task/42", 0700);
	fuzz_write("42/task/42/children", text, length, most);
	process.pid = PID;
	process.level = 0;
	REQUIRE(!procfs_find_pid1(proc, &process, &found));
	check_words(text, length, most);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char **words;
	size_t length;

	if (!size)
		return 0;
	fuzz_begin();
	if (proc < 0) {
		mkdir("42", 0700);
		proc = open(".", O_PATH | O_DIRECTORY);
		procfs_read_words(proc, PID, &words); /* the room for these stays */
		fuzz_keep();
	}
	if (size > sizeof(struct described) && !data[0]) {
		describe(data + 1, size - 1);
		return 0;
	}
	char *text = fuzz_expand(data + 1, size - 1, 70000, &length);
	survive(text, length, data[0]);
	return 0;
}
