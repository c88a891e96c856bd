/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The dtb carrier, deciding. A range never overlaps what others reserve in the tree: Linux refuses
 * a no-map node over reserved memory (-EBUSY from early_init_dt_reserve_memory() in
 * drivers/of/of_reserved_mem.c) and the frame would stay RAM. So what others hold already is left
 * to them, and what sticks out of it is told.
 */
#include <stdlib.h>
#include <string.h>

#include "hwpoison/efi_map.h"
#include "hwpoison/fdt.h"

/* The working state of a plan: each map is the one before it and one thing more. */
struct work {
	const struct hwpoison_fdt_options *options;
	struct hwpoison_tree tree;
	struct hwpoison_tree_regions regions;
	struct hwpoison_frames rounded;
	struct hwpoison_map ram;      /* what is RAM once our earlier nodes are gone */
	struct hwpoison_map open;     /* without what others reserve: here ranges may be */
	struct hwpoison_map poisoned; /* with the frames; nothing is given up yet */
	struct hwpoison_gap *gaps;
	size_t gap_count;
};

static void work_free(struct work *work)
{
	hwpoison_tree_regions_free(&work->regions);
	hwpoison_frames_free(&work->rounded);
	hwpoison_map_free(&work->ram);
	hwpoison_map_free(&work->open);
	hwpoison_map_free(&work->poisoned);
	free(work->gaps);
}

/* Exactly what lies in both sets. */
static int frames_common(const struct hwpoison_frames *a, const struct hwpoison_frames *b,
			 struct hwpoison_frames *common)
{
	size_t i = 0, j = 0;
	int error = 0;

	while (i < a->count && j < b->count && !error) {
		struct hwpoison_frame_range range = a->ranges[i];

		range.start = hwpoison_max(range.start, b->ranges[j].start);
		range.end = hwpoison_min(range.end, b->ranges[j].end);
		if (range.start < range.end)
			error = hwpoison_frames_add_exact(common, &range);
		if (a->ranges[i].end <= b->ranges[j].end)
			i++;
		else
			j++;
	}
	return error;
}

/* A map with type `to` where both sets cover entries of type `from`; replaces *map. */
static int map_replace(struct hwpoison_map *map, uint32_t from,
		       const struct hwpoison_frames *frames, uint32_t to)
{
	struct hwpoison_map retyped = {0};
	int error = hwpoison_map_retype(map, from, frames, to, &retyped);

	if (error)
		return error;
	hwpoison_map_free(map);
	*map = retyped;
	return 0;
}

static int contested_check(const struct work *work, const struct hwpoison_frames *frames,
			   struct hwpoison_problem *problem)
{
	struct hwpoison_frames contested = {0};
	int error = frames_common(frames, &work->regions.contested, &contested);

	for (size_t i = 0; i < contested.count && !error; i++) {
		struct hwpoison_frames one = {&contested.ranges[i], 1, 1};

		if (!hwpoison_map_covered(&work->open, &one))
			continue;
		error = hwpoison_tree_fail(&work->tree, work->tree.reserved_memory,
					   HWPOISON_EOVERLAP, problem);
		if (problem) {
			problem->start = contested.ranges[i].start;
			problem->end = contested.ranges[i].end;
		}
	}
	hwpoison_frames_free(&contested);
	return error;
}

