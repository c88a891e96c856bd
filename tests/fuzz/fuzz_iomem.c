/* SPDX-License-Identifier: GPL-2.0-or-later */
/* /proc/iomem: whatever the text, an error or entries that are ranges, and RAM that is sorted. */
#include <stdlib.h>

#include "hwpoison/hwpoison.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct hwpoison_iomem iomem = {0};
	struct hwpoison_map ram = {0};
	struct hwpoison_frames frames = {0};
	struct hwpoison_problem problem;

	if (!hwpoison_iomem_parse((const char *)data, size, &iomem, &problem)) {
		for (size_t i = 0; i < iomem.count; i++) {
			if (iomem.entries[i].start >= iomem.entries[i].end ||
			    iomem.entries[i].end > HWPOISON_ADDRESS_LIMIT)
				abort();
		}
		if (hwpoison_iomem_ram(&iomem, &ram) ||
		    hwpoison_iomem_frames(&iomem, 4096, &frames))
			abort();
		for (size_t i = 1; i < ram.count; i++) {
			if (ram.entries[i].start <= ram.entries[i - 1].end)
				abort();
		}
	}
	hwpoison_iomem_free(&iomem);
	hwpoison_map_free(&ram);
	hwpoison_frames_free(&frames);
	return 0;
}
