/* SPDX-License-Identifier: ISC */
/*
 * Files of arguments: each line is an argument, in place of the option that names the file. Empty
 * lines and lines that begin with "#" are left out, which allows comments and the "#!" line of a
 * script. A line that begins with "\" is the rest of it, which may be empty or begin with "#". The
 * lines after "--default-command" are left out if words follow the option: those take their place.
 *
 * This binary is executed anew with the whole command line. The command line that /proc shows of a
 * monitor is the record of its instance, so it must be complete. Also, a file is read without
 * privilege, and only an execution gives that back.
 */
#include "core/cli/arguments.h"

#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "core/base/error.h"
#include "core/base/memory.h"
#include "core/linux/path.h"
#include "core/linux/privilege.h"

enum { FILES_MAX = 16, WORDS_MAX = 1 << 16 };

/* The text that was read, and two command lines: each file makes a new one from the last. */
struct arguments {
	size_t length;
	char text[1 << 21];
	char *lines[2][WORDS_MAX + 1];
};

/* Whether the command line names a file of arguments. OPTIONS then stands at it. */
static bool find_file(const struct option *table, char **words, struct options *options)
{
	const struct option *option;

	*options = options_begin(table, words);
	while ((option = options_next(options)))
		if (!strcmp(option->name, "args"))
			return true;
	return false;
}

/* Reads the file to the end of the text. Returns where it begins there. */
static char *read_file(struct arguments *arguments, const char *file)
{
	char *begin = arguments->text + arguments->length, *end = begin;
	char *limit = arguments->text + sizeof arguments->text - 1;
	ssize_t more;
	int fd = path_open(AT_FDCWD, file, O_RDONLY, 0);

	while (fd >= 0 && (more = read(fd, end, (size_t)(limit - end))) > 0)
		end += more;
	if (fd < 0 || more < 0)
		die_errno("cannot read the arguments in '%s'", file);
	if (end == limit)
		die("the arguments in '%s' are too long", file);
	*end++ = '\0';
	if (begin + strlen(begin) + 1 != end)
		die("the arguments in '%s' cannot hold a NUL byte", file);
	close(fd);
	arguments->length = (size_t)(end - arguments->text);
	return begin;
}

static void add(char **list, size_t *count, char *word)
{
	if (*count == WORDS_MAX)
		die("more than %d arguments", WORDS_MAX);
	list[(*count)++] = word;
}

static void add_lines(char **list, size_t *count, char *line, bool words_follow)
{
	char *next;

	for (; line; line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		bool literal = *line == '\\', divides = !strcmp(line, "--default-command");
		if (divides && words_follow)
			return;
		if (literal || (*line && *line != '#' && !divides))
			add(list, count, line + literal);
	}
}

/* Writes to TO the command line of OPTIONS, with the lines of TEXT in place of its last option. */
static void expand(const struct options *options, char *text, char **to)
{
	char **words = options->words, **rest = words + options->at;
	/* The option is two words, or one that ends with the name of the file. */
	char **place = rest - (rest[-1] == options->values[0] ? 2 : 1);
	size_t count = 0;

	add(to, &count, (char *)error_name()); /* the word for the applet may be gone */
	for (char **word = words + 1; word < place; word++)
		add(to, &count, *word);
	add_lines(to, &count, text, *rest);
	for (; *rest; rest++)
		add(to, &count, *rest);
	to[count] = NULL;
}

void arguments_expand(const struct option *table, char **words)
{
	struct options options;

	if (!find_file(table, words, &options))
		return;
	privilege_drop();
	struct arguments *arguments = memory_take(sizeof *arguments);
	for (int files = 0; find_file(table, words, &options); files++) {
		const char *typed = options.typed, *file = options.values[0];
		if (typed[1] != '-' && typed[1] != 'f')
			die("'--args' must be a word of its own: '%s'", typed);
		if (files == FILES_MAX)
			die("more than %d files of arguments, the last of them '%s'", FILES_MAX,
			    file);
		expand(&options, read_file(arguments, file), arguments->lines[files % 2]);
		words = arguments->lines[files % 2];
	}
	execv("/proc/self/exe", words);
	die_errno("cannot execute '/proc/self/exe' with the arguments of a file");
}