/* Memory of ACPI's tables stays in one piece in the EFI memory map, and Linux reserves it. */
static int firmware_hold(struct work *work, struct hwpoison_problem *problem)
{
	struct hwpoison_efi_map efi_map = {0};
	struct hwpoison_map memory = {0};
	struct hwpoison_frames held = {0};
	int error = 0;

	if (work->options->way == HWPOISON_FDT_EFI)
		error = hwpoison_tree_held_pages(&work->regions);
	if (!error && work->options->way == HWPOISON_FDT_EFI)
		error = hwpoison_tree_efi_map(&work->tree, &work->options->efi_map, &efi_map,
					      problem);
	if (!error && efi_map.bytes)
		error = hwpoison_efi_map_memory(&efi_map, &memory);
	for (size_t i = 0; i < memory.count && !error; i++) {
		const struct hwpoison_map_entry *entry = &memory.entries[i];
		struct hwpoison_frame_range range = {entry->start, entry->end, HWPOISON_SOURCE_FDT,
						     HWPOISON_PAGE_SIZE_MIN};

		if (entry->type == HWPOISON_ACPI)
			error = hwpoison_frames_add_exact(&held, &range);
	}
	if (!error)
		error = hwpoison_frames_unite(&work->regions.held, &held);
	hwpoison_frames_free(&held);
	hwpoison_map_free(&memory);
	return error;
}

/* From the map to where ranges may be, and to where they must be. */
static int work_start(struct work *work, const struct hwpoison_map *map,
		      const struct hwpoison_frames *frames, struct hwpoison_problem *problem)
{
	int error = hwpoison_frames_round(frames, work->options->page_size, &work->rounded);

	if (!error)
		error = hwpoison_tree_regions_list(&work->tree, work->options, &work->regions);
	if (!error)
		error = firmware_hold(work, problem);
	if (!error)
		error = hwpoison_map_copy(map, &work->ram);
	if (!error)
		error = hwpoison_map_normalise(&work->ram);
	if (!error)
		error = hwpoison_tree_restore_ram(&work->tree, &work->ram, problem);
	/* What the running kernel shows as unusable the next one finds as RAM again, unless told:
	 * on these machines memory is described by firmware and by the tree alone. */
	if (!error)
		error = map_replace(&work->ram, HWPOISON_UNUSABLE, &work->rounded, HWPOISON_RAM);
	if (!error)
		error = hwpoison_map_retype(&work->ram, HWPOISON_RAM, &work->regions.held,
					    HWPOISON_RESERVED, &work->open);
	if (!error)
		error = contested_check(work, &work->rounded, problem);
	if (!error)
		error = map_replace(&work->open, HWPOISON_RAM, &work->regions.contested,
				    HWPOISON_RESERVED);
	if (!error)
		error = hwpoison_map_poison(&work->open, &work->rounded, &work->poisoned);
	return error;
}

/* RAM with a bad frame at either side, and nothing of anybody else's in it. */
static int gaps_collect(struct work *work)
{
	const struct hwpoison_map *map = &work->poisoned;

	work->gaps = calloc(map->count + 1, sizeof(*work->gaps));
	if (!work->gaps)
		return HWPOISON_ENOMEM;
	for (size_t i = 1; i + 1 < map->count; i++) {
		const struct hwpoison_map_entry *entry = &map->entries[i], *before = entry - 1,
						*behind = entry + 1;

		if (entry->type == HWPOISON_RAM && before->type == HWPOISON_UNUSABLE &&
		    before->end == entry->start && behind->type == HWPOISON_UNUSABLE &&
		    behind->start == entry->end &&
		    hwpoison_frames_find(&work->rounded, entry->start - 1, entry->start) &&
		    hwpoison_frames_find(&work->rounded, entry->end, entry->end + 1))
			work->gaps[work->gap_count++] = (struct hwpoison_gap){entry->start,
									      entry->end, 1, false};
	}
	return 0;
}

int hwpoison_tree_told(const struct hwpoison_map *map, const struct hwpoison_frames *excluded,
		       struct hwpoison_map *told)
{
	struct hwpoison_map found = {0};
	size_t i = 0, j = 0;
	int error = 0;

