/* SPDX-License-Identifier: ISC */
/*
 * Messages: one line on standard error, then the end of the process.
 *
 * The inner process prints its own messages: it has the caller's standard error until it executes
 * the program. The outer process then only passes its exit status on, so nothing is printed twice.
 */
#include "core/base/error.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "core/base/filter.h"
#include "core/base/text.h"

/* Room for two paths and the words around them. */
enum { LINE = 2 * PATH_MAX + 512 };

static char program[24] = "selfdock"; /* until the applet is known */
/* core/instance/detach.c changes it. */
int error_descriptor = STDERR_FILENO;

void error_set_applet(const char *applet)
{
	text_format(program, sizeof program, "selfdock-%s", applet);
}

char *error_name(void)
{
	return program;
}

/* Text that the user typed may hold anything. A message must stay one line that the terminal shows
 * as it is and does not obey. So it must have no control character, neither in UTF-8 nor as a byte
 * that is no part of a character, and none that is not seen or turns what follows around. */
void error_defuse(char *text)
{
	unsigned code;

	for (size_t length; *text; text += length) {
		length = text_character(text, &code);
		if (!length) {
			length = 1;
			code = (unsigned char)*text;
		}
		if (!text_is_printable(code))
			memset(text, '?', length);
	}
}

static void print(const char *format, va_list list, int error, const char *hint)
{
	char message[LINE], line[LINE + 512];

	text_format_list(message, sizeof message, format, list);
	text_format(line, sizeof line, "%s: %s%s%s%s%s", program, message, error ? ": " : "",
		    error ? strerror(error) : "", hint ? "; " : "", hint ? hint : "");
	error_defuse(line);

	size_t length = strlen(line);
	line[length++] = '\n';
	if (write(error_descriptor, line, length) < 0)
		return; /* there is no place left to say it, but the exit status does */
}

void warn(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	print(format, list, 0, NULL);
	va_end(list);
}

/* Returns what can be done about an error, or NULL. */
static const char *find_hint(int error)
{
	static const struct {
		int error;
		char hint[52];
	} hints[] = {
		{ ENOSYS, "selfdock needs Linux 5.12 or newer" },
		{ EMFILE, "raise the limit on open files, ulimit -n" },
		{ ENOMEM, "memory, or what ulimit -v allows, is used up" },
		{ ENOTCONN, "a FUSE file system there has lost its daemon" },
	};

	for (size_t i = 0; i < sizeof hints / sizeof *hints; i++)
		if (hints[i].error == error)
			return hints[i].hint;
	return NULL;
}

void warn_errno(const char *hint, const char *format, va_list list)
{
	int error = errno;

	if (!hint && (error != ENOSYS || filter_kernel_is_old()))
		hint = find_hint(error);
	print(format, list, error, hint);
	/* The last thing, since a filter may also kill. */
	const char *refused = filter_find(error, true);
	if (refused)
		warn(FILTER_REFUSES, refused);
}

_Noreturn void die(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	print(format, list, 0, NULL);
	va_end(list);
	_exit(EXIT_SELFDOCK);
}

_Noreturn void die_errno(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	warn_errno(NULL, format, list);
	va_end(list);
	_exit(EXIT_SELFDOCK);
}

_Noreturn void die_hint(int status, const char *hint, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	warn_errno(hint, format, list);
	va_end(list);
	_exit(status);
}
