/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What others reserve in a device tree, and what of the map is RAM once our own nodes are gone. */
#include <string.h>

#include "hwpoison/fdt.h"

void hwpoison_tree_regions_free(struct hwpoison_tree_regions *regions)
{
	hwpoison_frames_free(&regions->held);
	hwpoison_frames_free(&regions->contested);
}

int hwpoison_tree_reserved_check(const struct hwpoison_tree *tree, struct hwpoison_problem *problem)
{
	const char *names[] = {"#address-cells", "#size-cells"};
	unsigned int cells[] = {tree->address_cells, tree->size_cells};
	int node = tree->reserved_memory, length;

	if (node < 0)
		return 0;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const fdt32_t *value = fdt_getprop(tree->fdt, node, names[i], &length);

		if (!value || length != sizeof(*value) || fdt32_ld(value) != cells[i])
			return hwpoison_tree_fail(tree, node, HWPOISON_ECELLS, problem);
	}
	if (!fdt_getprop(tree->fdt, node, "ranges", NULL))
		return hwpoison_tree_fail(tree, node, HWPOISON_EPARSE, problem);
	return 0;
}

/* What a region is worth, as types of a map: the highest rules where several overlap. Lent memory
 * is handed out whoever reserves it besides; what only some kernels reserve does no harm where
 * another region holds the memory for all of them. */
enum region { REGION_DOUBTFUL = 1, REGION_HELD, REGION_LENT };

struct regions {
	const struct hwpoison_map *early; /* reserved before the nodes are read; may be NULL */
	bool entries_late;
	struct hwpoison_map map;      /* of types enum region */
	struct hwpoison_frames plain; /* what is reserved and stays mapped, of all kinds */
};

/* Regions are not made of pages, so no widening. One that wraps is no region to Linux either. */
static int region_add(struct hwpoison_map *regions, uint64_t base, uint64_t size,
		      enum region region)
{
	if (!size || base >= HWPOISON_ADDRESS_LIMIT)
		return 0;
	size = hwpoison_min(size, HWPOISON_ADDRESS_LIMIT - base);
	return hwpoison_map_add(regions, base, base + size, region);
}

/* of_fdt_device_is_available() in drivers/of/fdt.c. */
static bool node_available(const struct hwpoison_tree *tree, int node)
{
	int length;
	const char *status = fdt_getprop(tree->fdt, node, "status", &length);

	if (!status)
		return true;
	return (length == 3 && !memcmp(status, "ok", 3)) ||
	       (length == 5 && !memcmp(status, "okay", 5));
}

static bool is_early(const struct hwpoison_map *early, uint64_t start, uint64_t end)
{
	for (size_t i = 0; early && i < early->count; i++) {
		if (early->entries[i].start < end && start < early->entries[i].end)
			return true;
	}
	return false;
}

/* Linux lends reusable memory to anyone who can move out again (kernel/dma/contiguous.c), reads
 * only the first tuple from 7.2 on, and refuses no-map over memory that is reserved already, which
 * entries of the reserve block were before the nodes until 6.1, and are after them since; EFI's
 * reservations always are before. */
static enum region region_of(const struct regions *regions, uint64_t base, uint64_t size,
			     size_t index, bool nomap, bool reusable)
{
	if (reusable && !nomap)
		return REGION_LENT;
	if (index || (nomap && (hwpoison_frames_find(&regions->plain, base, base + size) ||
				is_early(regions->early, base, base + size))))
		return REGION_DOUBTFUL;
	return REGION_HELD;
}

/* Nodes with or without no-map, according to nomap. */
static int node_list(const struct hwpoison_tree *tree, int node, bool nomap,
		     struct regions *regions)
{
	bool reusable = fdt_getprop(tree->fdt, node, "reusable", NULL) != NULL;
	uint64_t base, size;
	size_t count;
	int error = 0;

	if ((fdt_getprop(tree->fdt, node, "no-map", NULL) != NULL) != nomap ||
	    !node_available(tree, node) || hwpoison_tree_reg_count(tree, node, &count))
		return 0;
	for (size_t i = 0; i < count && !error; i++) {
		hwpoison_tree_reg_get(tree, node, i, &base, &size);
		error = region_add(&regions->map, base, size,
				   region_of(regions, base, size, i, nomap, reusable));
	}
	return error;
}

static int nodes_list(const struct hwpoison_tree *tree, bool nomap, struct regions *regions)
{
	int node, error = 0;

	if (hwpoison_tree_reserved_check(tree, NULL))
		return 0;
	for (node = fdt_first_subnode(tree->fdt, tree->reserved_memory); node >= 0 && !error;
	     node = fdt_next_subnode(tree->fdt, node)) {
		if (!hwpoison_tree_node_is_ours(tree, node))
			error = node_list(tree, node, nomap, regions);
	}
	return error;
}

/* Whether Linux finds a place for a node by itself: fdt_scan_reserved_mem() in 6.12 and later. */
static bool has_floating(const struct hwpoison_tree *tree)
{
	int node;

	fdt_for_each_subnode(node, tree->fdt, tree->reserved_memory)
	{
		if (fdt_getprop(tree->fdt, node, "size", NULL) &&
		    !fdt_getprop(tree->fdt, node, "reg", NULL) && node_available(tree, node))
			return true;
	}
	return false;
}

