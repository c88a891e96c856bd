/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds areas of scratch memory in the holes of good memory. */
#include <stdlib.h>
#include <string.h>

#include "kexec/kho/scratch.h"
#include "kexec/kho/machine.h"

/* No piece is smaller: eight of 8 MiB each were seen to boot a kernel. */
#define PIECE_MIN (UINT64_C(8) << 20)

/* What is left of the holes, in aligned units. */
struct stock {
	struct hwpoison_range *ranges; /* sorted, aligned at both ends, not empty */
	size_t count;
	uint64_t align;
};

static bool align_inwards(struct hwpoison_range *range, uint64_t align)
{
	range->start = (range->start + align - 1) / align * align;
	range->end = range->end / align * align;
	return range->start < range->end;
}

static bool stock_make(const struct scratch_search *search, uint64_t align, struct stock *stock)
{
	/* Each area that is taken may split one in two. */
	*stock = (struct stock){
		.ranges = calloc(search->hole_count + KHO_SCRATCH_MAX + 1, sizeof(*stock->ranges)),
		.align = align,
	};
	for (size_t i = 0; i < search->hole_count && stock->ranges; i++) {
		struct hwpoison_range hole = search->holes[i];

		if (align_inwards(&hole, align))
			stock->ranges[stock->count++] = hole;
	}
	return stock->ranges;
}

/* Takes [start, end), which lies in the range of that number. */
static void stock_take(struct stock *stock, size_t index, uint64_t start, uint64_t end)
{
	struct hwpoison_range *range = &stock->ranges[index];
	struct hwpoison_range before = {range->start, start}, behind = {end, range->end};
	size_t left = (before.start < before.end) + (behind.start < behind.end);

	memmove(range + left, range + 1, (stock->count - index - 1) * sizeof(*range));
	stock->count += left - 1;
	if (before.start < before.end)
		*range++ = before;
	if (behind.start < behind.end)
		*range = behind;
}

/* The best place for size bytes so far, or the largest range that is there. */
struct candidate {
	bool found;
	size_t index;
	uint64_t start, end;
};

/* What of a range a part may have: goes through the memory of its node. *at is where to go on. */
static bool range_bound(const struct scratch_part *part, const struct scratch_search *search,
			const struct hwpoison_range *range, uint64_t align, size_t *at,
			struct hwpoison_range *bound)
{
	while (*at < (part->of_node ? search->node_count : 1)) {
		const struct memory_node *node = part->of_node ? &search->nodes[*at] : NULL;

		++*at;
		*bound = *range;
		if (part->max && bound->end > part->max)
			bound->end = part->max;
		if (node && node->id != part->node)
			continue;
		if (node && bound->start < node->range.start)
			bound->start = node->range.start;
		if (node && bound->end > node->range.end)
			bound->end = node->range.end;
		if (bound->start < bound->end && align_inwards(bound, align))
			return true;
	}
	return false;
}

/* The highest place; with prefer_below the highest that ends there or below, else the lowest. */
static bool is_better(const struct candidate *best, const struct hwpoison_range *place,
		      uint64_t prefer_below)
{
	bool below = place->end <= prefer_below, best_below = best->end <= prefer_below;

	if (!best->found)
		return true;
	if (!prefer_below)
		return place->start > best->start;
	if (below != best_below)
		return below;
	return below ? place->start > best->start : place->start < best->start;
}

/* Where size bytes would lie in a bound, for the order above. */
static struct hwpoison_range place_in(const struct hwpoison_range *bound, uint64_t size,
				      uint64_t align, uint64_t prefer_below)
{
	uint64_t end = bound->end;

	if (prefer_below && end > prefer_below) {
		end = prefer_below / align * align;
		if (end < bound->start + size)
			end = bound->start + size;
	}
	return (struct hwpoison_range){end - size, end};
}

static struct candidate whole_find(const struct stock *stock, const struct scratch_part *part,
				   const struct scratch_search *search)
{
	struct candidate best = {0};

	for (size_t i = 0; i < stock->count; i++) {
		struct hwpoison_range bound, place;

		for (size_t at = 0;
		     range_bound(part, search, &stock->ranges[i], stock->align, &at, &bound);) {
			if (bound.end - bound.start < part->size)
				continue;
			place = place_in(&bound, part->size, stock->align, search->prefer_below);
			if (is_better(&best, &place, search->prefer_below))
				best = (struct candidate){true, i, place.start, place.end};
		}
	}
	return best;
}

