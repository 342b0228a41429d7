/* SPDX-License-Identifier: ISC */
/*
 * selfdock: one binary, many commands. It is the applet whose name follows
 * "selfdock-" in argv[0], else the one named by a word of the command line; or the
 * init of an instance, being pid 1 and called so.
 *
 * Where things are. A folder uses only those above it:
 *   main.c       this file: dispatch, and the privilege class of each applet
 * core/base/
 *   text         formatted, printed, and read
 *   error        messages and exit statuses
 *   json         its strings
 * core/linux/    the kernel's interfaces, one owner each
 *   kernel.h     what the C library does not declare
 *   path         every lookup beneath a root
 *   procfs       processes, as /proc shows them
 *   mountinfo    the list of mounts
 *   mount        every mount system call
 *   process      what a process inherits: descriptors, mask, limits; execve
 *   privilege    every change of credentials; nobody else makes one
 *   namespace    the clone, and what is set inside new namespaces
 *   idmap        the user namespace's uid and gid maps
 *   seccomp      the filter the program runs under
 *   landlock     the scopes it runs under
 * core/cli/      what a command line asks for
 *   options      option tables, the parser, --help
 *   arguments    files of them
 *   environment  the options that change it
 *   applet       the table of applets
 *   plan         the command line of run and build, read into a plan
 * core/view/     what the program sees
 *   rootfs       the file-system view, built from detached mounts
 *   layer        the tmpfs that covers, masks, and has what is missing
 *   devices      its /dev
 * core/instance/ how an instance starts and lives, and is found and entered
 *   start        the steps of a start, in order, on both sides
 *   join         the steps of entering one
 *   program      which one, hardened and executed
 *   init         pid 1, where the program is not
 *   supervise    the monitor that stays outside
 *   detach       the process that waits for a detached start
 *   instance     which ones there are
 *   probe        what the host allows, for selfdock-check and after a failure
 * and applets/ holds one file per command.
 */
#include <string.h>
#include <unistd.h>

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/cli/applet.h"
#include "core/cli/arguments.h"
#include "core/cli/options.h"
#include "core/instance/init.h"
#include "core/linux/privilege.h"
#include "core/linux/process.h"

#ifndef VERSION
#define VERSION "unknown"
#endif

static int print_help(void)
{
	text_print("usage: selfdock [OPTION]... APPLET [OPTION]... [ARGUMENT]...\n"
		   "   or: selfdock-APPLET [OPTION]... [ARGUMENT]...\n"
		   "   or: selfdock --help | --version | --list | --install [-s] DIR\n"
		   "run a program in a sandbox of its own, as the invoking user\n\n"
		   "applets, each with its own --help:\n");
	for (const struct applet *const *applet = applets; *applet; applet++)
		text_print("  %-8s %s\n", (*applet)->name, (*applet)->summary);
	text_print("\n  --version           print the version\n"
		   "  --list              print the command names\n"
		   "  --install [-s] DIR  link the command names in DIR to this binary, by hard\n"
		   "                      links, or with -s by symbolic links\n");
	return 0;
}

static int install(int argc, char **argv)
{
	int symbolic = argc > 2 && !strcmp(argv[2], "-s");

	if (argc != 3 + symbolic || !*argv[2 + symbolic])
		die("--install needs one directory: selfdock --install [-s] DIR");
	if (privilege_setuid())
		die("--install is refused while this binary runs setuid; let root link the names");
	applet_install(argv[2 + symbolic], symbolic);
	return 0;
}

/* The command line of the toolbox itself. It never needs privilege. */
static int toolbox_main(int argc, char **argv)
{
	const char *slash = argc > 0 ? strrchr(argv[0], '/') : NULL;
	const char *called = slash ? slash + 1 : argc > 0 ? argv[0] : "";

	privilege_drop();
	if (!strncmp(called, "selfdock-", 9))
		die("unknown applet '%s'; see 'selfdock --list'", called);
	if (argc < 2)
		die("no applet named; see 'selfdock --help'");
	if (!strcmp(argv[1], "--help"))
		return print_help();
	if (!strcmp(argv[1], "--version"))
		return text_print("selfdock " VERSION "\n"), 0;
	if (!strcmp(argv[1], "--list"))
		return applet_list(), 0;
	if (!strcmp(argv[1], "--install"))
		return install(argc, argv);
	if (argv[1][0] == '-')
		die("no applet follows the option '%s', or it is unknown; see 'selfdock --help'",
		    argv[1]);
	die("unknown applet '%s'; see 'selfdock --list'", argv[1]);
}

static int applet_main(const struct applet *applet, int argc, char **argv)
{
	static char name[64];

	text_format(name, sizeof name, "selfdock-%s", applet->name);
	error_program = name;
	arguments_expand(applet->options, argc, argv);

	if (applet->privilege == PRIVILEGE_NONE ||
	    options_read(applet->options, argc, argv, NULL) == OPTIONS_HELP)
		privilege_drop();
	else
		process_isolate();

	int first = options_parse(applet->options, argc, argv);
	if (first == OPTIONS_HELP)
		return applet_help(applet), 0;
	return applet->main(argc - first, argv + first);
}

int main(int argc, char **argv)
{
	privilege_init();
	if (init_is_named(argc, argv) && getpid() == 1)
		init_run();

	const struct applet *applet = applet_of(&argc, &argv);
	int status = applet ? applet_main(applet, argc, argv) : toolbox_main(argc, argv);
	if (!text_flush())
		die_errno("cannot write to standard output");
	return status;
}
