/* SPDX-License-Identifier: ISC */
/*
 * Files of arguments: each line is one, in the place of the option that names the
 * file. Empty lines and those that begin with "#" are left out, which makes the
 * "#!" line of a script and comments possible.
 *
 * The whole is executed anew: the command line that /proc shows of a monitor is the
 * record of its instance, so that must say it all; and a file is read without
 * privilege, which comes back with the execution.
 */
#include "core/cli/arguments.h"

#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "core/base/error.h"
#include "core/linux/path.h"
#include "core/linux/privilege.h"

enum { FILES_MAX = 16, WORDS_MAX = 1 << 16 };

/* Of these only the pages that are needed are ever touched. */
static char text[1 << 21];
static char *lists[2][WORDS_MAX + 1];
static size_t filled;

static char *file; /* what the first such option names */

void arguments_take(char **value)
{
	die("'--args' must be a word of its own: '%s'", value[0]);
}

static void note_file(const struct option_spec *spec, char **value)
{
	if (spec->take == arguments_take && !file)
		file = value[0];
}

/* Reads the file behind what was read so far; returns where it begins. */
static char *read_file(void)
{
	char *begin = text + filled;
	ssize_t more;
	int fd = path_open(AT_FDCWD, file, O_RDONLY, 0);

	while (fd >= 0 && (more = read(fd, text + filled, sizeof text - 1 - filled)) > 0)
		filled += (size_t)more;
	if (fd < 0 || more < 0)
		die_errno("cannot read the arguments in '%s'", file);
	if (filled == sizeof text - 1)
		die("the arguments in '%s' are too long", file);
	text[filled++] = '\0';
	if (strlen(begin) + 1 != (size_t)(text + filled - begin))
		die("the arguments in '%s' cannot hold a NUL byte", file);
	close(fd);
	return begin;
}

static void add(char **list, size_t *count, char *word)
{
	if (*count == WORDS_MAX)
		die("more than %d arguments", WORDS_MAX);
	list[(*count)++] = word;
}

static void add_lines(char **list, size_t *count, char *line)
{
	char *next;

	for (; line; line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		if (*line && *line != '#')
			add(list, count, line);
	}
}

/* Copies a command line with the first file's lines in the place of the option:
 * two words, or one with the file's name at its end. */
static char **expand(char **from, char **to)
{
	size_t count = 0;

	add(to, &count, (char *)error_program); /* the applet's word may be gone */
	for (char **word = from + 1; *word; word++) {
		bool two = word[1] == file;
		bool one = *word + strlen(*word) == file + strlen(file) && *word != file;
		if (!two && !one) {
			add(to, &count, *word);
			continue;
		}
		if (two ? strcmp(*word, "-f") && strcmp(*word, "--args")
			: (*word)[1] != '-' && *word + 2 != file)
			arguments_take(word);
		add_lines(to, &count, read_file());
		word += two;
	}
	to[count] = NULL;
	return to;
}

void arguments_expand(const struct option_spec *table, int argc, char **argv)
{
	for (int files = 0;; files++) {
		file = NULL;
		options_read(table, argc, argv, note_file);
		if (!file && !files)
			return;
		privilege_drop();
		if (!file)
			break;
		if (files == FILES_MAX)
			die("more than %d files of arguments, the last of them '%s'", FILES_MAX,
			    file);
		argv = expand(argv, lists[files % 2]);
		for (argc = 0; argv[argc];)
			argc++;
	}
	execv("/proc/self/exe", argv);
	die_errno("cannot execute '/proc/self/exe' with the arguments of a file");
}
