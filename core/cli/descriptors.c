/* SPDX-License-Identifier: ISC */
/*
 * The descriptors that the program keeps, as --keep-fd asks. All others are closed before any
 * option is taken, so these options are read first.
 */
#include "core/cli/descriptors.h"

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/error.h"
#include "core/base/text.h"

static int read_descriptor(const char *typed)
{
	bool named = *typed < '0' || *typed > '9';
	const char *text = named ? getenv(typed) : typed, *end;

	if (!text)
		die("--keep-fd %s: the environment has no variable of that name", typed);
	uint64_t number = text_number(text, &end, 10);
	if (*end || number < 3 || number > INT_MAX)
		die("--keep-fd %s: '%s' is not the number of a descriptor, 3 or more", typed, text);
	return (int)number;
}

static void add(struct process_kept *kept, int fd)
{
	if (kept->count == PROCESS_KEPT_MAX)
		die("more than %d descriptors to keep", PROCESS_KEPT_MAX);
	kept->fds[kept->count++] = fd;
}

void descriptors_read(const struct option *table, char **words, struct process_kept *kept)
{
	struct options options = options_begin(table, words);
	const struct option *option;

	while ((option = options_next(&options)))
		if (!strcmp(option->name, "keep-fd"))
			add(kept, read_descriptor(options.values[0]));
}
