/* SPDX-License-Identifier: ISC */
#ifndef CORE_APPLET_H
#define CORE_APPLET_H

#include "core/cli/options.h"

/* What an applet may do with the setuid bit, and so what its processes are. */
enum privilege_class {
	PRIVILEGE_NONE,	 /* nothing: it is gone before the options are parsed */
	PRIVILEGE_SETUP, /* make an instance: lowered until core/instance/start.c raises it */
	PRIVILEGE_JOIN,	 /* join one: lowered until core/instance/join.c raises it */
};

/* One per file in applets/, the only symbol such a file exports. */
struct applet {
	const char *name;    /* without "selfdock-" */
	const char *summary; /* for --help, lower case, no full stop */
	const char *usage;   /* what follows the name */
	const struct option *options;
	enum privilege_class privilege;
	int (*main)(struct options *options); /* returns the exit status */
};

/* All applets of this binary, by name; the Makefile writes this table. */
extern const struct applet *const applets[];

/* What a program was called as: the last component of argv[0]. */
const char *applet_called(const char *path);

/*
 * The applet that a command line calls: the one whose name follows "selfdock-"
 * in argv[0], else the one named by a word that only options of its own
 * precede. Of the latter, argv is changed so that the options before the word
 * follow it, and *argc and *argv leave one word out. NULL if there is none.
 */
const struct applet *applet_of(int *argc, char ***argv);

/* MESSAGE, which names an applet behind "selfdock-" at its end; "" if this binary lacks that. */
const char *applet_mention(const char *message);

/* Prints usage, summary and options of the applet to standard output. */
void applet_help(const struct applet *applet);

/* Prints the applets' command names, one a line. */
void applet_list(void);

/*
 * Links every applet's command name in DIRECTORY to this binary: relative
 * symbolic links, or hard links. Dies on the first that fails; an existing
 * name is never replaced. Needs /proc. Never to be called with privilege.
 */
void applet_install(const char *directory, int symbolic);

#endif
