/* SPDX-License-Identifier: ISC */
#ifndef CORE_OPTIONS_H
#define CORE_OPTIONS_H

#include <stddef.h>

/* One row for each option. A table ends with a row whose name is empty. All are arrays, because a
 * pointer costs 32 bytes of a position-independent binary. */
struct option {
	char key;	    /* its letter, or a number below ' ' for an option without one */
	char name[17];	    /* without the dashes */
	char arguments[11]; /* "", "DIR" or "SRC DST": a word for each */
	char help[45];
};

/* Why a walk ended. From OPTIONS_UNKNOWN on, it ended at an invalid option. */
enum options_end {
	OPTIONS_DONE,	 /* the operands follow */
	OPTIONS_HELP,	 /* at --help, or at -h, unless that is an option of the table */
	OPTIONS_VERSION, /* at --version */
	OPTIONS_UNKNOWN,
	OPTIONS_ATTACHED, /* "=" after an option that takes no argument, or two */
	OPTIONS_TOGETHER, /* more letters after one that takes two arguments */
	OPTIONS_LACKING,  /* an argument is missing */
};

/* A walk over the options at the front of a command line. */
struct options {
	const struct option *table;
	char **words;	 /* of the command line, ending with NULL */
	int at;		 /* the next word or, at the end, the first operand */
	char *letters;	 /* the rest of a word like "-xyz", or NULL */
	char *typed;	 /* the word that the last option is in */
	char *values[2]; /* its arguments */
	const struct option *option;
	enum options_end end;
};

/* Begins a walk at the word after the command's name. WORDS ends with NULL. */
struct options options_begin(const struct option *table, char **words);

/* Returns the next option, with its arguments in VALUES, or NULL at the end. END then tells why. */
const struct option *options_next(struct options *options);

/* Returns the option of that name, which has LENGTH bytes and no dashes, or NULL. */
const struct option *options_find(const struct option *table, const char *name, size_t length);

/* Returns the number of arguments that an option takes. */
int option_count(const struct option *option);

/* Prints the rows of the table to standard output, --help last. */
void options_print(const struct option *table);

#endif
