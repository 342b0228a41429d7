/* SPDX-License-Identifier: ISC */
/*
 * Options: one table has the key, name, arguments and help of each. The walk over a command line
 * and --help are made from it. Forms: -x, -xVALUE, -x VALUE, -xy, --name, --name=VALUE, --name
 * VALUE. An option with two arguments takes them as two words, since any separator may occur in a
 * path.
 */
#include "core/cli/options.h"

#include <stdbool.h>
#include <string.h>

#include "core/base/error.h"
#include "core/base/text.h"

int option_count(const struct option *option)
{
	if (!*option->arguments)
		return 0;
	return strchr(option->arguments, ' ') ? 2 : 1;
}

static const struct option *find_letter(const struct option *table, char letter)
{
	for (; *table->name; table++)
		if (table->key == letter && letter > ' ')
			return table;
	return NULL;
}

static const struct option *find_name(const struct option *table, const char *name, size_t length)
{
	for (; *table->name; table++)
		if (!strncmp(table->name, name, length) && !table->name[length])
			return table;
	return NULL;
}

struct options options_begin(const struct option *table, char **words)
{
	return (struct options){ .table = table, .words = words, .at = 1 };
}

static const struct option *stop(struct options *options, enum options_end end)
{
	options->end = end;
	return NULL;
}

/* Sets the arguments of the option: the attached one, or the next words. */
static const struct option *take_values(struct options *options, char *attached)
{
	int count = option_count(options->option), first = attached ? 1 : 0;

	options->values[0] = attached;
	for (int i = first; i < count; i++) {
		options->values[i] = options->words[options->at];
		if (!options->values[i])
			return stop(options, OPTIONS_LACKING);
		options->at++;
	}
	return options->option;
}

static const struct option *take_name(struct options *options)
{
	char *typed = options->typed, *attached = strchr(typed, '=');
	size_t length = attached ? (size_t)(attached - typed) : strlen(typed);

	options->option = find_name(options->table, typed + 2, length - 2);
	if (!options->option)
		return stop(options, OPTIONS_UNKNOWN);
	if (attached && option_count(options->option) != 1)
		return stop(options, OPTIONS_ATTACHED);
	return take_values(options, attached ? attached + 1 : NULL);
}

static const struct option *take_letter(struct options *options)
{
	char *rest = options->letters + 1;

	options->option = find_letter(options->table, *options->letters);
	if (!options->option)
		return stop(options, OPTIONS_UNKNOWN);
	int count = option_count(options->option);
	if (count == 2 && *rest)
		return stop(options, OPTIONS_TOGETHER);
	options->letters = count || !*rest ? NULL : rest;
	return take_values(options, count && *rest ? rest : NULL);
}

const struct option *options_next(struct options *options)
{
	if (options->letters)
		return take_letter(options);

	char *word = options->words[options->at];
	if (!word || word[0] != '-' || !word[1])
		return stop(options, OPTIONS_DONE);
	options->typed = word;
	options->at++;
	if (!strcmp(word, "--"))
		return stop(options, OPTIONS_DONE);
	if (!strcmp(word, "--help"))
		return stop(options, OPTIONS_HELP);
	if (word[1] == '-')
		return take_name(options);
	options->letters = word + 1;
	return take_letter(options);
}

static void complain(const struct options *options)
{
	const char *typed = options->typed;
	const struct option *option = options->option;

	switch (options->end) {
	case OPTIONS_DONE:
	case OPTIONS_HELP:
		return;
	case OPTIONS_UNKNOWN:
		if (options->letters)
			die("unknown option '-%c' in '%s'; see --help", *options->letters, typed);
		die("unknown option '%s'; see --help", typed);
	case OPTIONS_ATTACHED:
		die("option '%s' cannot have its argument after '='", typed);
	case OPTIONS_TOGETHER:
		die("option '-%c' in '%s' needs two arguments of their own: %s", option->key, typed,
		    option->arguments);
	case OPTIONS_LACKING:
		die("option '%s' needs %s: %s", typed,
		    option_count(option) == 1 ? "an argument" : "two arguments", option->arguments);
	}
}

enum options_end options_check(const struct option *table, char **words)
{
	struct options options = options_begin(table, words);
	const struct option *option;

	while ((option = options_next(&options)))
		if (option_count(option) && !*options.values[0])
			die("option '%s' has an empty argument: %s", options.typed,
			    option->arguments);
	complain(&options);
	return options.end;
}

void options_print(const struct option *table)
{
	for (; *table->name; table++) {
		char form[64];
		bool letter = table->key > ' ';
		text_format(form, sizeof form, "%c%c%c --%s %s", letter ? '-' : ' ',
			    letter ? table->key : ' ', letter ? ',' : ' ', table->name,
			    table->arguments);
		text_print("  %-28s %s\n", form, table->help);
	}
	text_print("  %-28s %s\n", "    --help", "print this help");
}
