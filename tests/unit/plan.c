/* SPDX-License-Identifier: ISC */
/* A command line becomes a plan; what has no meaning, alone or with the rest, ends the process
 * with 125. With: core/cli/plan.c core/cli/environment.c core/cli/options.c core/base/memory.c
 * core/base/text.c core/base/error.c core/linux/path.c core/base/filter.c */
#include "core/cli/plan.h"

#include <assert.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static struct plan *read_plan(char **words)
{
	struct options options = options_begin(plan_options, words);

	return plan_read(&options);
}

static int status(char **words)
{
	int result;

	if (!fork()) {
		close(STDERR_FILENO);
		read_plan(words);
		_exit(0);
	}
	assert(wait(&result) > 0 && WIFEXITED(result));
	return WEXITSTATUS(result);
}

#define GOOD(...) assert(status((char *[]){ "run", __VA_ARGS__, NULL }) == 0)
#define BAD(...) assert(status((char *[]){ "run", __VA_ARGS__, NULL }) == 125)

static void names(void)
{
	char longest[66];

	memset(longest, 'n', 65);
	longest[65] = '\0';
	BAD("-n", longest);
	longest[64] = '\0';
	GOOD("-n", longest);
	GOOD("-n", "_a-b.9");
	GOOD("-n", "9a");
	BAD("-n", "12");
	BAD("-n", ".a");
	BAD("-n", "-a");
	BAD("-n", "a b");
	BAD("-n", "\xc3\xa4");
}

static void tmpfs(void)
{
	struct plan *plan = read_plan((char *[]){ "run", "-t", "size=2M,mode=700,exec", "/x", "-t",
						  "exec,noexec,nr_inodes=1k", "/y", NULL });

	assert(plan->bind_count == 2);
	assert(plan->binds[0].size == 2 << 20 && plan->binds[0].mode == 0700);
	assert(plan->binds[0].exec && !plan->binds[0].inodes);
	assert(plan->binds[1].inodes == 1024 && plan->binds[1].mode == 01777);
	assert(!plan->binds[1].exec && !plan->binds[1].size);
	GOOD("-t", "size=8388607T", "/x");
	BAD("-t", "size=8388608T", "/x");
	BAD("-t", "size=0", "/x");
	BAD("-t", "size=-1", "/x");
	BAD("-t", "size=1KB", "/x");
	BAD("-t", "mode=2000", "/x");
	BAD("-t", "mode=", "/x");
	BAD("-t", "mode=778", "/x");
	BAD("-t", ",", "/x");
	BAD("-t", "uid=0", "/x");
}

static void targets(void)
{
	BAD("-m", "a", "b");
	BAD("-m", "a", "/");
	BAD("-m", "a", "//");
	BAD("-m", "a", "/proc");
	BAD("-m", "a", "/proc/x");
	GOOD("-m", "a", "/process");
	BAD("--mask", "x");
}

int main(void)
{
	names();
	tmpfs();
	targets();
	GOOD("-d");
	BAD("-d", "--die-with-parent");
	BAD("--net", "hosts");
	BAD("--proc", "");
	return 0;
}
