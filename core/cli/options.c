/* SPDX-License-Identifier: ISC */
/*
 * Options: one table states letter, name, arguments, help and effect; the
 * parser and --help are derived from it. Forms: -x, -xVALUE, -x VALUE, -xy,
 * --name, --name=VALUE, --name VALUE; options of two arguments take them as
 * two words, since any separator may occur in a path.
 */
#include "core/cli/options.h"

#include <string.h>

#include "core/base/error.h"
#include "core/base/text.h"

enum { ARGUMENTS_MAX = 2 };

int options_count(const struct option_spec *spec)
{
	if (!*spec->arguments)
		return 0;
	return strchr(spec->arguments, ' ') ? 2 : 1;
}

static const struct option_spec *find_letter(const struct option_spec *table, char letter)
{
	for (; *table->name; table++)
		if (table->letter == letter)
			return table;
	return NULL;
}

static const struct option_spec *find_name(const struct option_spec *table, const char *name,
					   size_t length)
{
	for (; *table->name; table++)
		if (!strncmp(table->name, name, length) && !table->name[length])
			return table;
	return NULL;
}

/* One walk over a command line; a strict one dies of what it cannot take. */
struct walk {
	const struct option_spec *table;
	char **argv;
	int at; /* the next word */
	bool strict;
	void (*visit)(const struct option_spec *spec, char **value);
};

/*
 * Gives an option its values: the attached one, else the next words, and moves
 * past them. False, or no return, if one is missing or the first is empty.
 */
static bool take_values(struct walk *walk, const struct option_spec *spec, const char *typed,
			char *attached)
{
	char *value[ARGUMENTS_MAX] = { attached };
	int count = options_count(spec);

	for (int i = attached ? 1 : 0; i < count; i++) {
		value[i] = walk->argv[walk->at];
		if (!value[i] && walk->strict)
			die("option '%s' needs %s: %s", typed,
			    count == 1 ? "an argument" : "two arguments", spec->arguments);
		if (!value[i])
			return false;
		walk->at += 1;
	}
	if (walk->strict && count && !*value[0])
		die("option '%s' has an empty argument: %s", typed, spec->arguments);
	if (!walk->strict && walk->visit)
		walk->visit(spec, value);
	if (walk->strict && spec->take)
		spec->take(value);
	else if (walk->strict && spec->flag)
		*spec->flag = true;
	else if (walk->strict)
		*spec->text = value[0];
	return true;
}

static bool take_long(struct walk *walk)
{
	char *typed = walk->argv[walk->at++], *attached = strchr(typed, '=');
	size_t length = attached ? (size_t)(attached - typed) : strlen(typed);
	const struct option_spec *spec = find_name(walk->table, typed + 2, length - 2);

	if (!spec && walk->strict)
		die("unknown option '%s'; see --help", typed);
	if (spec && attached && options_count(spec) != 1 && walk->strict)
		die("option '%s' cannot have its argument after '='", typed);
	return spec && take_values(walk, spec, typed, attached ? attached + 1 : NULL);
}

static bool take_letters(struct walk *walk)
{
	char *typed = walk->argv[walk->at++];

	for (char *letter = typed + 1; *letter; letter++) {
		const struct option_spec *spec = find_letter(walk->table, *letter);
		if (!spec && walk->strict)
			die("unknown option '-%c' in '%s'; see --help", *letter, typed);
		if (!spec)
			return false;
		int count = options_count(spec);
		char *attached = count == 1 && letter[1] ? letter + 1 : NULL;
		if (count == 2 && letter[1] && walk->strict)
			die("option '-%c' in '%s' needs two arguments of their own: %s", *letter,
			    typed, spec->arguments);
		if (!take_values(walk, spec, typed, attached))
			return false;
		if (count)
			break;
	}
	return true;
}

static int walk_options(struct walk *walk, int argc)
{
	while (walk->at < argc) {
		char *word = walk->argv[walk->at];
		if (word[0] != '-' || !word[1])
			break;
		if (!strcmp(word, "--"))
			return walk->at + 1;
		if (!strcmp(word, "--help"))
			return OPTIONS_HELP;
		if (!(word[1] == '-' ? take_long : take_letters)(walk))
			return OPTIONS_BAD;
	}
	return walk->at;
}

static struct {
	const struct option_spec *table;
	int argc;
} typed;
char **options_typed;

int options_parse(const struct option_spec *table, int argc, char **argv)
{
	struct walk walk = { table, argv, 1, true, NULL };

	typed.table = table;
	typed.argc = argc;
	options_typed = argv;
	return walk_options(&walk, argc);
}

int options_read(const struct option_spec *table, int argc, char **argv,
		 void (*visit)(const struct option_spec *spec, char **value))
{
	struct walk walk = { table, argv, 1, false, visit };

	return walk_options(&walk, argc);
}

void options_visit(void (*visit)(const struct option_spec *spec, char **value))
{
	options_read(typed.table, typed.argc, options_typed, visit);
}

void options_print(const struct option_spec *table)
{
	for (; *table->name; table++) {
		char form[64];
		text_format(form, sizeof form, "%c%c%c --%s %s", table->letter ? '-' : ' ',
			    table->letter ? table->letter : ' ', table->letter ? ',' : ' ',
			    table->name, table->arguments);
		text_print("  %-28s %s\n", form, table->help);
	}
	text_print("  %-28s %s\n", "    --help", "print this help");
}
