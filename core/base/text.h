/* SPDX-License-Identifier: ISC */
#ifndef CORE_TEXT_H
#define CORE_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * snprintf(3) with %s, %c, %d, %u, %o, %x and %%. Allowed are "-"; a width, as digits or "*"; "0"
 * in front of it for numbers; ".*" for strings; and "ll". Returns the length of the whole text. Of
 * that, at most SIZE - 1 bytes are in TEXT; SIZE is at least 1.
 */
size_t text_format(char *text, size_t size, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
size_t text_format_list(char *text, size_t size, const char *format, va_list list)
	__attribute__((format(printf, 3, 0)));

/* text_print does the same to standard output, in a buffer that text_flush writes. text_flush
 * returns false if any of it could not be written. Do not use them once memory is shared with
 * another process. */
void text_print(const char *format, ...) __attribute__((format(printf, 1, 2)));
bool text_flush(void);

/* Returns the number at the beginning of TEXT, after white space: UINT64_MAX for larger ones, 0 if
 * there is none. BASE is 8, 10 or 16, with small letters. Unless END is NULL, *END is set to what
 * follows. */
uint64_t text_number(const char *text, const char **end, unsigned base);

/* Reads a whole number, 1 to INT64_MAX, with an optional K, M, G or T for powers of 1024. Returns
 * false if TEXT is none. */
bool text_size(const char *text, uint64_t *size);

/* Returns the length of the UTF-8 character at the beginning of TEXT, and sets *CODE. Both are 0 if
 * there is none. */
size_t text_character(const char *text, unsigned *code);

/* Whether a terminal shows that character, and it has no effect on the terminal or on how other
 * characters are shown. False for controls, separators of lines and paragraphs, directions, and
 * characters that have no width and do not combine with another. */
bool text_is_printable(unsigned code);

#endif
