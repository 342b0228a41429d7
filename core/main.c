/* SPDX-License-Identifier: ISC */
/*
 * selfdock: one binary, many commands. It runs the applet whose name follows "selfdock-" in
 * argv[0], or else the one that a word of the command line names. As pid 1 with the name of an
 * init, it runs the init of an instance.
 *
 * Where things are. A folder uses only those above it:
 *   main.c       this file: dispatch, and the privilege class of each applet
 * core/base/
 *   text         formats and prints text, and reads numbers
 *   filter       which system call a filter around refuses
 *   error        messages and exit statuses
 *   memory       mappings, for what few starts need
 *   json         prints strings of JSON, and reads documents
 * core/linux/    the kernel's interfaces, each with one owner
 *   kernel.h     what the C library does not declare
 *   path         every lookup beneath a root
 *   procfs       processes, as /proc shows them
 *   mountinfo    the list of mounts
 *   mount        every mount system call
 *   binary       this binary, to be executed inside
 *   process      what a process inherits: descriptors, mask, limits; execve
 *   privilege    every change of credentials
 *   namespace    the clone, and what is set inside new namespaces
 *   idmap        the uid and gid maps of a user namespace
 *   seccomp      the filter that the program runs under
 *   landlock     the scopes that the program runs under
 * core/image/    archives and images, for selfdock-unpack
 *   sha256       digests
 *   stream       the bytes of an archive, also of a compressed one
 *   tar          the entries in them
 *   progress     a line on the terminal
 *   table        what was unpacked
 *   tree         the root file system that entries make
 *   image        finds the layers of an image
 *   place        a directory that appears whole
 * core/cli/      what a command line asks for
 *   options      option tables, the parser, --help
 *   arguments    files of arguments
 *   environment  the options that change the environment
 *   descriptors  the descriptors that the program keeps
 *   applet       the table of applets
 *   words        answers to words that are not understood
 *   plan         the command line of run and build, read into a plan
 * core/view/     what the program sees
 *   rootfs       the steps that build the view from detached mounts
 *   view         what these steps share
 *   defaults     what is shown though no option names it
 *   cover        hides the mounts that nobody asked for
 *   binds        the file-system options
 *   layer        the tmpfs for covers, masks, and what is missing
 *   devices      the /dev of an instance
 * core/instance/ how an instance starts and lives, and is found and entered
 *   start        the steps of a start, in order, on both sides
 *   join         the steps of entering an instance
 *   program      chooses the program, hardens the process, executes it
 *   init         pid 1, if the program is not
 *   supervise    the monitor, which stays outside
 *   detach       the process that waits for a detached start
 *   instance     finds the running instances
 *   probe        what the host allows, for selfdock-check and after a failure
 * applets/       one file for each command
 */
#include <string.h>
#include <unistd.h>

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/cli/applet.h"
#include "core/cli/arguments.h"
#include "core/cli/descriptors.h"
#include "core/cli/options.h"
#include "core/cli/words.h"
#include "core/instance/init.h"
#include "core/linux/privilege.h"
#include "core/linux/process.h"

#ifndef VERSION
#define VERSION "unknown"
#endif

static void print_help(void)
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
}

static void install(int argc, char **argv)
{
	int symbolic = argc > 2 && !strcmp(argv[2], "-s");

	if (argc != 3 + symbolic || !*argv[2 + symbolic])
		die("--install needs one directory: selfdock --install [-s] DIR");
	if (privilege_setuid())
		die("--install is refused while this binary runs setuid; let root link the names");
	applet_install(argv[2 + symbolic], symbolic);
}

static void print_version(void)
{
	text_print("selfdock " VERSION "\n");
}

/* "selfdock help run" is "selfdock run --help". */
static void help(const char *word)
{
	const struct applet *applet = word ? applet_find(word, strlen(word)) : NULL;

	if (applet)
		applet_help(applet);
	else if (word)
		words_refuse_applet(word);
	else
		print_help();
}

/* The command line of the toolbox itself, which never needs privilege. */
static int toolbox_main(int argc, char **argv)
{
	const char *word = argc > 1 ? argv[1] : "";

	privilege_drop();
	if (!strcmp(word, "--help") || !strcmp(word, "-h") || !strcmp(word, "help"))
		help(argv[2]);
	else if (!strcmp(word, "--list"))
		applet_list();
	else if (!strcmp(word, "--install"))
		install(argc, argv);
	else if (argc < 2)
		die("no applet named; see 'selfdock --help'");
	else if (!strcmp(word, "version") || words_refuse_line(argv) == OPTIONS_VERSION)
		print_version();
	else
		print_help();
	return 0;
}

static int applet_main(const struct applet *applet, char **words)
{
	error_set_applet(applet->name);
	arguments_expand(applet->options, words);

	if (applet->privilege == PRIVILEGE_NONE)
		privilege_drop();
	enum options_end end = words_check(applet->options, words);
	if (end != OPTIONS_DONE) {
		privilege_drop();
		if (end == OPTIONS_HELP)
			applet_help(applet);
		else
			print_version();
		return 0;
	}
	if (applet->privilege != PRIVILEGE_NONE) {
		struct process_kept kept = { .count = 0 };
		descriptors_read(applet->options, words, &kept);
		process_isolate(&kept);
	}
	struct options options = options_begin(applet->options, words);
	return applet->main(&options);
}

int main(int argc, char **argv)
{
	privilege_init();
	if (init_is_named(argc, argv) && getpid() == 1)
		init_run();

	const char *called = argc > 0 ? applet_called(argv[0]) : "";
	if (words_is_reserved(called)) {
		privilege_drop();
		words_refuse_applet(called);
	}
	const struct applet *applet = applet_of(&argc, &argv);
	int status = applet ? applet_main(applet, argv) : toolbox_main(argc, argv);
	if (!text_flush())
		die_errno("cannot write to standard output");
	return status;
}
