/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Numbers and sizes as people write them: decimal or 0x hex, and K, M, G, T. */
#include <string.h>

#include "hwpoison/internal.h"

/* Of a digit in base 16; 16 when it is none. Not isxdigit(): that depends on the locale. */
static unsigned int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned int)(c - '0');
	if (c >= 'a' && c <= 'f')
		return (unsigned int)(c - 'a') + 10;
	if (c >= 'A' && c <= 'F')
		return (unsigned int)(c - 'A') + 10;
	return 16;
}

int hwpoison_number_read(const char **text, size_t *size, uint64_t *value)
{
	const char *at = *text, *end = at + *size, *first;
	unsigned int base = 10, digit;
	bool overflow = false;
	uint64_t sum = 0;

	if (*size >= 2 && at[0] == '0' && (at[1] == 'x' || at[1] == 'X')) {
		base = 16;
		at += 2;
	}
	for (first = at; at < end && (digit = digit_value(*at)) < base; at++)
		if (__builtin_mul_overflow(sum, base, &sum) ||
		    __builtin_add_overflow(sum, digit, &sum))
			overflow = true;
	if (at == first)
		return HWPOISON_EPARSE;
	*size = (size_t)(end - at);
	*text = at;
	if (overflow)
		return HWPOISON_ERANGE;
	*value = sum;
	return 0;
}

/* How many bits a suffix shifts by; 0 when it is none. */
static unsigned int suffix_shift(char c)
{
	switch (c) {
	case 'K':
	case 'k':
		return 10;
	case 'M':
	case 'm':
		return 20;
	case 'G':
	case 'g':
		return 30;
	case 'T':
	case 't':
		return 40;
	default:
		return 0;
	}
}

int hwpoison_size_read(const char **text, size_t *size, uint64_t *value)
{
	unsigned int shift = 0;
	uint64_t number = 0;
	int error;

	error = hwpoison_number_read(text, size, &number);
	if (error == HWPOISON_EPARSE)
		return error;
	if (*size)
		shift = suffix_shift(**text);
	if (shift) {
		++*text;
		--*size;
	}
	if (error)
		return error;
	if (number > UINT64_MAX >> shift)
		return HWPOISON_ERANGE;
	*value = number << shift;
	return 0;
}

int hwpoison_size_parse(const char *text, uint64_t *size)
{
	size_t left = strlen(text);
	uint64_t value = 0;
	int error;

	error = hwpoison_size_read(&text, &left, &value);
	if (left && error != HWPOISON_EPARSE)
		return HWPOISON_EPARSE;
	if (error)
		return error;
	*size = value;
	return 0;
}
