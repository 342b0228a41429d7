/* SPDX-License-Identifier: ISC */
#ifndef CORE_PROBE_H
#define CORE_PROBE_H

#include <stdbool.h>
#include <stddef.h>

/* A fact about this machine, and what it means for a start. */
enum probe_verdict {
	PROBE_GOOD,
	PROBE_NOTE,    /* a start works without it */
	PROBE_SUSPECT, /* may keep a start from working */
	PROBE_BAD,     /* keeps a start, or the setuid bit, from working */
	PROBE_UNKNOWN, /* it cannot be looked at */
};

struct probe {
	const char *name;
	enum probe_verdict verdict;
	char text[4096]; /* a sentence, with the remedy if there is one */
	size_t next;	 /* 0 at the beginning */
	bool missed;	 /* a file could not be read */
};

/* Names the next fact. Returns false after the last one. */
bool probe_next(struct probe *probe);

/* Looks at the fact that was named, and only reads files of this machine for it. A fact that is
 * good was looked at. May die where the kernel refuses calls. */
void probe_look(struct probe *probe);

/*
 * Dies like die_hint, with status 125. A policy can be behind EPERM, EACCES, ENOSPC and EINVAL. For
 * these it then drops privilege and prints to standard error the facts that are bad or, if none is,
 * those that are suspect, one line each. So call it while files are still those of this machine.
 */
_Noreturn void probe_die(const char *hint, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
