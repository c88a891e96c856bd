/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The e820 carrier: RAM entries are split around bad frames. They are never overlaid, because the
 * decompressor's KASLR looks at RAM entries alone (arch/x86/boot/compressed/kaslr.c:
 * process_e820_entries()) and would put the kernel on an overlaid frame.
 */
#include <stdlib.h>

#include "hwpoison/internal.h"

static bool is_normalised(const struct hwpoison_map *map)
{
	size_t i;

	for (i = 0; i < map->count; i++)
		if (!hwpoison_range_valid(map->entries[i].start, map->entries[i].end) ||
		    (i && map->entries[i].start < map->entries[i - 1].end))
			return false;
	return true;
}

static bool touches_poison_before(const struct hwpoison_map *map, size_t i)
{
	return i > 0 && map->entries[i - 1].type == HWPOISON_UNUSABLE &&
	       map->entries[i - 1].end == map->entries[i].start;
}

static bool touches_poison_behind(const struct hwpoison_map *map, size_t i)
{
	return i + 1 < map->count && map->entries[i + 1].type == HWPOISON_UNUSABLE &&
	       map->entries[i + 1].start == map->entries[i].end;
}

/* The RAM beside poison: between two bad runs it saves two entries, between a bad run and the edge
 * of its RAM one. RAM that touches no poison is no gap, and stays. */
static int gaps_collect(const struct hwpoison_map *poisoned, struct hwpoison_gap **gaps,
			size_t *count)
{
	struct hwpoison_gap *found;
	size_t i, filled = 0;

	found = calloc(poisoned->count, sizeof(*found));
	if (!found)
		return HWPOISON_ENOMEM;
	for (i = 0; i < poisoned->count; i++) {
		const struct hwpoison_map_entry *entry = &poisoned->entries[i];
		unsigned int saves;

		if (entry->type != HWPOISON_RAM)
			continue;
		saves = touches_poison_before(poisoned, i) + touches_poison_behind(poisoned, i);
		if (saves)
			found[filled++] = (struct hwpoison_gap){entry->start, entry->end, saves,
								false};
	}
	*gaps = found;
	*count = filled;
	return 0;
}

/* Who is to blame for a gap: whoever said that the frames at its sides are bad, and the map where
 * it had them before. */
static uint32_t gap_sources(const struct hwpoison_frames *frames, const struct hwpoison_gap *gap)
{
	const struct hwpoison_frame_range *before = NULL, *behind;
	uint32_t sources = 0;

	if (gap->start)
		before = hwpoison_frames_find(frames, gap->start - 1, gap->start);
	behind = hwpoison_frames_find(frames, gap->end, gap->end + 1);
	if (before)
		sources |= before->sources;
	if (behind)
		sources |= behind->sources;
	return sources ? sources : HWPOISON_SOURCE_FIRMWARE_MAP;
}

/* Fills the maps and the excluded frames of an outcome from a choice of gaps. */
static int outcome_fill(const struct hwpoison_map *poisoned, const struct hwpoison_frames *rounded,
			const struct hwpoison_gap *gaps, size_t count,
			struct hwpoison_outcome *outcome)
{
	struct hwpoison_frames given = {0};
	int error = 0;
	size_t i, gap = 0;

	for (i = 0; i < poisoned->count && !error; i++) {
		const struct hwpoison_map_entry *entry = &poisoned->entries[i];
		uint32_t type = entry->type;

		while (gap < count && gaps[gap].start < entry->start)
			gap++;
		if (gap < count && gaps[gap].start == entry->start && gaps[gap].chosen) {
			type = HWPOISON_UNUSABLE;
			error = hwpoison_map_append(&outcome->given_up, entry->start, entry->end,
						    HWPOISON_RAM);
			if (!error)
				error = hwpoison_frames_add(&given, entry->start, entry->end,
							    gap_sources(rounded, &gaps[gap]),
							    HWPOISON_PAGE_SIZE_MIN);
		}
		if (!error)
			error = hwpoison_map_append(&outcome->map, entry->start, entry->end, type);
	}
	if (!error)
		error = hwpoison_frames_unite(&outcome->excluded, rounded);
	if (!error)
		error = hwpoison_frames_unite(&outcome->excluded, &given);
	hwpoison_frames_free(&given);
	return error;
}

