/* SPDX-License-Identifier: ISC */
/* The options of a tmpfs are refused or mean what another reader of the same grammar finds, which
 * counts in wide arithmetic.
 * With: core/cli/plan.c core/cli/environment.c core/cli/options.c core/base/text.c
 * core/base/error.c core/linux/path.c core/base/filter.c */
#include <ctype.h>
#include <string.h>

#include "core/base/error.h"
#include "core/cli/plan.h"
#include "tests/fuzz/fuzz.h"

struct wanted {
	bool valid, exec;
	uint64_t size, inodes;
	unsigned mode;
};

static bool read_size(const char *text, const char *end, uint64_t *size)
{
	static const char units[] = "KMGT";
	unsigned __int128 value = 0, most = INT64_MAX;

	if (text == end || !isdigit((unsigned char)*text))
		return false;
	for (; text < end && isdigit((unsigned char)*text); text++) {
		value = value * 10 + (unsigned)(*text - '0');
		value = value > most ? most + 1 : value;
	}
	if (text < end) {
		const char *unit = strchr(units, toupper((unsigned char)*text));
		if (!unit || text + 1 != end)
			return false;
		value <<= 10 * (unit - units + 1);
	}
	*size = (uint64_t)value;
	return value && value <= most;
}

static bool read_mode(const char *text, const char *end, unsigned *mode)
{
	if (text == end || end - text > 5)
		return false;
	for (*mode = 0; text < end; text++) {
		if (*text < '0' || *text > '7')
			return false;
		*mode = *mode * 8 + (unsigned)(*text - '0');
	}
	return *mode <= 01777;
}

static bool is(const char *word, const char *end, const char *known)
{
	return (size_t)(end - word) == strlen(known) && !memcmp(word, known, strlen(known));
}

static bool begins(const char *word, const char *end, const char *known)
{
	return (size_t)(end - word) >= strlen(known) && !memcmp(word, known, strlen(known));
}

static bool read_word(const char *word, const char *end, struct wanted *wanted)
{
	if (end - word > 47)
		return false;
	if (is(word, end, "exec") || is(word, end, "noexec")) {
		wanted->exec = *word == 'e';
		return true;
	}
	if (begins(word, end, "size="))
		return read_size(word + 5, end, &wanted->size);
	if (begins(word, end, "nr_inodes="))
		return read_size(word + 10, end, &wanted->inodes);
	return begins(word, end, "mode=") && read_mode(word + 5, end, &wanted->mode);
}

static struct wanted read_all(const char *text)
{
	struct wanted wanted = { .valid = true, .mode = 01777 };

	for (;;) {
		const char *end = text + strcspn(text, ",");
		wanted.valid = read_word(text, end, &wanted) && wanted.valid;
		if (!*end)
			return wanted;
		text = end + 1;
	}
}

static struct plan *plan;

static void read_plan(void *argument)
{
	struct options options = options_begin(plan_options, argument);

	plan = plan_read(&options);
}

/* The only plan. As a new process has it, it is empty. */
static void forget(void)
{
	char *words[] = { "run", NULL };

	if (!plan)
		read_plan(words);
	plan->bind_count = 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_begin();
	char *text = fuzz_text((const char *)data, (const char *)data + size);
	struct wanted wanted = read_all(text);
	forget();
	char *words[] = { "run", "-t", text, "/x", NULL };
	int status = fuzz_status(read_plan, words);
	REQUIRE(status == (wanted.valid ? -1 : EXIT_SELFDOCK));
	if (wanted.valid) {
		const struct plan_bind *bind = plan->binds;
		REQUIRE(plan->bind_count == 1 && bind->kind == PLAN_TMPFS);
		REQUIRE(bind->size == wanted.size && bind->inodes == wanted.inodes);
		REQUIRE(bind->mode == wanted.mode && bind->exec == wanted.exec);
	}
	return 0;
}
