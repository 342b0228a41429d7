/* SPDX-License-Identifier: ISC */
#ifndef CORE_TEXT_H
#define CORE_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * snprintf(3) with %s, %c, %d, %u, %o, %x and %%; "-", a width, as digits or "*",
 * and for numbers "0" in front of it; ".*" for strings; and "ll". Returns the length
 * that the whole has, of which SIZE - 1 bytes, one or more, are in TEXT.
 */
size_t text_format(char *text, size_t size, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
size_t text_format_list(char *text, size_t size, const char *format, va_list list)
	__attribute__((format(printf, 3, 0)));

/* The same to standard output, which text_flush empties; false if any of it could
 * not be written. Not to be used once memory is shared with another process. */
void text_print(const char *format, ...) __attribute__((format(printf, 1, 2)));
bool text_flush(void);

/* The number that TEXT begins with after white space, UINT64_MAX for larger ones and 0 if
 * there is none; BASE is 8, 10 or 16, with small letters. Unless END is NULL, *END
 * becomes what follows. */
uint64_t text_number(const char *text, const char **end, unsigned base);

/* The length of the UTF-8 character that TEXT begins with, and its CODE; 0 and 0 if it is
 * none. */
size_t text_character(const char *text, unsigned *code);

/* Whether a terminal shows that character, and neither obeys it nor changes by it how others
 * are shown, or that they are: no controls, line and paragraph separators, directions, and
 * characters without a width of their own that do not combine with another. */
bool text_is_printable(unsigned code);

#endif
