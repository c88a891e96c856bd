/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Decides which frames the map tells of, and which Kexec HandOver keeps. */
#include "kexec/kho/carrier.h"

#include <inttypes.h>
#include <stdlib.h>

#include "kexec/tree_memory.h"
#include "kexec/kho/inherit.h"
#include "kexec/kho/keepable.h"
#include "kexec/machine.h"
#include "kexec/map_edit.h"
#include "kexec/options.h"
#include "kexec/report.h"

/* Sixteen areas. */
#define ROOM_LEAST 32

/* What is bad without a gap, in pages of the next kernel: one entry of a map, whole or not at all. */
struct run {
	uint64_t start, end;
	unsigned int rank; /* 0: in no RAM, costs nothing; 1: KHO cannot keep it; 2: either way */
	bool told;
};

struct runs {
	struct run *runs;     /* by address */
	struct run **order;   /* as they are told */
	size_t count, ranked; /* ranked: of rank 0 and 1 */
};

static void runs_free(struct runs *runs)
{
	free(runs->runs);
	free(runs->order);
}

/* Those that must be told first, then what is told with one entry and protects most, then the
 * lowest. */
static int compare(const void *a, const void *b)
{
	const struct run *left = *(struct run *const *)a, *right = *(struct run *const *)b;
	uint64_t left_size = left->end - left->start, right_size = right->end - right->start;

	if (left->rank != right->rank)
		return left->rank < right->rank ? -1 : 1;
	if (left_size != right_size)
		return left_size > right_size ? -1 : 1;
	return left->start < right->start ? -1 : 1;
}

static int runs_find(const struct plan *plan, const struct hwpoison_map *map, struct runs *runs)
{
	struct hwpoison_frames rounded = {0};
	int error = hwpoison_frames_round(&plan->frames, plan->target.page_size, &rounded);

	*runs = (struct runs){.runs = calloc(rounded.count + 1, sizeof(*runs->runs)),
			      .order = calloc(rounded.count + 1, sizeof(*runs->order))};
	for (size_t i = 0; i < rounded.count && !error && runs->runs && runs->order; i++) {
		const struct hwpoison_frame_range *range = &rounded.ranges[i];

		if (runs->count && runs->runs[runs->count - 1].end == range->start)
			runs->runs[runs->count - 1].end = range->end;
		else
			runs->runs[runs->count++] = (struct run){range->start, range->end, 0,
								 false};
	}
	hwpoison_frames_free(&rounded);
	if (error || !runs->runs || !runs->order)
		return out_of_memory();
	for (size_t i = 0; i < runs->count; i++) {
		struct run *run = &runs->runs[i];

		if (map_has_ram(map, run->start, run->end))
			run->rank = kho_keepable(plan, map, run->start, run->end) ? 2 : 1;
		runs->ranked += run->rank < 2;
		runs->order[i] = run;
	}
	qsort(runs->order, runs->count, sizeof(*runs->order), compare);
	return 0;
}

/* The frames of the runs that are told, or of the others. */
static int frames_of(const struct plan *plan, const struct runs *runs, bool told,
		     struct hwpoison_frames *frames)
{
	size_t at = 0;
	int error = 0;

	for (size_t i = 0; i < plan->frames.count && !error; i++) {
		const struct hwpoison_frame_range *range = &plan->frames.ranges[i];

		while (runs->runs[at].end <= range->start)
			at++;
		if (runs->runs[at].told == told)
			error = hwpoison_frames_add(frames, range->start, range->end,
						    range->sources, range->page_size);
	}
	return error;
}

/* What the map comes to when the first `count` runs of the order are told. */
static int runs_try(const struct plan *plan, const struct carrier_base *base, struct runs *runs,
		    size_t count, uint64_t max_waste, struct hwpoison_outcome *outcome,
		    struct hwpoison_problem *problem)
{
	struct hwpoison_frames told = {0};
	int error;

	for (size_t i = 0; i < runs->count; i++)
		runs->order[i]->told = i < count;
	error = frames_of(plan, runs, true, &told);
	if (!error)
		error = carrier_try(plan, base, &told, max_waste, outcome, problem);
	hwpoison_frames_free(&told);
	return error;
}

static bool overflows(int error)
{
	return error == HWPOISON_EFULL || error == HWPOISON_EWASTE;
}

/*
 * How many runs the map bears without anything being given up, when it does not bear all. One more
 * run seldom makes a map shorter, so that halving finds the last one that fits; whatever it finds,
 * fits.
 */
static int runs_fill(const struct plan *plan, const struct carrier_base *base, struct runs *runs,
		     struct hwpoison_problem *problem, size_t *told)
{
	size_t fits = runs->ranked, fails = runs->count;

	while (fails - fits > 1) {
		size_t middle = fits + (fails - fits) / 2;
		struct hwpoison_outcome outcome = {0};
		int error = runs_try(plan, base, runs, middle, 0, &outcome, problem);

		hwpoison_outcome_free(&outcome);
		if (error && !overflows(error))
			return error;
		if (error)
			fails = middle;
		else
			fits = middle;
	}
	*told = fits;
	return 0;
}

