/* SPDX-License-Identifier: ISC */
/*
 * selfdock-enter: runs a program in a running instance. core/instance/join.c has the steps.
 */
#include "core/base/error.h"
#include "core/cli/applet.h"
#include "core/cli/environment.h"
#include "core/cli/options.h"
#include "core/instance/join.h"

#include <string.h>

enum { TRACE = ENVIRONMENT_KEEP + 1, FRESH };

static const struct option enter_options[] = {
	{ 'C', "chdir", "DIR", "directory inside; default: where it started" },
	{ 'e', "env", "NAME VALUE", "set an environment variable" },
	{ 'E', "unset", "NAME", "unset an environment variable" },
	{ ENVIRONMENT_CLEAR, "clearenv", "", "unset all environment variables" },
	{ ENVIRONMENT_KEEP, "keep-env", "NAME", "keep this variable in spite of --clearenv" },
	{ 'k', "keep-fd", "FD", "the program keeps descriptor FD, or $FD" },
	{ TRACE, "trace", "", "let the program trace those of the instance" },
	{ FRESH, "fresh", "", "leave out the instance's own -e, -E, -C, ..." },
	{ .name = "" },
};

/* core/instance/join.c changes the environment: first as the instance's command line says. */
static void take(struct join_plan *plan, const struct options *options)
{
	switch (options->option->key) {
	case 'C':
		plan->directory = options->values[0];
		break;
	case TRACE:
		plan->trace = true;
		break;
	case FRESH:
		plan->fresh = true;
		break;
	default:
		environment_check(options);
	}
}

static int enter_main(struct options *options)
{
	struct join_plan plan = { .typed = *options };

	while (options_next(options))
		take(&plan, options);
	char **operands = options->words + options->at;
	if (!operands[0] || !*operands[0])
		die("which instance?%s", applet_mention(" See selfdock-ls"));
	plan.instance = operands[0];
	/* "enter INSTANCE -- COMMAND" */
	bool dashes = operands[1] && !strcmp(operands[1], "--");
	if (operands[1] && *operands[1] == '-' && !dashes)
		die("'%s' comes after '%s': options come first", operands[1], operands[0]);
	join_run(&plan, operands + (dashes ? 2 : 1));
}

const struct applet applet_enter = {
	.name = "enter",
	.summary = "run a program in a running instance",
	.usage = "[OPTION]... INSTANCE [--] [COMMAND [ARG]...]",
	.options = enter_options,
	.privilege = PRIVILEGE_JOIN,
	.main = enter_main,
};