static size_t over(size_t count, size_t limit)
{
	return count > limit ? count - limit : 0;
}

/* Decides what is given up of a poisoned map, and fills the outcome. */
static int plan_poisoned(const struct hwpoison_map *poisoned, const struct hwpoison_frames *rounded,
			 const struct hwpoison_limits *limits, struct hwpoison_outcome *outcome)
{
	struct hwpoison_outcome filled = {0};
	struct hwpoison_gap *gaps = NULL;
	size_t entries = poisoned->count, regions, count = 0;
	uint64_t waste = 0, ram;
	int error;

	ram = hwpoison_map_bytes(poisoned, HWPOISON_RAM);
	if (!ram)
		return HWPOISON_ENORAM;
	regions = hwpoison_map_entries(poisoned, HWPOISON_RAM);
	error = gaps_collect(poisoned, &gaps, &count);
	if (!error)
		error = hwpoison_gaps_choose(gaps, count, over(entries, limits->max_entries),
					     over(regions, limits->max_ram_regions), &waste);
	/* The least that suffices is everything: no choice fits and leaves a machine. */
	if (!error && waste == ram)
		error = HWPOISON_EFULL;
	if (!error && waste > limits->max_waste)
		error = HWPOISON_EWASTE;
	if (!error)
		error = outcome_fill(poisoned, rounded, gaps, count, &filled);
	free(gaps);
	if (error) {
		hwpoison_outcome_free(&filled);
		if (error == HWPOISON_EWASTE)
			outcome->waste_needed = waste;
	} else {
		*outcome = filled;
		outcome->given_up_bytes = waste;
		outcome->entries = outcome->map.count;
		outcome->limit = limits->max_entries;
		outcome->ram_regions = hwpoison_map_entries(&outcome->map, HWPOISON_RAM);
	}
	if (error != HWPOISON_ENOMEM) {
		outcome->entries_needed = entries;
		outcome->ram_regions_needed = regions;
	}
	return error;
}

int hwpoison_e820_plan(const struct hwpoison_map *map, const struct hwpoison_frames *frames,
		       const struct hwpoison_limits *limits, struct hwpoison_outcome *outcome)
{
	struct hwpoison_frames rounded = {0};
	struct hwpoison_map poisoned = {0};
	int error;

	*outcome = (struct hwpoison_outcome){0};
	if (!is_normalised(map))
		return HWPOISON_EARGUMENT;
	error = hwpoison_frames_round(frames, limits->page_size, &rounded);
	if (!error)
		error = hwpoison_map_poison(map, &rounded, &poisoned);
	if (!error)
		error = plan_poisoned(&poisoned, &rounded, limits, outcome);
	if (!error)
		outcome->rounded_bytes = hwpoison_map_covered(map, &rounded) -
					 hwpoison_map_covered(map, frames);
	hwpoison_map_free(&poisoned);
	hwpoison_frames_free(&rounded);
	return error;
}

static unsigned char *write_little(unsigned char *at, uint64_t value, size_t size)
{
	size_t i;

	for (i = 0; i < size; i++)
		*at++ = (unsigned char)(value >> (8 * i));
	return at;
}

void hwpoison_e820_write(const struct hwpoison_map *map, void *bytes)
{
	unsigned char *at = bytes;
	size_t i;

	for (i = 0; i < map->count; i++) {
		at = write_little(at, map->entries[i].start, 8);
		at = write_little(at, map->entries[i].end - map->entries[i].start, 8);
		at = write_little(at, map->entries[i].type, 4);
	}
}