/* All that fits goes into the map, if need be with as much good memory as may be given up. *count:
 * how many runs of the order that are. */
static int runs_fit(struct plan *plan, const struct carrier_base *base, struct runs *runs,
		    struct hwpoison_problem *problem, size_t *count)
{
	const uint64_t allowed = plan->options->max_waste;
	int error;

	*count = runs->count;
	error = runs_try(plan, base, runs, *count, allowed, &plan->outcome, problem);
	if (!overflows(error) || runs->ranked == runs->count)
		return error;
	error = runs_fill(plan, base, runs, problem, count);
	if (!error)
		error = runs_try(plan, base, runs, *count, 0, &plan->outcome, problem);
	/* What must be told may still fit when memory is given up. */
	if (overflows(error) && *count == runs->ranked)
		error = runs_try(plan, base, runs, *count, allowed, &plan->outcome, problem);
	return error;
}

/* Regions to be left to scratch memory: by the rule it has an area for each node and two besides, and
 * more among bad frames. Where the tree or the EFI map tells, there are so many regions that all areas
 * may have theirs. */
static size_t room_find(const struct plan *plan)
{
	size_t room = 2 * (plan->machine->node_count + 2), limit = plan->target.max_ram_regions;

	room = room < ROOM_LEAST ? ROOM_LEAST : room;
	if (limit == HWPOISON_NO_LIMIT && plan->modes & MODE_DTB &&
	    plan->fdt_way != HWPOISON_FDT_RESERVE) {
		limit = plan->target.free_regions;
		room = 2 * KHO_SCRATCH_MAX;
	}
	if (limit == HWPOISON_NO_LIMIT)
		return 0;
	return room < limit / 2 ? room : limit / 2;
}

static int runs_tell(struct plan *plan, const struct carrier_base *base, struct runs *runs)
{
	struct hwpoison_problem problem = {0};
	size_t told;
	int error;

	plan->kho.region_room = room_find(plan);
	error = runs_fit(plan, base, runs, &problem, &told);
	/* What an earlier kernel was told may leave none. */
	if (overflows(error) && plan->kho.region_room) {
		plan->kho.region_room = 0;
		error = runs_fit(plan, base, runs, &problem, &told);
	}
	if (error)
		return carrier_failure(plan, error, &problem);
	if (told < runs->count)
		warn(&plan->warnings,
		     "the next kernel's map bears %zu of %zu bad ranges; the others are kept "
		     "by KHO alone, which leaves them mapped",
		     told, runs->count);
	return 0;
}

/* --- KHO alone -------------------------------------------------------------------------------- */

/* With KHO alone nothing is coalesced. */
static int map_refuse(const struct plan *plan, const struct hwpoison_map *map)
{
	const struct target *target = &plan->target;
	size_t regions = hwpoison_map_entries(map, HWPOISON_RAM);
	bool entries_fit = map->count <= target->max_entries;
	const char *what = entries_fit ? "regions of RAM" : "entries";
	const char *from = entries_fit ? target->regions_from : target->entries_from;
	size_t count = entries_fit ? regions : map->count;
	size_t limit = entries_fit ? target->max_ram_regions : target->max_entries;

	if (!hwpoison_map_entries(map, HWPOISON_UNUSABLE))
		return failure(EXIT_USAGE,
			       "the machine's own map has %zu %s, and the next kernel bears %zu "
			       "(%s; --hwpoison-max-%s=N says otherwise)",
			       count, what, limit, from, entries_fit ? "regions" : "entries");
	return failure(
		EXIT_USAGE,
		"--hwpoison-mode=kho: with what earlier kernels were told is unusable, and KHO "
		"cannot keep, the map has %zu %s, and the next kernel bears %zu (%s): say "
		"--hwpoison-mode=e820,kho",
		count, what, limit, from);
}

/* What an earlier kernel was told is unusable and still is bad, stays so; if that is more than the next
 * one bears, it is RAM that KHO keeps. */
static int map_alone(struct plan *plan, const struct hwpoison_map *freed, struct hwpoison_map *map)
{
	struct hwpoison_map kept = {0};

	if (inherited_keep(plan, freed, &kept))
		return out_of_memory();
	if (inherited_is_borne(plan, &kept, room_find(plan))) {
		*map = kept;
		return 0;
	}
	hwpoison_map_free(&kept);
	if (!inherited_is_borne(plan, freed, 0))
		return map_refuse(plan, freed);
	warn(&plan->warnings,
	     "the map has more bad ranges by earlier kernels than the next one bears (%zu regions "
	     "of RAM, %s): those between RAM are RAM in it, and KHO keeps them",
	     plan->target.max_ram_regions, plan->target.regions_from);
	return hwpoison_map_copy(freed, map) ? out_of_memory() : 0;
}

