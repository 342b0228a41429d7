/* SPDX-License-Identifier: ISC */
#ifndef CORE_ERROR_H
#define CORE_ERROR_H

#include <stdarg.h>

/* The exit statuses of selfdock itself; all others are the program's. */
enum {
	EXIT_SELFDOCK = 125,	   /* selfdock failed; the program did not run */
	EXIT_CANNOT_EXECUTE = 126, /* the program was found but cannot be executed */
	EXIT_NOT_FOUND = 127,	   /* the program was not found */
};

/* error_set_applet changes the name in front of each message from "selfdock" to "selfdock-APPLET".
 * error_name returns the name. */
void error_set_applet(const char *applet);
char *error_name(void);

/* Where messages go: standard error, unless core/instance/detach.c changes it. */
extern int error_descriptor;

/* Makes text of any origin harmless for a terminal: replaces each byte of a character that
 * text_is_printable refuses by '?', in place. */
void error_defuse(char *text);

/* Prints "PROGRAM: MESSAGE", one line, to standard error. */
void warn(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same with ": " and the text of errno at the end, and "; " and HINT. If HINT is NULL, some
 * errors have a hint of their own. If a filter around refuses system calls, and the error can come
 * from that, another line names the first of them. */
void warn_errno(const char *hint, const char *format, va_list list)
	__attribute__((format(printf, 2, 0)));

/* Like warn, and exits with 125. */
_Noreturn void die(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same with ": " and the text of errno at the end. */
_Noreturn void die_errno(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Like die_errno, with "; " and HINT after the text of errno, unless HINT is NULL. Exits with
 * STATUS. */
_Noreturn void die_hint(int status, const char *hint, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
