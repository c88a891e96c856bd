/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A copy of an EFI memory map: the first eight bytes choose frames and the size of a descriptor, the
 * rest is the map, found on the machine or carried by the tree. What is copied must be a good map,
 * in which no page of RAM more or less is RAM than the frames that are told.
 */
#include <libfdt.h>
#include <stdlib.h>
#include <string.h>

#include "hwpoison/efi_map.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define TREE_ROOM (1u << 20)

static void tree_put(void *tree, const struct hwpoison_efi_map *map, bool carried)
{
	int chosen, error = fdt_create_empty_tree(tree, TREE_ROOM);

	error |= fdt_setprop_u32(tree, 0, "#address-cells", 2);
	error |= fdt_setprop_u32(tree, 0, "#size-cells", 2);
	chosen = fdt_add_subnode(tree, 0, "chosen");
	error |= fdt_setprop_u64(tree, chosen, "linux,uefi-mmap-start", 0x7ffe0000);
	error |= fdt_setprop_u32(tree, chosen, "linux,uefi-mmap-size", (uint32_t)map->size);
	error |= fdt_setprop_u32(tree, chosen, "linux,uefi-mmap-desc-size", map->descriptor_size);
	if (carried)
		error |= fdt_setprop(tree, chosen, "hwpoison,efi-map", map->bytes, (int)map->size);
	if (error || chosen < 0)
		abort();
}

static uint64_t ram_of(const struct hwpoison_efi_map *map)
{
	struct hwpoison_map memory = {0};
	uint64_t sum = 0;

	if (hwpoison_efi_map_check(map, NULL) || hwpoison_efi_map_memory(map, &memory))
		abort();
	for (size_t i = 0; i < memory.count; i++)
		sum += memory.entries[i].type == HWPOISON_RAM ?
			       memory.entries[i].end - memory.entries[i].start :
			       0;
	hwpoison_map_free(&memory);
	return sum;
}

static void copy_check(const void *tree, size_t size, const struct hwpoison_efi_map *map,
		       const struct hwpoison_outcome *outcome)
{
	struct hwpoison_efi_map copy = {.descriptor_size = map->descriptor_size};
	uint64_t told = 0;
	void *bytes;

	if (hwpoison_fdt_efi_map(tree, size, &bytes, &copy.size, NULL))
		abort();
	copy.bytes = bytes;
	for (size_t i = 0; i < outcome->map.count; i++) {
		const struct hwpoison_map_entry *entry = &outcome->map.entries[i];

		told += entry->type == HWPOISON_UNUSABLE ? entry->end - entry->start : 0;
	}
	if (!bytes && told)
		abort();
	if (bytes && ram_of(&copy) + told != ram_of(map))
		abort();
	free(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct hwpoison_frames frames = {0};
	struct hwpoison_map map = {0};
	struct hwpoison_outcome outcome;
	struct hwpoison_fdt_options options = {
		.way = HWPOISON_FDT_EFI,
		.max_ranges = HWPOISON_NO_LIMIT,
		.max_waste = UINT64_MAX,
		.page_size = 4096,
	};
	void *tree, *next, *bytes;
	size_t next_size;

	if (size < 8 || size > 300000)
		return 0;
	for (int i = 1; i < 8; i++) {
		uint64_t start = 0x40000000 + ((uint64_t)data[i] << (data[0] & 1 ? 20 : 12));

		if (hwpoison_frames_add(&frames, start, start + 4096, HWPOISON_SOURCE_FILE, 4096))
			abort();
	}
	if (hwpoison_map_add(&map, 0x40000000, 0x200000000, HWPOISON_RAM))
		abort();
	tree = malloc(TREE_ROOM);
	bytes = malloc(size);
	memcpy(bytes, data + 8, size - 8);
	options.efi_map = (struct hwpoison_efi_map){bytes, size - 8, 40 + (data[0] >> 4) * 8};
	tree_put(tree, &options.efi_map, data[0] & 2);
	if (!hwpoison_fdt_plan(tree, fdt_totalsize(tree), &map, &frames, &options, &outcome,
			       NULL) &&
	    !hwpoison_fdt_write(tree, fdt_totalsize(tree), &outcome, &frames, &options, &next,
				&next_size, NULL)) {
		copy_check(next, next_size, &options.efi_map, &outcome);
		free(next);
	}
	hwpoison_outcome_free(&outcome);
	hwpoison_map_free(&map);
	hwpoison_frames_free(&frames);
	free(bytes);
	free(tree);
	return 0;
}