/* Nothing else tells of what KHO cannot keep. */
static int all_keepable(const struct plan *plan, const struct carrier_base *base,
			const struct runs *runs, const struct hwpoison_map *map)
{
	struct hwpoison_map lent = {0};
	int error = 0;

	if (base->tree && tree_lent_list(base->tree, &lent))
		error = out_of_memory();
	for (size_t i = 0; i < runs->count && !error; i++)
		error = kho_keepable_check(plan, map, &lent, runs->runs[i].start,
					   runs->runs[i].end);
	hwpoison_map_free(&lent);
	return error;
}

static int kho_alone(struct plan *plan, const struct carrier_base *base, struct runs *runs)
{
	struct hwpoison_map map = {0};
	int error = map_alone(plan, base->map, &map);

	if (!error)
		error = all_keepable(plan, base, runs, &map);
	if (!error)
		error = carrier_copy(plan, &map, base->tree, base->tree_size);
	hwpoison_map_free(&map);
	return error;
}

/* --- what is kept ----------------------------------------------------------------------------- */

/* The pages of a range that are RAM as a whole: Linux has no other (for_each_mem_pfn_range() rounds
 * inwards), and a page without a struct page would make it panic. *at is the first entry that may
 * reach into the range. */
static int kept_add(struct plan *plan, const struct hwpoison_frame_range *range, size_t *at)
{
	const struct hwpoison_map *map = &plan->outcome.map;
	uint32_t page = plan->target.page_size;

	while (*at < map->count && map->entries[*at].end <= range->start)
		++*at;
	for (size_t i = *at; i < map->count && map->entries[i].start < range->end; i++) {
		const struct hwpoison_map_entry *entry = &map->entries[i];
		uint64_t start = (entry->start + page - 1) & ~(uint64_t)(page - 1);
		uint64_t end = entry->end & ~(uint64_t)(page - 1);

		start = start > range->start ? start : range->start;
		end = end < range->end ? end : range->end;
		if (entry->type == HWPOISON_RAM && start < end &&
		    hwpoison_frames_add(&plan->kho.kept, start, end, range->sources, page))
			return HWPOISON_ENOMEM;
	}
	return 0;
}

/* How much of a set lies in another. */
static uint64_t bytes_within(const struct hwpoison_frames *set, const struct hwpoison_frames *other)
{
	const struct hwpoison_frame_range *last = other->ranges + other->count;
	uint64_t bytes = 0;

	for (size_t i = 0; i < set->count; i++) {
		uint64_t start = set->ranges[i].start, end = set->ranges[i].end;
		const struct hwpoison_frame_range *range = hwpoison_frames_find(other, start, end);

		for (; range && range < last && range->start < end; range++)
			bytes += (range->end < end ? range->end : end) -
				 (range->start > start ? range->start : start);
	}
	return bytes;
}

/* Of the frames that the map was not told of, those that it has as RAM. */
static int kept_find(struct plan *plan, const struct hwpoison_frames *left)
{
	struct hwpoison_frames rounded = {0};
	size_t at = 0;
	int error = hwpoison_frames_round(left, plan->target.page_size, &rounded);

	for (size_t i = 0; i < rounded.count && !error; i++)
		error = kept_add(plan, &rounded.ranges[i], &at);
	if (!error)
		error = hwpoison_frames_unite(&plan->outcome.excluded, &rounded);
	plan->outcome.rounded_bytes += hwpoison_frames_bytes(&plan->kho.kept) -
				       bytes_within(left, &plan->kho.kept);
	hwpoison_frames_free(&rounded);
	return error ? out_of_memory() : 0;
}

/* Writes the tree of the told, and keeps the others. */
static int both_finish(struct plan *plan, const struct carrier_base *base, const struct runs *runs)
{
	struct hwpoison_frames told = {0}, left = {0};
	int error = 0;

	if (frames_of(plan, runs, true, &told) || frames_of(plan, runs, false, &left))
		error = out_of_memory();
	if (!error)
		error = carrier_tell(plan, base, &told);
	if (!error)
		error = kept_find(plan, &left);
	hwpoison_frames_free(&told);
	hwpoison_frames_free(&left);
	return error;
}

int kho_carrier_run(struct plan *plan, const struct carrier_base *base)
{
	struct runs runs = {0};
	struct hwpoison_map freed = {0};
	const struct carrier_base whole = {&freed, base->tree, base->tree_size};
	int error = inherited_free(plan, base->map, &freed) ? out_of_memory() : 0;

	if (!error)
		error = runs_find(plan, &freed, &runs);
	if (!error && plan->modes == MODE_KHO) {
		error = kho_alone(plan, &whole, &runs);
		if (!error)
			error = kept_find(plan, &plan->frames);
	} else if (!error) {
		error = runs_tell(plan, &whole, &runs);
		if (!error)
			error = both_finish(plan, &whole, &runs);
	}
	runs_free(&runs);
	hwpoison_map_free(&freed);
	return error;
}
