/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a device tree says of bad frames: an error, or frames; then RAM restored by it. */
#include <stdlib.h>
#include <string.h>

#include "hwpoison/hwpoison.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct hwpoison_frames frames = {0};
	struct hwpoison_map map = {0};
	struct hwpoison_problem problem = {0};
	void *tree = malloc(size ? size : 1); /* aligned, and bounded for the sanitizer */
	int error;

	memcpy(tree, data, size);
	error = hwpoison_fdt_frames(tree, size, 4096, &frames, &problem);
	if (error && (frames.count || !problem.what[0]))
		abort();
	if (hwpoison_map_add(&map, 0, 0x80000000, HWPOISON_RAM) ||
	    hwpoison_map_add(&map, 0x80000000, 0x100000000, HWPOISON_RESERVED))
		abort();
	if (hwpoison_fdt_restore_ram(tree, size, &map, &problem) == 0 &&
	    hwpoison_map_bytes(&map, HWPOISON_RAM) < 0x80000000)
		abort();
	hwpoison_map_free(&map);
	hwpoison_frames_free(&frames);
	free(tree);
	return 0;
}
