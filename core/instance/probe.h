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

/* Looks at the fact that was named: reads files of this machine, and tries calls and namespaces in
 * processes of their own. May die where the kernel refuses calls. */
void probe_look(struct probe *probe);

/* The steps that a policy or a limit can keep from working. */
enum probe_step {
	PROBE_CLONE = 1,
	PROBE_LIMITS = 2, /* also of the clone, but for want of room */
	PROBE_MAPS = 4,
	PROBE_PROC = 8,
	PROBE_ENTER = 16,
};

/*
 * Dies like die_hint, with status 125. A policy can be behind EPERM, EACCES, ENOSPC, EUSERS and
 * EINVAL. For these it then drops privilege and prints to standard error the facts that keep STEP
 * from working or, if there is none, those that may, one line each. So call it while files are
 * still those of this machine.
 */
_Noreturn void probe_die(enum probe_step step, const char *hint, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Returns which limit keeps the kernel from making another process (EAGAIN), a hint for a
 * message. */
const char *probe_processes(void);

#endif
