/* SPDX-License-Identifier: ISC */
/*
 * Options: one table states letter, name, arguments, help and effect; the
 * parser and --help are derived from it. Forms: -x, -xVALUE, -x VALUE, -xy,
 * --name, --name=VALUE, --name VALUE; options of two arguments take them as
 * two words, since any separator may occur in a path.
 */
#include "core/options.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "core/error.h"

enum { ARGUMENTS_MOST = 2 };

static int count_arguments(const struct option_spec *spec)
{
	if (!*spec->arguments)
		return 0;
	return strchr(spec->arguments, ' ') ? 2 : 1;
}

static const struct option_spec *find_letter(const struct option_spec *table, char letter)
{
	for (; table->name; table++)
		if (table->letter == letter)
			return table;
	return NULL;
}

static const struct option_spec *find_name(const struct option_spec *table, const char *name,
					   size_t length)
{
	for (; table->name; table++)
		if (!strncmp(table->name, name, length) && !table->name[length])
			return table;
	return NULL;
}

/*
 * Gives an option its values: the attached one, else the next words of argv
 * from *at on, which is moved past them. False, or no return, if one is
 * missing or the first is empty.
 */
static bool take_values(const struct option_spec *spec, const char *typed, char *attached,
			char **argv, int *at, bool apply)
{
	char *value[ARGUMENTS_MOST] = { attached };
	int count = count_arguments(spec);

	for (int i = attached ? 1 : 0; i < count; i++) {
		value[i] = argv[*at];
		if (!value[i] && apply)
			die("option '%s' needs %s: %s", typed,
			    count == 1 ? "an argument" : "two arguments", spec->arguments);
		if (!value[i])
			return false;
		*at += 1;
	}
	if (!apply)
		return true;
	if (count && !*value[0])
		die("option '%s' has an empty argument: %s", typed, spec->arguments);
	spec->take(value);
	return true;
}

static bool take_long(const struct option_spec *table, char **argv, int *at, bool apply)
{
	char *typed = argv[*at], *attached = strchr(typed, '=');
	size_t length = attached ? (size_t)(attached - typed) : strlen(typed);
	const struct option_spec *spec = find_name(table, typed + 2, length - 2);

	*at += 1;
	if (!spec && apply)
		die("unknown option '%s'; see --help", typed);
	if (spec && attached && count_arguments(spec) != 1 && apply)
		die("option '%s' cannot have its argument after '='", typed);
	return spec && take_values(spec, typed, attached ? attached + 1 : NULL, argv, at, apply);
}

static bool take_letters(const struct option_spec *table, char **argv, int *at, bool apply)
{
	char *typed = argv[*at];

	*at += 1;
	for (char *letter = typed + 1; *letter; letter++) {
		const struct option_spec *spec = find_letter(table, *letter);
		if (!spec && apply)
			die("unknown option '-%c' in '%s'; see --help", *letter, typed);
		if (!spec)
			return false;
		int count = count_arguments(spec);
		char *attached = count == 1 && letter[1] ? letter + 1 : NULL;
		if (count == 2 && letter[1] && apply)
			die("option '-%c' in '%s' needs two arguments of their own: %s", *letter,
			    typed, spec->arguments);
		if (!take_values(spec, typed, attached, argv, at, apply))
			return false;
		if (count)
			break;
	}
	return true;
}

static int walk(const struct option_spec *table, int argc, char **argv, bool apply)
{
	int at = 1;

	while (at < argc && argv[at][0] == '-' && argv[at][1]) {
		if (!strcmp(argv[at], "--"))
			return at + 1;
		if (!strcmp(argv[at], "--help"))
			return OPTIONS_HELP;
		bool named = argv[at][1] == '-';
		if (!(named ? take_long : take_letters)(table, argv, &at, apply))
			return OPTIONS_BAD;
	}
	return at;
}

int options_parse(const struct option_spec *table, int argc, char **argv)
{
	return walk(table, argc, argv, true);
}

int options_skip(const struct option_spec *table, int argc, char **argv)
{
	return walk(table, argc, argv, false);
}

void options_print(const struct option_spec *table)
{
	for (; table->name; table++) {
		char form[64];
		snprintf(form, sizeof form, "%c%c%c --%s %s", table->letter ? '-' : ' ',
			 table->letter ? table->letter : ' ', table->letter ? ',' : ' ',
			 table->name, table->arguments);
		printf("  %-28s %s\n", form, table->help);
	}
	printf("  %-28s %s\n", "    --help", "print this help");
}
