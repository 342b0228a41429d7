/* SPDX-License-Identifier: ISC */
#ifndef CORE_JSON_H
#define CORE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Prints STRING to standard output as a JSON string, or null for NULL. Bytes that are not UTF-8
 * become U+FFFD. */
void json_print(const char *string);

/* How many arrays and objects may be within one another. */
enum { JSON_DEPTH = 64 };

/*
 * Reads documents of any origin where they are, and allocates nothing. A value is a pointer to its
 * first character. Only json_check looks whether the text is well-formed: all others are for what
 * it returned, and for values that they found in that. They take NULL for what is not there, and
 * then find nothing: json_string(json_member(json_member(value, "a"), "b"), ...) needs one check.
 */

/* Returns the value that TEXT is, with white space around it; NULL unless it is exactly one, as RFC
 * 8259 has it, with nesting of at most JSON_DEPTH, in UTF-8, and without halves of surrogates. */
const char *json_check(const char *text);

/* Returns the value of the first member of OBJECT that is called NAME, or NULL if there is none, or
 * OBJECT is no object. */
const char *json_member(const char *object, const char *name);

/* Returns the first element of an array, or the name of the first member of an object; NULL if it
 * is empty, or neither of them. */
const char *json_first(const char *value);

/* Returns what follows what json_first or json_next returned: the next element, or the name of the
 * next member; NULL at the end. Reads each character up to there once. */
const char *json_next(const char *element);

/* Returns the value of the member whose name json_first or json_next returned. NULL for an element
 * of an array. */
const char *json_value(const char *name);

/* Decodes a string to TEXT, in UTF-8, with a NUL. Returns its length, or -1 if VALUE is no string,
 * needs more than SIZE bytes, or has a NUL in it. TEXT is undefined then. */
long json_string(const char *value, char *text, size_t size);

/* Returns whether VALUE is a whole number of at most INT64_MAX, written without sign, fraction and
 * exponent, and sets *NUMBER. */
bool json_number(const char *value, uint64_t *number);

#endif
