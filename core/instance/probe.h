/* SPDX-License-Identifier: ISC */
#ifndef CORE_PROBE_H
#define CORE_PROBE_H

#include <stdbool.h>
#include <stddef.h>

/* A fact about this machine, and what it means for a start. */
enum probe_verdict {
	PROBE_GOOD,
	PROBE_NOTE,    /* a start works without it */
	PROBE_SUSPECT, /* it may keep a start from working */
	PROBE_BAD,     /* it does, or the setuid bit */
};

struct probe {
	const char *name;
	enum probe_verdict verdict;
	char text[4096]; /* a sentence, with the remedy if there is one */
	size_t next;	 /* to begin with, 0 */
};

/* Looks at the next fact; false if that was the last. Reads files of this machine, and
 * changes nothing. */
bool probe_next(struct probe *probe);

/*
 * Dies as die_hint does, with status 125. Where errno is one that a policy can be behind, EPERM,
 * EACCES, ENOSPC or EINVAL, it then drops privilege and prints what is bad, or else suspect, one
 * line each, to standard error: to be called while files are those of this machine.
 */
_Noreturn void probe_die(const char *hint, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
