/* SPDX-License-Identifier: ISC */
/*
 * JSON: its strings, which may be made from any bytes.
 */
#include "core/base/json.h"

#include <stddef.h>

#include "core/base/text.h"

void json_print(const char *string)
{
	unsigned code;

	if (!string) {
		text_print("null");
		return;
	}
	text_print("\"");
	for (size_t length; *string; string += length ? length : 1) {
		length = text_character(string, &code);
		if (!length)
			text_print("\\ufffd");
		else if (text_is_printable(code))
			text_print("%s%.*s", code == '"' || code == '\\' ? "\\" : "", (int)length,
				   string);
		else if (code > 0xffff) /* as UTF-16 */
			text_print("\\u%04x\\u%04x", 0xd7c0 + (code >> 10),
				   0xdc00 + (code & 0x3ff));
		else
			text_print("\\u%04x", code);
	}
	text_print("\"");
}
