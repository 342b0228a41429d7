/* SPDX-License-Identifier: ISC */
/*
 * JSON: the strings of it, in which any bytes may be.
 */
#include "core/json.h"

#include <stddef.h>

#include "core/text.h"

/* The length of the UTF-8 character at TEXT, or 0 if there is none. */
static size_t character_length(const unsigned char *text)
{
	size_t length = *text < 0x80 ? 1 : *text >= 0xf0 ? 4 : *text >= 0xe0 ? 3 : 2;

	if (length == 1)
		return 1;
	if (*text < 0xc2 || *text > 0xf4 || (*text == 0xe0 && text[1] < 0xa0) ||
	    (*text == 0xed && text[1] > 0x9f) || (*text == 0xf0 && text[1] < 0x90) ||
	    (*text == 0xf4 && text[1] > 0x8f))
		return 0;
	for (size_t i = 1; i < length; i++)
		if ((text[i] & 0xc0) != 0x80)
			return 0;
	return length;
}

void json_print(const char *string)
{
	const unsigned char *text = (const unsigned char *)string;

	if (!text) {
		text_print("null");
		return;
	}
	text_print("\"");
	while (*text) {
		size_t length = character_length(text);
		if (!length)
			text_print("\\ufffd");
		else if (*text < ' ' || *text == 0x7f)
			text_print("\\u%04x", *text);
		else
			text_print("%s%.*s", *text == '"' || *text == '\\' ? "\\" : "", (int)length,
				   (const char *)text);
		text += length ? length : 1;
	}
	text_print("\"");
}
