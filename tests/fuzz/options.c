/* SPDX-License-Identifier: ISC */
/* A walk over a command line finds what another reader of the same grammar finds, and changes no
 * word; and as the name of an applet moves out, the rest stays as it is.
 * With: core/cli/options.c core/cli/applet.c core/base/text.c core/base/error.c
 * core/base/filter.c */
#include "core/cli/options.h"

#include <string.h>

#include "core/cli/applet.h"
#include "tests/fuzz/fuzz.h"

enum { LONG = 1 };

static const struct option table[] = {
	{ 'a', "alone", "", "no argument" },
	{ 'o', "one", "DIR", "one argument" },
	{ 't', "two", "SRC DST", "two arguments" },
	{ LONG, "long", "", "no letter" },
	{ .name = "" },
};

static const struct applet one = { .name = "one", .options = table };
static const struct applet other = { .name = "other", .options = table + 2 };

const struct applet *const applets[] = { &one, &other, NULL };
const char applet_names[] = "one other :\0";

static size_t count_words(char **words)
{
	size_t count = 0;

	while (words[count])
		count++;
	return count;
}

struct found {
	const struct option *option;
	const char *values[2];
};

/* Another reader of the same grammar. */
struct reader {
	char **words;
	int at;
	const char *letters; /* the rest of a word with more than one */
	enum options_end end;
};

static const struct option *find_row(const char *name, size_t length, char letter)
{
	for (size_t i = 0; *table[i].name; i++)
		if (letter ? letter == table[i].key && letter != LONG
			   : strlen(table[i].name) == length &&
				     !memcmp(table[i].name, name, length))
			return &table[i];
	return NULL;
}

static bool end(struct reader *reader, enum options_end end)
{
	reader->end = end;
	return false;
}

static bool take_values(struct reader *reader, struct found *found, const char *glued)
{
	int wanted = found->option == &table[2] ? 2 : found->option == &table[1], count = 0;

	if (glued)
		found->values[count++] = glued;
	while (count < wanted) {
		if (!reader->words[reader->at])
			return end(reader, OPTIONS_LACKING);
		found->values[count++] = reader->words[reader->at++];
	}
	return true;
}

static bool read_letter(struct reader *reader, struct found *found)
{
	const char *rest = reader->letters + 1;

	found->option = find_row(NULL, 0, *reader->letters);
	if (!found->option)
		return end(reader, OPTIONS_UNKNOWN);
	if (found->option == &table[0]) {
		reader->letters = *rest ? rest : NULL;
		return true;
	}
	if (found->option == &table[2] && *rest)
		return end(reader, OPTIONS_TOGETHER);
	reader->letters = NULL;
	return take_values(reader, found, *rest ? rest : NULL);
}

static bool read_option(struct reader *reader, struct found *found)
{
	if (reader->letters)
		return read_letter(reader, found);
	const char *word = reader->words[reader->at];
	if (!word || *word != '-' || !strcmp(word, "-"))
		return end(reader, OPTIONS_DONE);
	reader->at++;
	if (!strcmp(word, "--"))
		return end(reader, OPTIONS_DONE);
	if (!strcmp(word, "-h") || !strcmp(word, "--help"))
		return end(reader, OPTIONS_HELP);
	if (!strcmp(word, "--version"))
		return end(reader, OPTIONS_VERSION);
	if (word[1] != '-') {
		reader->letters = word + 1;
		return read_letter(reader, found);
	}
	const char *equals = word + strcspn(word, "=");
	found->option = find_row(word + 2, (size_t)(equals - word - 2), 0);
	if (!found->option)
		return end(reader, OPTIONS_UNKNOWN);
	if (*equals && found->option != &table[1])
		return end(reader, OPTIONS_ATTACHED);
	return take_values(reader, found, *equals ? equals + 1 : NULL);
}

static void walk(char **words)
{
	struct options options = options_begin(table, words);
	struct reader reader = { .words = words, .at = 1 };
	struct found found;

	while (read_option(&reader, &found)) {
		REQUIRE(options_next(&options) == found.option);
		for (int i = 0; i < option_count(found.option); i++)
			REQUIRE(options.values[i] == found.values[i]);
	}
	REQUIRE(!options_next(&options));
	REQUIRE(options.at == reader.at && options.end == reader.end);
}

static void move(char **words)
{
	char **original = fuzz_copy(words), **rest = words;
	int count = (int)count_words(words), left = count;
	const struct applet *found = applet_of(&left, &rest);

	if (!found || left == count) {
		REQUIRE(left == count && rest == words);
	} else {
		REQUIRE(left == count - 1 && rest == words + 1 && !rest[left]);
		int at = 1;
		while (at < left && !strcmp(rest[at], original[at]))
			at++;
		REQUIRE(!strcmp(rest[0], original[0]));
		/* Of equal words any may be the one that is gone. */
		REQUIRE(!strcmp(original[at], found->name));
		for (; at < left; at++)
			REQUIRE(!strcmp(rest[at], original[at + 1]));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_begin();
	char **words = fuzz_words(size && data[0] == '-' ? "selfdock-x" : "selfdock", data, size);
	char **original = fuzz_copy(words);
	walk(words);
	for (size_t i = 0; original[i]; i++)
		REQUIRE(!strcmp(words[i], original[i]));
	move(words);
	return 0;
}
