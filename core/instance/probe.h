/* SPDX-License-Identifier: ISC */
#ifndef CORE_PROBE_H
#define CORE_PROBE_H

#include <stddef.h>

/* A fact about this machine, and what it means for a start. */
enum probe_verdict {
	PROBE_GOOD,
	PROBE_NOTE,    /* a start works without it */
	PROBE_SUSPECT, /* it may keep a start from working */
	PROBE_BAD,     /* it does, or the setuid bit */
};

struct probe {
	char name[12];
	/* Looks, and sets probe_text to a sentence, with the remedy if there is one. */
	enum probe_verdict (*look)(void);
};

extern const struct probe probes[];
extern const size_t probe_count;
extern char probe_text[512];

/* Drops privilege, and prints what is bad, or else suspect, one line each, to
 * standard error: for error_explain, while files are those of this machine. Dies where
 * privilege cannot be dropped. */
void probe_explain(void);

#endif
