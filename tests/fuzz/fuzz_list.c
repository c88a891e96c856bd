/* SPDX-License-Identifier: GPL-2.0-or-later */
/* List files: an error with its line, or whole pages. The first byte chooses the page size. */
#include <stdlib.h>

#include "hwpoison/hwpoison.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint32_t page_sizes[] = {4096, 16384, 65536};
	struct hwpoison_frames frames = {0};
	struct hwpoison_problem problem = {0};
	uint32_t page_size;
	int error;

	if (!size)
		return 0;
	page_size = page_sizes[data[0] % 3];
	error = hwpoison_list_parse((const char *)data + 1, size - 1, page_size, &frames, &problem);
	if (error && (!problem.line || frames.count))
		abort();
	for (size_t i = 0; i < frames.count; i++) {
		if (frames.ranges[i].start % page_size || frames.ranges[i].end % page_size ||
		    frames.ranges[i].start >= frames.ranges[i].end)
			abort();
	}
	hwpoison_frames_free(&frames);
	return 0;
}
