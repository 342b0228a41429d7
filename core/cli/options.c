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

const struct option *options_find(const struct option *table, const char *name, size_t length)
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

	options->option = options_find(options->table, typed + 2, length - 2);
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
	if (!strcmp(word, "--help") || (!strcmp(word, "-h") && !find_letter(options->table, 'h')))
		return stop(options, OPTIONS_HELP);
	if (!strcmp(word, "--version"))
		return stop(options, OPTIONS_VERSION);
	if (word[1] == '-')
		return take_name(options);
	options->letters = word + 1;
	return take_letter(options);
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
