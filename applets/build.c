/* SPDX-License-Identifier: ISC */
/*
 * selfdock-build: like selfdock-run, but the root file system is as writable as it is outside, to
 * make or change one.
 */
#include <string.h>

#include "core/base/error.h"
#include "core/cli/applet.h"
#include "core/cli/plan.h"
#include "core/instance/start.h"

static int build_main(struct options *options)
{
	struct plan *plan = plan_read(options);
	char **operands = options->words + options->at;

	if (*operands && !strcmp(*operands, "."))
		die("no image is built: 'build' runs a command that can write the rootfs");
	plan->writable = true;
	start_run(plan, operands);
}

const struct applet applet_build = {
	.name = "build",
	.summary = "run a program in a new instance, root file system writable",
	.usage = "[OPTION]... [--] [COMMAND [ARG]...]",
	.options = plan_options,
	.privilege = PRIVILEGE_SETUP,
	.main = build_main,
};
