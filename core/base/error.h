/* SPDX-License-Identifier: ISC */
#ifndef CORE_ERROR_H
#define CORE_ERROR_H

#include <stdarg.h>

/* The exit statuses that are selfdock's own; all others are the program's. */
enum {
	EXIT_SELFDOCK = 125,	   /* selfdock failed; the program did not run */
	EXIT_CANNOT_EXECUTE = 126, /* the program was found but cannot be executed */
	EXIT_NOT_FOUND = 127,	   /* the program was not found */
};

/* Sets the name in front of each message, "selfdock" before, to "selfdock-APPLET"; the second
 * returns it. */
void error_set_applet(const char *applet);
char *error_name(void);

/* Where messages go: standard error, unless core/instance/detach.c has another place. */
extern int error_descriptor;

/* Makes what anyone may have typed harmless for a terminal, in place: '?' for
 * every control character. */
void error_defuse(char *text);

/* Prints "PROGRAM: MESSAGE", one line, to standard error. */
void warn(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same with ": " and the text of errno at the end; unless HINT is NULL, "; " and HINT,
 * which for ENOSYS need not be given. */
void warn_errno(const char *hint, const char *format, va_list list)
	__attribute__((format(printf, 2, 0)));

/* As warn, and exits 125. */
_Noreturn void die(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same with ": " and the text of errno at the end. */
_Noreturn void die_errno(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* As die_errno, with a sentence after the text of errno and an exit status. */
_Noreturn void die_hint(int status, const char *hint, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
