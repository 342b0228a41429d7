/* SPDX-License-Identifier: ISC */
#ifndef CORE_OPTIONS_H
#define CORE_OPTIONS_H

#include <stdbool.h>

/* One row per option; a table ends with a row whose name is empty. No pointer where
 * an array does: each costs 32 bytes of a position-independent binary. */
struct option_spec {
	char letter;	    /* 0: there is only the long form */
	char name[18];	    /* without the dashes */
	char arguments[12]; /* "", "DIR" or "SRC DST": one word for each */
	const char *help;
	/* One of these, in the order of the command line: */
	void (*take)(char **value); /* is called, */
	bool *flag;		    /* becomes true, */
	const char **text;	    /* becomes the first argument */
};

enum { OPTIONS_HELP = -1, OPTIONS_BAD = -2 };

/*
 * Takes the options at the front of argv[1..], up to "--" or the first
 * operand. Returns the index of the first operand, or OPTIONS_HELP at --help;
 * dies where an option is unknown, or an argument missing or empty.
 */
int options_parse(const struct option_spec *table, int argc, char **argv);

/*
 * The same walk without taking or dying: OPTIONS_BAD where the other dies. VISIT,
 * unless NULL, gets each option and its arguments instead.
 */
int options_read(const struct option_spec *table, int argc, char **argv,
		 void (*visit)(const struct option_spec *spec, char **value));

/* How many arguments an option takes. */
int options_count(const struct option_spec *spec);

/* The command line that options_parse took last, or is taking; and options_read of it. */
extern char **options_typed;
void options_visit(void (*visit)(const struct option_spec *spec, char **value));

/* Prints the rows of the table to standard output, --help last. */
void options_print(const struct option_spec *table);

#endif
