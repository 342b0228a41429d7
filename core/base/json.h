/* SPDX-License-Identifier: ISC */
#ifndef CORE_JSON_H
#define CORE_JSON_H

/* Prints STRING to standard output as a JSON string, or null for NULL. Bytes that are not UTF-8
 * become U+FFFD. */
void json_print(const char *string);

#endif
