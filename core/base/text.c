/* SPDX-License-Identifier: ISC */
/*
 * Text: formats it into a buffer or to standard output, and reads numbers from it. The C library's
 * printf family would be a tenth of this binary, mostly for floating point. Its strtoul brings a
 * part of stdio.
 */
#include "core/base/text.h"

#include <stdbool.h>
#include <string.h>
#include <unistd.h>

/* A buffer, and the length of the text, which may be more than fits. */
struct sink {
	char *text;
	size_t size, length;
	bool failed;
};

/* Standard output. */
static struct {
	struct sink sink;
	char buffer[4096];
} output;

bool text_flush(void)
{
	struct sink *sink = &output.sink;

	for (size_t done = 0; done < sink->length && !sink->failed;) {
		ssize_t more = write(STDOUT_FILENO, output.buffer + done, sink->length - done);
		sink->failed = more < 0;
		done += sink->failed ? 0 : (size_t)more;
	}
	sink->length = 0;
	return !sink->failed;
}

static void put(struct sink *sink, char c)
{
	if (sink == &output.sink && sink->length == sink->size)
		text_flush();
	if (sink->length < sink->size)
		sink->text[sink->length] = c;
	sink->length++;
}

static void put_padded(struct sink *sink, const char *text, size_t length, int width, char fill)
{
	for (int i = (int)length; i < width; i++)
		put(sink, fill);
	for (size_t i = 0; i < length; i++)
		put(sink, text[i]);
	for (int i = (int)length; i < -width; i++) /* a negative width aligns to the left */
		put(sink, ' ');
}

static void put_number(struct sink *sink, unsigned long long number, char conversion, int width,
		       char fill)
{
	char digits[32], *end = digits + sizeof digits, *at = end;
	unsigned base = 10;
	bool negative = conversion == 'd' && (long long)number < 0;

	if (conversion == 'o')
		base = 8;
	if (conversion == 'x')
		base = 16;
	number = negative ? 0 - number : number;
	do
		*--at = "0123456789abcdef"[number % base];
	while (number /= base);
	if (negative)
		*--at = '-';
	put_padded(sink, at, (size_t)(end - at), width, fill);
}

static void put_formatted(struct sink *sink, const char *format, va_list list)
{
	for (; *format; format++) {
		const char *string;
		size_t length = 0;
		int width = 0, most = -1, longs = 0;
		if (*format != '%' || *++format == '%') {
			put(sink, *format);
			continue;
		}
		bool left = *format == '-';
		format += left;
		char fill = *format == '0' ? '0' : ' ';
		for (; *format >= '0' && *format <= '9'; format++)
			width = width * 10 + *format - '0';
		if (*format == '*') {
			width = va_arg(list, int);
			format++;
		}
		if (*format == '.') { /* always as ".*" */
			most = va_arg(list, int);
			format += 2;
		}
		for (; *format == 'l'; format++)
			longs++;
		width = left ? -width : width;
		switch (*format) {
		case 'c':
			put(sink, (char)va_arg(list, int));
			break;
		case 's':
			string = va_arg(list, const char *);
			while (length < (size_t)most && string[length])
				length++;
			put_padded(sink, string, length, width, fill);
			break;
		case 'd':
			put_number(sink,
				   (unsigned long long)(longs ? va_arg(list, long long)
							      : va_arg(list, int)),
				   'd', width, fill);
			break;
		case 'u':
		case 'o':
		case 'x':
			put_number(sink,
				   longs ? va_arg(list, unsigned long long)
					 : va_arg(list, unsigned),
				   *format, width, fill);
			break;
		default: /* lint finds these in the source */
			__builtin_trap();
		}
	}
}

size_t text_format_list(char *text, size_t size, const char *format, va_list list)
{
	struct sink sink = { text, size, 0, false };

	put_formatted(&sink, format, list);
	text[sink.length < size ? sink.length : size - 1] = '\0';
	return sink.length;
}

size_t text_format(char *text, size_t size, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	size_t length = text_format_list(text, size, format, list);
	va_end(list);
	return length;
}

void text_print(const char *format, ...)
{
	va_list list;

	output.sink.text = output.buffer;
	output.sink.size = sizeof output.buffer;
	va_start(list, format);
	put_formatted(&output.sink, format, list);
	va_end(list);
}

/* Returns 16 or more for what is no digit. ls reads hundreds of them for each instance. */
static unsigned read_digit(char character)
{
	unsigned code = (unsigned char)character;

	if (code >= 'a')
		return code - 'a' + 10;
	return code <= '9' ? code - '0' : 16;
}

uint64_t text_number(const char *text, const char **end, unsigned base)
{
	uint64_t number = 0;
	unsigned digit;

	while (*text == ' ' || *text == '\t' || *text == '\n')
		text++;
	for (; (digit = read_digit(*text)) < base; text++)
		if (__builtin_mul_overflow(number, base, &number) ||
		    __builtin_add_overflow(number, (uint64_t)digit, &number))
			number = UINT64_MAX;
	if (end)
		*end = text;
	return number;
}

bool text_size(const char *text, uint64_t *size)
{
	static const char units[] = "KkMmGgTt";
	const char *unit = text + strspn(text, "0123456789");

	*size = text_number(text, NULL, 10);
	if (!*size)
		return false;
	if (!*unit)
		return *size <= INT64_MAX;
	if (unit[1] || !strchr(units, *unit))
		return false;
	for (long power = (strchr(units, *unit) - units) / 2; power >= 0; power--)
		if (__builtin_mul_overflow(*size, 1024U, size))
			return false;
	return *size <= INT64_MAX;
}

size_t text_character(const char *text, unsigned *code)
{
	/* Indexed by length: the mark in the first byte, and the least code that needs that
	 * length. */
	static const unsigned char marks[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
	static const unsigned least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	unsigned char first = (unsigned char)*text;
	size_t length = 1;

	if (first >= 0x80) /* if it is not a first byte, the checks below fail */
		length = first < 0xe0 ? 2 : 3;
	if (first >= 0xf0)
		length = 4;
	unsigned value = first - marks[length];
	for (size_t i = 1; i < length; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return *code = 0;
		value = value << 6 | (text[i] & 0x3f);
	}
	bool valid = value >= least[length] && value <= 0x10ffff && value >> 11 != 0xd800 >> 11;
	*code = valid ? value : 0;
	return valid ? length : 0;
}

bool text_is_printable(unsigned code)
{
	static const unsigned hidden[][2] = {
		{ 0, 0x1f },	      { 0x7f, 0x9f },	    { 0xad, 0xad },
		{ 0x61c, 0x61c },     { 0x115f, 0x1160 },   { 0x180e, 0x180e },
		{ 0x200b, 0x200f },   { 0x2028, 0x202e },   { 0x2060, 0x206f },
		{ 0x3164, 0x3164 },   { 0xfeff, 0xfeff },   { 0xffa0, 0xffa0 },
		{ 0xfff9, 0xfffb },   { 0x13430, 0x1345f }, { 0x1bca0, 0x1bca3 },
		{ 0x1d173, 0x1d17a }, { 0xe0000, 0xe007f },
	};

	for (size_t i = 0; i < sizeof hidden / sizeof *hidden && code >= hidden[i][0]; i++)
		if (code <= hidden[i][1])
			return false;
	return true;
}
