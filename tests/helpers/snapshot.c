/* SPDX-License-Identifier: ISC */
/*
 * snapshot DIRECTORY... [-- DIRECTORY...]: a line for all that there is in and below each
 * directory, and for those after the "--" only for the names in them, in the order of their
 * names: to compare with what there is later.
 */
#include <dirent.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char **lines;
static size_t count;

static void add(char *line)
{
	if (count % 256 == 0)
		lines = realloc(lines, (count + 256) * sizeof *lines);
	if (!lines || !line)
		exit(2);
	lines[count++] = line;
}

static int add_entry(const char *path, const struct stat *is, int flag, struct FTW *where)
{
	char *line, target[4096] = "";

	(void)flag;
	(void)where;
	if (S_ISLNK(is->st_mode) && readlink(path, target, sizeof target - 1) < 0)
		return 1;
	if (asprintf(&line, "%s %lu %o %u:%u %lu %ld %ld.%09ld %ld.%09ld %s", path, is->st_ino,
		     is->st_mode, is->st_uid, is->st_gid, is->st_nlink, (long)is->st_size,
		     (long)is->st_mtim.tv_sec, is->st_mtim.tv_nsec, (long)is->st_ctim.tv_sec,
		     is->st_ctim.tv_nsec, target) < 0)
		return 1;
	add(line);
	return 0;
}

static int compare(const void *one, const void *other)
{
	return strcmp(*(char *const *)one, *(char *const *)other);
}

int main(int argc, char **argv)
{
	int names = 0;

	(void)argc;
	while (*++argv) {
		struct dirent *entry;
		char *line;
		DIR *dir;

		if (!strcmp(*argv, "--")) {
			names = 1;
		} else if (!names) {
			if (nftw(*argv, add_entry, 32, FTW_PHYS))
				return perror(*argv), 1;
		} else if ((dir = opendir(*argv))) {
			while ((entry = readdir(dir)))
				if (asprintf(&line, "%s: %s", *argv, entry->d_name) > 0)
					add(line);
			closedir(dir);
		}
	}
	qsort(lines, count, sizeof *lines, compare);
	for (size_t i = 0; i < count; i++)
		puts(lines[i]);
	return 0;
}
