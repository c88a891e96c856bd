/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Ranges of addresses, how people write them, and arrays that grow. */
#include <stdlib.h>
#include <string.h>

#include "hwpoison/internal.h"

bool hwpoison_page_size_valid(uint32_t page_size)
{
	return page_size >= HWPOISON_PAGE_SIZE_MIN && (page_size & (page_size - 1)) == 0;
}

int hwpoison_reserve(void *array, size_t *capacity, size_t needed, size_t element_size)
{
	void *old, *grown;
	size_t larger;

	if (needed <= *capacity)
		return 0;
	larger = *capacity > SIZE_MAX / 2 ? SIZE_MAX : *capacity * 2;
	if (larger < needed)
		larger = needed;
	if (larger < 16)
		larger = 16;
	if (larger > SIZE_MAX / element_size)
		return HWPOISON_ENOMEM;
	/* memcpy() because the caller's pointer is of another type than void *. */
	memcpy(&old, array, sizeof(old));
	grown = realloc(old, larger * element_size);
	if (!grown)
		return HWPOISON_ENOMEM;
	memcpy(array, &grown, sizeof(grown));
	*capacity = larger;
	return 0;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void step_over_blanks(const char **text, size_t *size)
{
	while (*size && is_blank(**text)) {
		++*text;
		--*size;
	}
}

static bool step_over(const char **text, size_t *size, char c)
{
	if (!*size || **text != c)
		return false;
	++*text;
	--*size;
	return true;
}

/* [address, address + length), or a negative error; nothing here can wrap. */
static int range_set(struct hwpoison_range *range, uint64_t address, uint64_t length)
{
	if (address >= HWPOISON_ADDRESS_LIMIT || length == 0 ||
	    length > HWPOISON_ADDRESS_LIMIT - address)
		return HWPOISON_ERANGE;
	range->start = address;
	range->end = address + length;
	return 0;
}

/* What follows "pfn". */
static int frame_number_read(const char **text, size_t *size, uint32_t page_size,
			     struct hwpoison_range *range)
{
	uint64_t number;
	int error;

	if (!*size || !is_blank(**text))
		return HWPOISON_EPARSE;
	step_over_blanks(text, size);
	error = hwpoison_number_read(text, size, &number);
	if (error)
		return error;
	if (number >= HWPOISON_ADDRESS_LIMIT / page_size)
		return HWPOISON_ERANGE;
	return range_set(range, number * page_size, page_size);
}

static int address_read(const char **text, size_t *size, uint32_t page_size,
			struct hwpoison_range *range)
{
	uint64_t start, second;
	int error;

	error = hwpoison_number_read(text, size, &start);
	if (error)
		return error;
	if (step_over(text, size, '-')) {
		error = hwpoison_number_read(text, size, &second);
		if (error)
			return error;
		if (second < start || second >= HWPOISON_ADDRESS_LIMIT)
			return HWPOISON_ERANGE;
		return range_set(range, start, second - start + 1);
	}
	if (step_over(text, size, '+')) {
		error = hwpoison_size_read(text, size, &second);
		return error ? error : range_set(range, start, second);
	}
	return range_set(range, hwpoison_round_down(start, page_size), page_size);
}

int hwpoison_range_read(const char *text, size_t size, uint32_t page_size,
			struct hwpoison_range *range)
{
	struct hwpoison_range read = {0};
	int error;

	if (!hwpoison_page_size_valid(page_size))
		return HWPOISON_EARGUMENT;
	step_over_blanks(&text, &size);
	if (size >= 3 && memcmp(text, "pfn", 3) == 0) {
		text += 3;
		size -= 3;
		error = frame_number_read(&text, &size, page_size, &read);
	} else {
		error = address_read(&text, &size, page_size, &read);
	}
	step_over_blanks(&text, &size);
	/* Words that make no sense are told before numbers that are too large. */
	if (size && (!error || error == HWPOISON_ERANGE))
		return HWPOISON_EPARSE;
	if (error)
		return error;
	*range = read;
	return 0;
}

int hwpoison_range_parse(const char *text, uint32_t page_size, struct hwpoison_range *range)
{
	return hwpoison_range_read(text, strlen(text), page_size, range);
}
