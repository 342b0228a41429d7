/* SPDX-License-Identifier: ISC */
/*
 * The table of applets: finds one, lists them, links their names.
 */
#include "core/cli/applet.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "core/base/error.h"
#include "core/base/text.h"

const struct applet *applet_find(const char *name, size_t length)
{
	for (const struct applet *const *applet = applets; *applet; applet++)
		if (!strncmp((*applet)->name, name, length) && !(*applet)->name[length])
			return *applet;
	return NULL;
}

static const struct applet *find_name(const char *name)
{
	return applet_find(name, strlen(name));
}

static const struct applet *find_part(const char *name)
{
	for (const struct applet *const *applet = applets; *applet; applet++)
		for (const struct applet *part = (*applet)->part; part; part = part->part)
			if (!strcmp(part->name, name))
				return part;
	return NULL;
}

/* The original command line: options, the name of the applet, more options. */
static const struct applet *find_word(char **words, int *at)
{
	for (const struct applet *const *applet = applets; *applet; applet++) {
		struct options options = options_begin((*applet)->options, words);
		while (options_next(&options))
			;
		*at = options.at;
		if (options.end == OPTIONS_DONE && words[*at] &&
		    !strcmp((*applet)->name, words[*at]))
			return *applet;
	}
	return NULL;
}

const char *applet_called(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

const struct applet *applet_of(int *argc, char ***argv)
{
	if (!*argc)
		return NULL;

	const char *called = applet_called(**argv);
	int at;
	const struct applet *applet = NULL;
	if (!strncmp(called, "selfdock-", 9))
		applet = find_name(called + 9);
	if (!applet && !strncmp(called, "selfdock-", 9))
		applet = find_part(called + 9);
	if (applet)
		return applet;
	applet = find_word(*argv, &at);
	if (applet) {
		/* "selfdock A run B" is "run A B": moves A over the name. */
		memmove(*argv + 1, *argv, (size_t)at * sizeof **argv);
		*argc -= 1;
		*argv += 1;
	}
	return applet;
}

const char *applet_starter(void)
{
	const char *name = NULL;

	for (const struct applet *const *applet = applets; *applet; applet++)
		if ((*applet)->privilege == PRIVILEGE_SETUP)
			name = (*applet)->name;
	return name;
}

const char *applet_mention(const char *message)
{
	return find_name(strrchr(message, '-') + 1) ? message : "";
}

void applet_help(const struct applet *applet)
{
	text_print("usage: selfdock-%s %s\n%s\n\n", applet->name, applet->usage, applet->summary);
	options_print(applet->options);
}

void applet_list(void)
{
	for (const struct applet *const *applet = applets; *applet; applet++)
		text_print("selfdock-%s\n", (*applet)->name);
}

/* Writes to RELATIVE the relative path from directory FROM to file TO. Both are absolute and have
 * no symbolic links. Returns false if it does not fit. */
static int find_way(const char *from, const char *to, char relative[PATH_MAX])
{
	size_t same = 0, length = 0;

	for (size_t i = 0; from[i] == to[i] || !from[i]; i++) {
		if (to[i] == '/')
			same = i;
		if (!from[i])
			break;
	}
	for (const char *rest = from + same; *rest && length < PATH_MAX; rest++)
		if (*rest == '/' && rest[1])
			length += text_format(relative + length, PATH_MAX - length, "../");
	if (length >= PATH_MAX)
		return 0;
	length += text_format(relative + length, PATH_MAX - length, "%s", to + same + 1);
	return length < PATH_MAX;
}

/* Reads a link in /proc/self. */
static void read_link(const char *link, char path[PATH_MAX])
{
	ssize_t length = readlinkat(AT_FDCWD, link, path, PATH_MAX - 1);

	if (length < 0)
		die_errno("cannot read '%s', which --install needs", link);
	path[length] = '\0';
}

void applet_install(const char *directory, int symbolic)
{
	char binary[PATH_MAX], place[PATH_MAX], target[PATH_MAX];

	if (chdir(directory))
		die_errno("cannot change to directory '%s'", directory);
	read_link("/proc/self/exe", binary);
	read_link("/proc/self/cwd", place);
	if (symbolic && !find_way(place, binary, target))
		die("the path from '%s' to '%s' is too long for a link", directory, binary);

	for (const struct applet *const *applet = applets; *applet; applet++) {
		char name[64];
		text_format(name, sizeof name, "selfdock-%s", (*applet)->name);
		if (symbolic ? symlink(target, name) : link(binary, name))
			die_errno("cannot make '%s' in '%s'", name, directory);
	}
}
