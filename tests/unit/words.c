/* SPDX-License-Identifier: ISC */
/* How far a word is from a known one, and what is said about words that are not understood.
 * With: core/cli/words.c core/cli/applet.c core/cli/options.c core/base/text.c core/base/error.c
 *       core/base/filter.c */
#include "core/cli/words.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/error.h"
#include "core/cli/applet.h"

static const struct option some[] = {
	{ 'n', "name", "NAME", "an argument" },
	{ 'v', "vol", "SRC DST", "two" },
	{ .name = "" },
};

static const struct applet run = { .name = "run", .options = some };

const struct applet *const applets[] = { &run, NULL };
const char applet_names[] = "ls run :\0";

static void gap(const char *word, const char *known, size_t wanted)
{
	assert(words_gap(word, strlen(word), known) == wanted);
	assert(words_gap(known, strlen(known), word) == wanted);
}

static void gaps(void)
{
	gap("", "", 0);
	gap("name", "name", 0);
	gap("nme", "name", 1);
	gap("ame", "name", 1);
	gap("nam", "name", 1);
	gap("nmae", "name", 1);
	gap("naem", "name", 1);
	gap("lame", "name", 1);
	gap("nnamme", "name", 3); /* in two places, so that the letters between them count */
	gap("aaa", "aa", 1);
	gap("aba", "a", 2);
	gap("", "name", 4);
	gap("xyz", "name", 4);
	assert(words_gap("name=x", 4, "name") == 0);
}

/* What the function prints before it dies with 125. */
static const char *message(const char *word, bool is_applet)
{
	static char text[512], copy[32];
	char *words[] = { (char *)"run", strcpy(copy, word), NULL };
	int ends[2], status;

	assert(!pipe(ends));
	if (!fork()) {
		dup2(ends[1], STDERR_FILENO);
		if (is_applet)
			words_refuse_applet(word);
		words_check(some, words);
		_exit(0);
	}
	close(ends[1]);
	ssize_t length = read(ends[0], text, sizeof text - 1);
	text[length > 0 ? length : 0] = '\0';
	assert(wait(&status) > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 125);
	return text;
}

#define SAYS(WORD, IS_APPLET, TEXT) assert(strstr(message(WORD, IS_APPLET), TEXT))

int main(void)
{
	gaps();
	SAYS("--nime", false, "mean '--name'?");
	SAYS("--nam=x", false, "mean '--name'?");
	SAYS("--nn", false, "see '"); /* half of the word differs */
	SAYS("--n", false, "see '");
	SAYS("-x", false, "unknown option '-x'; see '");
	SAYS("-xn", false, "unknown option '-x'; see '");
	SAYS("--volume", false, "write --vol SRC DST");
	SAYS("--network", false, "see '"); /* the table has no --net */
	SAYS("--unshare-user-try", false, "leave it out");
	SAYS("--vol=x", false, "needs two words: --vol SRC DST");
	SAYS("--name=", false, "has an empty argument: --name NAME");
	SAYS("--name", false, "needs a word: --name NAME");
	SAYS("rum", true, "mean 'run'?");
	SAYS("ls", true, "built without the applet 'ls'");
	SAYS("ps", true, "unknown applet 'ps'; see '"); /* it would be ls */
	SAYS("selfdock-create", true, "unknown applet 'selfdock-create': write selfdock run");
	return 0;
}
