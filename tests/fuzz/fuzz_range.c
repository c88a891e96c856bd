/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Numbers, sizes and ranges from any bytes. The first byte draws the page size; the rest is read
 * with its size, and again as a string. Whatever is accepted must keep what hwpoison.h says.
 */
#include <stdlib.h>
#include <string.h>

#include "hwpoison/internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
	if (!condition)
		abort();
}

static void check_range(const char *text, size_t size, uint32_t page_size)
{
	struct hwpoison_range range = {1, 0};
	struct hwpoison_frames frames = {0};
	int error = hwpoison_range_read(text, size, page_size, &range);

	if (error) {
		require(error == HWPOISON_EPARSE || error == HWPOISON_ERANGE);
		require(range.start == 1 && range.end == 0);
		return;
	}
	require(range.start < range.end && range.end <= HWPOISON_ADDRESS_LIMIT);
	require(hwpoison_frames_add(&frames, range.start, range.end, 1, page_size) == 0);
	require(hwpoison_frames_find(&frames, range.start, range.end) != NULL);
	require(hwpoison_frames_bytes(&frames) >= range.end - range.start);
	require(hwpoison_frames_remove(&frames, range.start, range.end) == 0);
	require(frames.count == 0);
	hwpoison_frames_free(&frames);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint32_t page_sizes[] = {4096, 16384, 65536, 1u << 31};
	struct hwpoison_range from_bytes = {0}, from_string = {0};
	uint64_t value = 77;
	uint32_t page_size;
	char *text;
	int error;

	if (!size)
		return 0;
	page_size = page_sizes[data[0] % 4];
	/* An allocation of its own: a byte too many that is read is seen. */
	text = malloc(size - 1 ? size - 1 : 1);
	require(text != NULL);
	memcpy(text, data + 1, size - 1);
	check_range(text, size - 1, page_size);
	free(text);

	text = malloc(size);
	require(text != NULL);
	memcpy(text, data + 1, size - 1);
	text[size - 1] = '\0';
	error = hwpoison_range_parse(text, page_size, &from_string);
	require(error == hwpoison_range_read(text, strlen(text), page_size, &from_bytes));
	require(from_string.start == from_bytes.start && from_string.end == from_bytes.end);
	error = hwpoison_size_parse(text, &value);
	require(error == 0 || error == HWPOISON_EPARSE || error == HWPOISON_ERANGE);
	require(error == 0 || value == 77);
	free(text);
	return 0;
}
