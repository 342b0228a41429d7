/* SPDX-License-Identifier: ISC */
#ifndef CORE_OPTIONS_H
#define CORE_OPTIONS_H

/* One row per option; a table ends with a row whose name is empty. No pointer where
 * an array does: each costs 32 bytes of a position-independent binary. */
struct option {
	char key;	    /* its letter, or for an option without one a number below ' ' */
	char name[18];	    /* without the dashes */
	char arguments[12]; /* "", "DIR" or "SRC DST": one word for each */
	const char *help;
};

/* Why a walk is over; from OPTIONS_UNKNOWN on, at an option that is none. */
enum options_end {
	OPTIONS_DONE, /* the operands follow */
	OPTIONS_HELP, /* at --help */
	OPTIONS_UNKNOWN,
	OPTIONS_ATTACHED, /* an argument after "=" for an option that does not take one */
	OPTIONS_TOGETHER, /* two arguments, or none, but more letters follow */
	OPTIONS_LACKING,  /* an argument */
};

/* A walk over the options at the front of a command line. */
struct options {
	const struct option *table;
	char **words;	 /* of the command line, ending with NULL */
	int at;		 /* the next word; at the end, the first operand */
	char *letters;	 /* what is left of a word like "-xyz", or NULL */
	char *typed;	 /* the word that the last option stands in */
	char *values[2]; /* its arguments */
	const struct option *option;
	enum options_end end;
};

/* A walk from the word after the command's name on. WORDS ends with NULL. */
struct options options_begin(const struct option *table, char **words);

/* The next option, whose arguments are in VALUES then; NULL at the end, which END tells. */
const struct option *options_next(struct options *options);

/*
 * Walks the whole command line, and dies where an option is unknown, or an argument missing or
 * empty. Returns OPTIONS_DONE or OPTIONS_HELP.
 */
enum options_end options_check(const struct option *table, char **words);

/* The number of arguments that an option takes. */
int option_count(const struct option *option);

/* Prints the rows of the table to standard output, --help last. */
void options_print(const struct option *table);

#endif