	while (i < map->count && j < excluded->count && !error) {
		const struct hwpoison_map_entry *entry = &map->entries[i];
		uint64_t start = hwpoison_max(entry->start, excluded->ranges[j].start);
		uint64_t end = hwpoison_min(entry->end, excluded->ranges[j].end);

		if (entry->type == HWPOISON_UNUSABLE && start < end)
			error = hwpoison_map_append(&found, start, end, HWPOISON_UNUSABLE);
		if (entry->end <= excluded->ranges[j].end)
			i++;
		else
			j++;
	}
	if (error)
		hwpoison_map_free(&found);
	else
		*told = found;
	return error;
}

/* Whether the EFI memory map has all of it as RAM, which can be made unusable. */
static int efi_check(const struct hwpoison_tree *tree, const struct hwpoison_efi_map *given,
		     const struct hwpoison_map *told, struct hwpoison_problem *problem)
{
	struct hwpoison_efi_map efi_map;
	struct hwpoison_map memory = {0};
	int error = hwpoison_tree_efi_map(tree, given, &efi_map, problem);

	if (!error && !efi_map.bytes)
		error = HWPOISON_EPARSE;
	if (!error)
		error = hwpoison_efi_map_memory(&efi_map, &memory);
	for (size_t i = 0; i < told->count && !error; i++) {
		const struct hwpoison_map_entry *range = &told->entries[i], *entry;

		entry = hwpoison_map_find(&memory, range->start);
		if (entry && entry->type == HWPOISON_RAM && range->end <= entry->end)
			continue;
		hwpoison_problem_set(problem, TREE_MMAP_START, strlen(TREE_MMAP_START));
		if (problem) {
			problem->start = range->start;
			problem->end = range->end;
		}
		error = HWPOISON_EFIRMWARE;
	}
	hwpoison_map_free(&memory);
	return error;
}

int hwpoison_tree_told_check(const struct hwpoison_tree *tree,
			     const struct hwpoison_fdt_options *options,
			     const struct hwpoison_map *told, struct hwpoison_problem *problem)
{
	uint64_t start_limit = UINT64_C(1) << (tree->address_cells == 1 ? 32 : 63);
	uint64_t size_limit = UINT64_C(1) << (tree->size_cells == 1 ? 32 : 63);
	size_t i = 0;
	int error;

	if (options->way == HWPOISON_FDT_RESERVE || !told->count)
		return 0;
	if (options->way == HWPOISON_FDT_EFI)
		return efi_check(tree, &options->efi_map, told, problem);
	error = hwpoison_tree_reserved_check(tree, problem);
	for (i = 0; !error && i < told->count; i++) {
		uint64_t start = told->entries[i].start, size = told->entries[i].end - start;

		if (tree->address_cells < 1 || tree->address_cells > 2 || tree->size_cells < 1 ||
		    tree->size_cells > 2 || start >= start_limit || size >= size_limit)
			error = hwpoison_tree_fail(tree, 0, HWPOISON_ECELLS, problem);
	}
	if (error && problem) {
		problem->start = told->entries[i ? i - 1 : 0].start;
		problem->end = told->entries[i ? i - 1 : 0].end;
	}
	return error;
}

/* Given up between two bad frames: whoever said that those are bad is to blame. */
static uint32_t gap_sources(const struct work *work, const struct hwpoison_gap *gap)
{
	return hwpoison_frames_find(&work->rounded, gap->start - 1, gap->start)->sources |
	       hwpoison_frames_find(&work->rounded, gap->end, gap->end + 1)->sources;
}

static int gaps_give_up(const struct work *work, struct hwpoison_outcome *outcome)
{
	struct hwpoison_frames given = {0};
	int error = 0;

	for (size_t i = 0; i < work->gap_count && !error; i++) {
		const struct hwpoison_gap *gap = &work->gaps[i];
		struct hwpoison_frame_range range = {gap->start, gap->end, 0,
						     HWPOISON_PAGE_SIZE_MIN};

		if (!gap->chosen)
			continue;
		range.sources = gap_sources(work, gap);
		error = hwpoison_map_append(&outcome->given_up, gap->start, gap->end, HWPOISON_RAM);
		if (!error)
			error = hwpoison_frames_add_exact(&given, &range);
	}
	if (!error)
		error = hwpoison_frames_unite(&outcome->excluded, &work->rounded);
	if (!error)
		error = hwpoison_frames_unite(&outcome->excluded, &given);
	hwpoison_frames_free(&given);
	return error;
}

