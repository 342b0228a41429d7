/* SPDX-License-Identifier: ISC */
/*
 * selfdock-run: runs a program in a new instance whose root file system is read-only.
 * core/cli/plan.c has the options, core/instance/start.c the steps.
 */
#include "core/cli/applet.h"
#include "core/cli/plan.h"
#include "core/instance/start.h"

static int run_main(struct options *options)
{
	const struct plan *plan = plan_read(options);

	start_run(plan, options->words + options->at);
}

const struct applet applet_run = {
	.name = "run",
	.summary = "run a program in a new instance, root file system read-only",
	.usage = "[OPTION]... [--] [COMMAND [ARG]...]",
	.options = plan_options,
	.privilege = PRIVILEGE_SETUP,
	.main = run_main,
};