static int entries_list(const struct hwpoison_tree *tree, struct regions *regions)
{
	enum region region = regions->entries_late && has_floating(tree) ? REGION_DOUBTFUL :
									   REGION_HELD;
	uint64_t base, size;
	int error = 0;

	for (int i = 0; !error && !fdt_get_mem_rsv(tree->fdt, i, &base, &size) && size; i++) {
		if (!hwpoison_tree_entry_is_ours(tree, i))
			error = region_add(&regions->map, base, size, region);
	}
	return error;
}

/* Adds an entry of a normalised map to a set, as it is. */
static int exact_add(struct hwpoison_frames *set, const struct hwpoison_map_entry *entry)
{
	struct hwpoison_frame_range range = {entry->start, entry->end, HWPOISON_SOURCE_FDT,
					     HWPOISON_PAGE_SIZE_MIN};

	return hwpoison_frames_add_exact(set, &range);
}

static int regions_collect(const struct hwpoison_tree *tree, struct regions *regions)
{
	int error = entries_list(tree, regions);

	if (!error)
		error = nodes_list(tree, false, regions);
	if (!error)
		error = hwpoison_map_normalise(&regions->map);
	for (size_t i = 0; i < regions->map.count && !error; i++)
		error = exact_add(&regions->plain, &regions->map.entries[i]);
	if (!error)
		error = nodes_list(tree, true, regions);
	return error ? error : hwpoison_map_normalise(&regions->map);
}

int hwpoison_tree_regions_list(const struct hwpoison_tree *tree,
			       const struct hwpoison_fdt_options *options,
			       struct hwpoison_tree_regions *regions)
{
	struct regions all = {
		.early = options->reserved_early,
		.entries_late = options->entries_late,
	};
	struct hwpoison_tree_regions found = {0};
	int error = regions_collect(tree, &all);

	for (size_t i = 0; i < all.map.count && !error; i++)
		error = exact_add(all.map.entries[i].type == REGION_HELD ? &found.held :
									   &found.contested,
				  &all.map.entries[i]);
	hwpoison_map_free(&all.map);
	hwpoison_frames_free(&all.plain);
	if (error)
		hwpoison_tree_regions_free(&found);
	else
		*regions = found;
	return error;
}

int hwpoison_tree_held_pages(struct hwpoison_tree_regions *regions)
{
	struct hwpoison_frames *held = &regions->held, whole = {0};
	int error = 0;

	for (size_t i = 0; i < held->count && !error; i++) {
		struct hwpoison_frame_range range = held->ranges[i];

		range.start = (range.start + HWPOISON_PAGE_SIZE_MIN - 1) &
			      ~(uint64_t)(HWPOISON_PAGE_SIZE_MIN - 1);
		range.end &= ~(uint64_t)(HWPOISON_PAGE_SIZE_MIN - 1);
		if (range.start < range.end)
			error = hwpoison_frames_add_exact(&whole, &range);
	}
	if (error) {
		hwpoison_frames_free(&whole);
		return error;
	}
	hwpoison_frames_free(held);
	*held = whole;
	return 0;
}

int hwpoison_map_retype(const struct hwpoison_map *map, uint32_t from,
			const struct hwpoison_frames *frames, uint32_t to,
			struct hwpoison_map *retyped)
{
	struct hwpoison_map out = {0};
	size_t next = 0;
	int error = 0;

	for (size_t i = 0; i < map->count && !error; i++) {
		const struct hwpoison_map_entry *entry = &map->entries[i];
		uint64_t at = entry->start, start, end;

		while (next < frames->count && frames->ranges[next].end <= at)
			next++;
		for (size_t j = next; entry->type == from && j < frames->count &&
				      frames->ranges[j].start < entry->end && !error;
		     j++) {
			start = hwpoison_max(frames->ranges[j].start, at);
			end = hwpoison_min(frames->ranges[j].end, entry->end);
			if (at < start)
				error = hwpoison_map_append(&out, at, start, from);
			if (!error)
				error = hwpoison_map_append(&out, start, end, to);
			at = end;
		}
		if (!error && at < entry->end)
			error = hwpoison_map_append(&out, at, entry->end, entry->type);
	}
	if (error)
		hwpoison_map_free(&out);
	else
		*retyped = out;
	return error;
}

int hwpoison_tree_restore_ram(const struct hwpoison_tree *tree, struct hwpoison_map *map,
			      struct hwpoison_problem *problem)
{
	struct hwpoison_map ranges = {0}, once = {0}, restored = {0};
	struct hwpoison_frames ours = {0};
	int error = hwpoison_tree_ranges(tree, &ranges, problem);

	if (!error)
		error = hwpoison_map_normalise(&ranges);
	for (size_t i = 0; i < ranges.count && !error; i++)
		error = exact_add(&ours, &ranges.entries[i]);
	if (!error)
		error = hwpoison_map_retype(map, HWPOISON_RESERVED, &ours, HWPOISON_RAM, &once);
	if (!error)
		error = hwpoison_map_retype(&once, HWPOISON_UNUSABLE, &ours, HWPOISON_RAM,
					    &restored);
	if (!error) {
		hwpoison_map_free(map);
		*map = restored;
	}
	hwpoison_map_free(&ranges);
	hwpoison_map_free(&once);
	hwpoison_frames_free(&ours);
	return error;
}

int hwpoison_fdt_restore_ram(const void *fdt, size_t size, struct hwpoison_map *map,
			     struct hwpoison_problem *problem)
{
	struct hwpoison_tree tree;
	int error = hwpoison_tree_open(fdt, size, &tree, problem);

	return error ? error : hwpoison_tree_restore_ram(&tree, map, problem);
}