static struct candidate largest_find(const struct stock *stock, const struct scratch_part *part,
				     const struct scratch_search *search)
{
	struct candidate best = {0};

	for (size_t i = 0; i < stock->count; i++) {
		struct hwpoison_range bound;

		for (size_t at = 0;
		     range_bound(part, search, &stock->ranges[i], stock->align, &at, &bound);) {
			uint64_t size = bound.end - bound.start;

			if (size >= PIECE_MIN && size > best.end - best.start)
				best = (struct candidate){true, i, bound.start, bound.end};
		}
	}
	return best;
}

struct choice {
	struct stock stock;
	struct hwpoison_range *scratch;
	size_t count;
};

static void area_take(struct choice *choice, const struct candidate *place)
{
	stock_take(&choice->stock, place->index, place->start, place->end);
	choice->scratch[choice->count++] = (struct hwpoison_range){place->start, place->end};
}

/* Takes one part: whole, or the largest pieces, the first of which may be too small. Returns what is missing of it. */
static uint64_t part_take(struct choice *choice, const struct scratch_part *part,
			  const struct scratch_search *search)
{
	uint64_t missing = part->size;

	while (missing && choice->count < search->max_areas) {
		struct scratch_part rest = *part;
		struct candidate place;

		rest.size = missing > PIECE_MIN ? missing : PIECE_MIN;
		rest.size = (rest.size + choice->stock.align - 1) / choice->stock.align *
			    choice->stock.align;
		place = whole_find(&choice->stock, &rest, search);
		if (!place.found)
			place = largest_find(&choice->stock, part, search);
		if (!place.found || (missing == part->size && place.end - place.start < part->one))
			break;
		area_take(choice, &place);
		missing -= place.end - place.start < missing ? place.end - place.start : missing;
	}
	return missing;
}

static int compare(const void *a, const void *b)
{
	const struct hwpoison_range *left = a, *right = b;

	return (left->start > right->start) - (left->start < right->start);
}

bool scratch_choose(const struct scratch_need *need, const struct scratch_search *search,
		    struct hwpoison_range scratch[KHO_SCRATCH_MAX], size_t *count,
		    struct scratch_shortage *shortage)
{
	struct choice choice = {.scratch = scratch};
	uint64_t lacking = 0;
	bool fits = true;

	*shortage = (struct scratch_shortage){0};
	if (!stock_make(search, need->align, &choice.stock))
		return false;
	for (size_t i = 0; i < need->count && fits; i++) {
		struct scratch_part part = need->parts[i];
		uint64_t missing;

		if (!part.of_node && !part.max)
			part.size += lacking;
		missing = part_take(&choice, &part, search);
		if (missing && part.of_node) {
			lacking += missing;
		} else if (missing) {
			*shortage = (struct scratch_shortage){part, part.size - missing,
							      choice.count, false};
			shortage->full = choice.count == search->max_areas;
			fits = false;
		}
	}
	free(choice.stock.ranges);
	qsort(scratch, choice.count, sizeof(*scratch), compare);
	*count = fits ? choice.count : 0;
	return fits;
}

static bool in_holes(const struct scratch_search *search, const struct hwpoison_range *range)
{
	for (size_t i = 0; i < search->hole_count; i++) {
		if (search->holes[i].start <= range->start && range->end <= search->holes[i].end)
			return true;
	}
	return false;
}

const char *scratch_refused(const struct scratch_need *need, const struct scratch_search *search,
			    const struct hwpoison_range *scratch, size_t count)
{
	uint64_t total = 0, low = 0;

	if (!count)
		return "it has none";
	if (count > search->max_areas)
		return "it has too many areas";
	for (size_t i = 0; i < count; i++) {
		if (scratch[i].start % need->align || scratch[i].end % need->align)
			return "it is not aligned for the next kernel";
		if (!in_holes(search, &scratch[i]))
			return "bad memory, or what is in use otherwise, lies in it";
		total += scratch[i].end - scratch[i].start;
		if (scratch[i].end <= need->parts[0].max)
			low = scratch[i].end - scratch[i].start > low ?
				      scratch[i].end - scratch[i].start :
				      low;
	}
	if (total < need->least)
		return "it is too small for the next kernel";
	if (low < need->low_least)
		return "too little of it lies below 4 GiB in one piece";
	return NULL;
}
