/* SPDX-License-Identifier: ISC */
#ifndef CORE_APPLET_H
#define CORE_APPLET_H

#include <stddef.h>

#include "core/cli/options.h"

/* What an applet may do with the setuid bit. This also tells what its processes are. */
enum privilege_class {
	PRIVILEGE_NONE,	 /* nothing: privilege is gone before the options are parsed */
	PRIVILEGE_SETUP, /* make an instance: lowered until core/instance/start.c raises it */
	PRIVILEGE_JOIN,	 /* join one: lowered until core/instance/join.c raises it */
};

/* Each file in applets/ exports one, and no other symbol. */
struct applet {
	char name[8];	  /* without "selfdock-" */
	char summary[64]; /* for --help, lower case, no full stop */
	char usage[48];	  /* what follows the name */
	const struct option *options;
	enum privilege_class privilege;
	int (*main)(struct options *options); /* returns the exit status */
	/* What the applet executes this binary anew as, by that name and not by a word, or NULL. */
	const struct applet *part;
};

/* All applets of this binary, by name; the Makefile writes this table. */
extern const struct applet *const applets[];

/* The names of all applets of the source, as a row of core/cli/words.c; from the Makefile, too. */
extern const char applet_names[];

/* Returns the applet of that name, which has LENGTH bytes, or NULL. */
const struct applet *applet_find(const char *name, size_t length);

/* Returns the name by which a program was called: the last component of argv[0]. */
const char *applet_called(const char *path);

/*
 * Returns the applet that a command line calls, or the part of one, or NULL. Its name follows
 * "selfdock-" in argv[0] or, if there is none of that name, is a word with only options of the
 * applet before it. In the second case, argv is changed: the options before the word move behind
 * it, and *argc and *argv leave one word out.
 */
const struct applet *applet_of(int *argc, char ***argv);

/* Returns the name of the applet that starts instances and changes the least, the last one by name,
 * or NULL. */
const char *applet_starter(void);

/* Returns MESSAGE, which ends with the name of an applet after "selfdock-", or "" if this binary
 * does not have that applet. */
const char *applet_mention(const char *message);

/* Prints usage, summary and options of the applet to standard output. */
void applet_help(const struct applet *applet);

/* Prints the command names of the applets, one a line. */
void applet_list(void);

/*
 * Links every applet's command name in DIRECTORY to this binary, by hard links or by relative
 * symbolic links. Dies at the first that fails. Never replaces an existing name. Needs /proc. Never
 * call it with privilege.
 */
void applet_install(const char *directory, int symbolic);

#endif
