/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Planning for a device tree and writing it: the first eight bytes choose frames, limits and the
 * way, the rest is the tree. What is written must be a good tree, which tells the frames.
 */
#include <libfdt.h>
#include <stdlib.h>
#include <string.h>

#include "hwpoison/hwpoison.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_next(const void *next, size_t size, const struct hwpoison_frames *frames)
{
	struct hwpoison_frames learnt = {0};

	if (fdt_check_full(next, size) || size > 2 << 20 ||
	    hwpoison_fdt_frames(next, size, 4096, &learnt, NULL) || learnt.count != frames->count)
		abort();
	for (size_t i = 0; i < learnt.count; i++) {
		if (learnt.ranges[i].start != frames->ranges[i].start ||
		    learnt.ranges[i].end != frames->ranges[i].end)
			abort();
	}
	hwpoison_frames_free(&learnt);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct hwpoison_frames frames = {0};
	struct hwpoison_map map = {0};
	struct hwpoison_outcome outcome;
	struct hwpoison_problem problem = {0};
	struct hwpoison_fdt_options options;
	void *tree, *next;
	size_t next_size;

	if (size < 8)
		return 0;
	options = (struct hwpoison_fdt_options){
		.way = data[0] & 1 ? HWPOISON_FDT_RESERVE : HWPOISON_FDT_NODES,
		.max_ranges = data[0] & 2 ? data[1] % 4 : HWPOISON_NO_LIMIT,
		.max_waste = data[0] & 4 ? 0 : UINT64_MAX,
		.page_size = data[0] & 8 ? 65536 : 4096,
	};
	for (int i = 2; i < 8; i++) {
		uint64_t start = (uint64_t)data[i] << (data[0] & 16 ? 24 : 12);

		if (hwpoison_frames_add(&frames, start, start + 4096, HWPOISON_SOURCE_FILE, 4096))
			abort();
	}
	if (hwpoison_map_add(&map, 0x1000, 0xa0000, HWPOISON_RAM) ||
	    hwpoison_map_add(&map, 0x40000000, 0x200000000, HWPOISON_RAM))
		abort();
	data += 8;
	size -= 8;
	tree = malloc(size ? size : 1);
	memcpy(tree, data, size);
	if (!hwpoison_fdt_plan(tree, size, &map, &frames, &options, &outcome, &problem)) {
		if (outcome.entries > options.max_ranges ||
		    outcome.given_up_bytes > options.max_waste)
			abort();
		if (!hwpoison_fdt_write(tree, size, &outcome, &frames, &options, &next, &next_size,
					&problem)) {
			check_next(next, next_size, &frames);
			free(next);
		}
	}
	hwpoison_outcome_free(&outcome);
	hwpoison_map_free(&map);
	hwpoison_frames_free(&frames);
	free(tree);
	return 0;
}
