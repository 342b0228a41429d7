/* SPDX-License-Identifier: ISC */
/*
 * selfdock-enter: a program in a running instance. The steps are core/instance/join.c's.
 */
#include "core/base/error.h"
#include "core/cli/applet.h"
#include "core/cli/environment.h"
#include "core/cli/options.h"
#include "core/instance/join.h"

#include <string.h>

static struct join_plan plan;

/* What enters has this memory until the program is executed, and all in the instance can read
 * its command line. The words stay, by which ls tells what it is. */
static void set_and_wipe(char **value)
{
	environment_set(value);
	memset(value[1], '*', strlen(value[1]));
}

static const struct option_spec enter_options[] = {
	{ 'C', "chdir", "DIR", "working directory inside; default: /", .text = &plan.directory },
	{ 'e', "env", "NAME VALUE", "set an environment variable", .take = set_and_wipe },
	{ 'E', "unset", "NAME", "unset an environment variable", .take = environment_unset },
	{ 0, "clearenv", "", "unset all environment variables", .take = environment_clear },
	{ 0, "keep-env", "NAME", "keep this one over --clearenv", .take = environment_keep },
	{ 0, "trace", "", "let the program trace those of the instance", .flag = &plan.trace },
	{ .name = "" },
};

static int enter_main(int count, char **operands)
{
	if (!count || !*operands[0])
		die("which instance? selfdock-ls lists them");
	plan.instance = operands[0];
	/* "enter INSTANCE -- COMMAND" */
	int first = count > 1 && !strcmp(operands[1], "--") ? 2 : 1;
	join_run(&plan, count - first, operands + first);
}

const struct applet applet_enter = {
	.name = "enter",
	.summary = "run a program in a running instance",
	.usage = "[OPTION]... INSTANCE [--] [COMMAND [ARG]...]",
	.options = enter_options,
	.privilege = PRIVILEGE_JOIN,
	.main = enter_main,
};
