/* SPDX-License-Identifier: ISC */
/*
 * selfdock-build: like selfdock-run, but the root file system is as writable as it is outside, to
 * make or change one.
 */
#include "core/cli/applet.h"
#include "core/cli/plan.h"
#include "core/instance/start.h"

static int build_main(struct options *options)
{
	struct plan *plan = plan_read(options);

	plan->writable = true;
	start_run(plan, options->words + options->at);
}

const struct applet applet_build = {
	.name = "build",
	.summary = "run a program in a new instance, root file system writable",
	.usage = "[OPTION]... [--] [COMMAND [ARG]...]",
	.options = plan_options,
	.privilege = PRIVILEGE_SETUP,
	.main = build_main,
};
