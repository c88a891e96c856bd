/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The bad frames of which a device tree tells: what an earlier kernel was told by us, or by hand. */
#include <string.h>

#include "hwpoison/fdt.h"

/* The exact frames, before they were widened to pages of the kernel and coalesced. */
static int record_read(const struct hwpoison_tree *tree, struct hwpoison_frames *frames,
		       struct hwpoison_problem *problem)
{
	int length, error = 0;
	const fdt64_t *record = fdt_getprop(tree->fdt, tree->chosen, TREE_FRAMES, &length);

	if (!record)
		return 0;
	hwpoison_problem_set(problem, TREE_FRAMES, strlen(TREE_FRAMES));
	if ((size_t)length % (3 * sizeof(*record)))
		return HWPOISON_EPARSE;
	for (size_t i = 0; i < (size_t)length / sizeof(*record) && !error; i += 3) {
		uint64_t start = fdt64_ld(record + i), size = fdt64_ld(record + i + 1);
		uint64_t page_size = fdt64_ld(record + i + 2);

		if (page_size > UINT32_MAX || !hwpoison_page_size_valid((uint32_t)page_size))
			return HWPOISON_EPARSE;
		error = start < HWPOISON_ADDRESS_LIMIT && size <= HWPOISON_ADDRESS_LIMIT - start ?
				hwpoison_frames_add(frames, start, start + size,
						    HWPOISON_SOURCE_FDT, (uint32_t)page_size) :
				HWPOISON_ERANGE;
		if (error == HWPOISON_ERANGE && problem) {
			problem->start = start;
			problem->end = size <= UINT64_MAX - start ? start + size : UINT64_MAX;
		}
	}
	return error;
}

static int range_add(struct hwpoison_map *ranges, uint64_t base, uint64_t size)
{
	return hwpoison_map_add(ranges, base, base + size, HWPOISON_UNUSABLE);
}

/* Whether a recorded frame lies in the pages of a range. All frames are recorded, but a range may be
 * good memory alone, when what lay between it and the frame for whose page it was told is reserved
 * by others. */
static bool is_recorded(const struct hwpoison_frames *record, uint64_t base, uint64_t size)
{
	const uint64_t page = UINT64_C(65536); /* the largest that Linux has on arm64 */

	return hwpoison_frames_find(record, base & ~(page - 1),
				    (base + size + page - 1) & ~(page - 1));
}

/* What nodes, entries and the EFI memory map keep out for which there is no record: it is taken as it
 * stands. All of them were checked by hwpoison_tree_ranges(). */
static int unrecorded_list(const struct hwpoison_tree *tree, const struct hwpoison_frames *record,
			   struct hwpoison_map *ranges)
{
	struct hwpoison_map efi = {0};
	uint64_t base, size;
	int node, error = 0;

	for (node = fdt_first_subnode(tree->fdt, tree->reserved_memory); node >= 0;
	     node = fdt_next_subnode(tree->fdt, node)) {
		bool marked = fdt_getprop(tree->fdt, node, TREE_RECORDED, NULL) != NULL;
		size_t count = 0;

		if (hwpoison_tree_node_is_ours(tree, node))
			hwpoison_tree_reg_count(tree, node, &count);
		for (size_t i = 0; i < count && !error; i++) {
			hwpoison_tree_reg_get(tree, node, i, &base, &size);
			if (!marked || !is_recorded(record, base, size))
				error = range_add(ranges, base, size);
		}
	}
	for (int i = 0; !error && !fdt_get_mem_rsv(tree->fdt, i, &base, &size) && size; i++) {
		if (hwpoison_tree_entry_is_ours(tree, i) && !is_recorded(record, base, size))
			error = range_add(ranges, base, size);
	}
	if (!error)
		error = hwpoison_tree_efi_ranges(tree, &efi, NULL);
	for (size_t i = 0; i < efi.count && !error; i++) {
		base = efi.entries[i].start;
		size = efi.entries[i].end - base;
		if (!is_recorded(record, base, size))
			error = range_add(ranges, base, size);
	}
	hwpoison_map_free(&efi);
	return error;
}

static int unrecorded_unite(const struct hwpoison_tree *tree, uint32_t page_size,
			    struct hwpoison_frames *record)
{
	struct hwpoison_map ranges = {0};
	struct hwpoison_frames found = {0};
	int error = unrecorded_list(tree, record, &ranges);

	/* Sorted, adding to a set is cheap. */
	if (!error)
		error = hwpoison_map_normalise(&ranges);
	if (!error)
		error = hwpoison_map_frames(&ranges, page_size, HWPOISON_SOURCE_FDT, &found);
	if (!error)
		error = hwpoison_frames_unite(record, &found);
	hwpoison_frames_free(&found);
	hwpoison_map_free(&ranges);
	return error;
}

int hwpoison_fdt_frames(const void *fdt, size_t size, uint32_t page_size,
			struct hwpoison_frames *frames, struct hwpoison_problem *problem)
{
	struct hwpoison_frames found = {0};
	struct hwpoison_map ranges = {0};
	struct hwpoison_tree tree;
	int error;

	if (!hwpoison_page_size_valid(page_size))
		return HWPOISON_EARGUMENT;
	error = hwpoison_tree_open(fdt, size, &tree, problem);
	if (error)
		return error;
	error = record_read(&tree, &found, problem);
	if (!error)
		error = hwpoison_tree_ranges(&tree, &ranges, problem);
	if (!error)
		error = unrecorded_unite(&tree, page_size, &found);
	if (!error)
		error = hwpoison_frames_unite(frames, &found);
	hwpoison_map_free(&ranges);
	hwpoison_frames_free(&found);
	return error;
}