/* The map of the next kernel: a frame that others hold already is reserved, not RAM. */
static int outcome_fill(struct work *work, struct hwpoison_outcome *outcome,
			struct hwpoison_problem *problem)
{
	struct hwpoison_frames held = {0};
	struct hwpoison_map told = {0};
	int error = gaps_give_up(work, outcome);

	if (!error)
		error = frames_common(&work->rounded, &work->regions.held, &held);
	if (!error)
		error = map_replace(&work->ram, HWPOISON_RAM, &held, HWPOISON_RESERVED);
	if (!error)
		error = hwpoison_map_poison(&work->ram, &outcome->excluded, &outcome->map);
	if (!error)
		error = hwpoison_tree_told(&outcome->map, &outcome->excluded, &told);
	if (!error)
		error = hwpoison_tree_told_check(&work->tree, work->options, &told, problem);
	outcome->entries = told.count;
	outcome->limit = work->options->max_ranges;
	outcome->ram_regions = hwpoison_map_entries(&outcome->map, HWPOISON_RAM);
	/* The least that suffices may be everything: then nothing fits and leaves a machine. */
	if (!error && !outcome->ram_regions)
		error = outcome->given_up_bytes ? HWPOISON_EFULL : HWPOISON_ENORAM;
	hwpoison_frames_free(&held);
	hwpoison_map_free(&told);
	return error;
}

/* Decides which gaps go. needed is what the caller is told when it does not fit. */
static int work_coalesce(struct work *work, struct hwpoison_outcome *needed)
{
	struct hwpoison_map told = {0};
	size_t limit = work->options->max_ranges, count;
	uint64_t waste = 0;
	int error = hwpoison_tree_told(&work->poisoned, &work->rounded, &told);

	count = told.count;
	hwpoison_map_free(&told);
	if (!error)
		error = gaps_collect(work);
	if (error)
		return error;
	needed->entries_needed = count;
	needed->ram_regions_needed = hwpoison_map_entries(&work->poisoned, HWPOISON_RAM);
	error = hwpoison_gaps_choose(work->gaps, work->gap_count, count > limit ? count - limit : 0,
				     0, &waste);
	if (!error && waste > work->options->max_waste) {
		needed->waste_needed = waste;
		error = HWPOISON_EWASTE;
	}
	needed->given_up_bytes = waste;
	return error;
}

int hwpoison_fdt_plan(const void *fdt, size_t size, const struct hwpoison_map *map,
		      const struct hwpoison_frames *frames,
		      const struct hwpoison_fdt_options *options, struct hwpoison_outcome *outcome,
		      struct hwpoison_problem *problem)
{
	struct work work = {.options = options};
	struct hwpoison_outcome filled = {0};
	int error;

	*outcome = (struct hwpoison_outcome){0};
	error = hwpoison_tree_open(fdt, size, &work.tree, problem);
	if (error)
		return error;
	error = work_start(&work, map, frames, problem);
	if (!error)
		error = work_coalesce(&work, &filled);
	if (!error) {
		filled.rounded_bytes = hwpoison_map_covered(&work.open, &work.rounded) -
				       hwpoison_map_covered(&work.open, frames);
		error = outcome_fill(&work, &filled, problem);
	}
	if (error) {
		outcome->waste_needed = filled.waste_needed;
		outcome->entries_needed = filled.entries_needed;
		outcome->ram_regions_needed = filled.ram_regions_needed;
		hwpoison_outcome_free(&filled);
	} else {
		*outcome = filled;
	}
	work_free(&work);
	return error;
}
