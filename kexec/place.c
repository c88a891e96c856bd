/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Carves the holes out of the next kernel's RAM, finds them, and says why there is none. */
#include "kexec/place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kexec/arch.h"
#include "kexec/file.h"
#include "kexec/image.h"
#include "kexec/machine.h"
#include "kexec/options.h"
#include "kexec/place_cuts.h"

/* No initrd can be larger: its size would not fit its 32 bits in older boot protocols. */
#define INITRD_LIMIT ((size_t)UINT32_MAX)

static uint64_t round_up(uint64_t value, uint64_t page)
{
	return (value + page - 1) & ~(page - 1);
}

/* kexec_load(2) takes whole pages of the running kernel only (sanity_check_segment_list()). */
static uint64_t page_of(const struct plan *plan)
{
	return plan->machine->page_size > PLACE_PAGE ? plan->machine->page_size : PLACE_PAGE;
}

void placement_free(struct placement *placement)
{
	free(placement->holes);
	*placement = (struct placement){0};
}

/* [start, end) widens or begins the last hole; in rising order. */
static int hole_append(struct placement *placement, uint64_t start, uint64_t end)
{
	struct hwpoison_range *holes;

	if (start >= end)
		return 0;
	if (placement->count == placement->capacity) {
		size_t capacity = placement->capacity * 2 + 64;

		holes = realloc(placement->holes, capacity * sizeof(*holes));
		if (!holes)
			return -1;
		placement->holes = holes;
		placement->capacity = capacity;
	}
	placement->holes[placement->count++] = (struct hwpoison_range){start, end};
	return 0;
}

/* One stretch of RAM less the cuts; *at is the first cut that may reach into it. */
static int stretch_carve(struct placement *placement, const struct cuts *cuts, size_t *at,
			 uint64_t start, uint64_t end)
{
	/* A page that is RAM only in part is none. */
	start = round_up(start, PLACE_PAGE);
	end &= ~(PLACE_PAGE - 1);
	while (*at < cuts->count && cuts->ranges[*at].end <= start)
		++*at;
	for (size_t i = *at; start < end && i < cuts->count && cuts->ranges[i].start < end; i++) {
		if (hole_append(placement, start, cuts->ranges[i].start))
			return -1;
		if (cuts->ranges[i].end > start)
			start = cuts->ranges[i].end;
	}
	return hole_append(placement, start, end);
}

static int holes_carve(const struct plan *plan, unsigned int rules, struct placement *placement)
{
	const struct hwpoison_map *map = cuts_ram(plan, rules);
	struct cuts cuts = {0};
	size_t at = 0;
	int error = cuts_gather(plan, rules, &cuts);

	for (size_t i = 0; i < map->count && !error;) {
		uint64_t start = map->entries[i].start, end = map->entries[i].end;

		if (map->entries[i++].type != HWPOISON_RAM)
			continue;
		while (i < map->count && map->entries[i].start == end &&
		       map->entries[i].type == HWPOISON_RAM)
			end = map->entries[i++].end;
		error = stretch_carve(placement, &cuts, &at, start, end);
	}
	cuts_free(&cuts);
	return error;
}

int placement_carve(struct plan *plan, unsigned int rules, struct placement *placement)
{
	*placement = (struct placement){.plan = plan, .page = page_of(plan)};
	return holes_carve(plan, rules, placement) ? out_of_memory() : 0;
}

int placement_start(struct plan *plan, struct placement *placement)
{
	return placement_carve(plan, CUT_ALL, placement);
}

/* Where a request would go in a hole. */
static bool hole_fit(const struct hwpoison_range *hole, const struct hole_request *request,
		     uint64_t page, uint64_t *start)
{
	uint64_t size = round_up(request->size, page);
	uint64_t align = request->align > page ? request->align : page;
	uint64_t low = hole->start > request->min ? hole->start : request->min;
	uint64_t high = request->max && request->max < hole->end ? request->max : hole->end;
	uint64_t first, last;

	if (low >= high || size > high - low)
		return false;
	/* Multiples of align, moved by offset, from low to high - size. */
	first = low <= request->offset ?
			request->offset :
			((low - request->offset + align - 1) & ~(align - 1)) + request->offset;
	if (first > high - size)
		return false;
	last = ((high - size - request->offset) & ~(align - 1)) + request->offset;
	*start = request->lowest ? first : last;
	return true;
}

static bool hole_find(const struct placement *placement, const struct hole_request *request,
		      size_t *index, uint64_t *start)
{
	struct hole_request preferred = *request;

	if (request->prefer_below) {
		preferred.prefer_below = 0;
		preferred.lowest = false;
		if (!preferred.max || preferred.max > request->prefer_below)
			preferred.max = request->prefer_below;
		if (hole_find(placement, &preferred, index, start))
			return true;
	}
	for (size_t i = 0; i < placement->count; i++) {
		*index = request->lowest ? i : placement->count - 1 - i;
		if (hole_fit(&placement->holes[*index], request, placement->page, start))
			return true;
	}
	return false;
}

/* Whether a request would fit if some rules did not hold. */
static bool fits_without(const struct plan *plan, unsigned int rules,
			 const struct hole_request *request)
{
	struct placement freer = {.page = page_of(plan)};
	uint64_t start;
	size_t index;
	bool fits = holes_carve(plan, CUT_ALL & ~rules, &freer) == 0 &&
		    hole_find(&freer, request, &index, &start);

	placement_free(&freer);
	return fits;
}

static const char *obstacle_find(const struct plan *plan, const struct hole_request *request)
{
	struct hole_request freer = *request;

	freer.min = freer.max = 0;
	if (fits_without(plan, CUT_LIMITS, request))
		return "--mem-min and --mem-max leave too little: widen them";
	if (fits_without(plan, CUT_TOLD, request))
		return "the memory nodes of the device tree have too little, or it reserves what "
		       "they have";
	if (fits_without(plan, CUT_POISON, request))
		return "poisoned frames stand in the way: take a smaller initrd or kernel, or take "
		       "back frames that are good (--hwpoison-forget)";
	if (fits_without(plan, 0, &freer))
		return "there is room, but not where the boot protocol of this kernel bears it";
	if (fits_without(plan, CUT_IN_USE, request))
		return "memory that the running kernel holds for its crash kernel or firmware, or "
		       "does not use, stands in the way";
	if (fits_without(plan, CUT_ALL, &freer))
		return "poisoned frames, limits and reserved memory together stand in the way";
	return "the machine has too little memory";
}

static int no_room(const struct placement *placement, const struct hole_request *request)
{
	const struct plan *plan = placement->plan;
	struct hwpoison_range largest = {0, 0};
	char hole[96] = "no hole is left", bounds[96] = "";

	for (size_t i = 0; i < placement->count; i++) {
		const struct hwpoison_range *range = &placement->holes[i];

		if (range->end - range->start > largest.end - largest.start)
			largest = *range;
	}
	if (largest.end)
		snprintf(hole, sizeof(hole), "the largest hole is 0x%llx-0x%llx (%llu KiB)",
			 (unsigned long long)largest.start, (unsigned long long)largest.end - 1,
			 (unsigned long long)(largest.end - largest.start) / 1024);
	if (request->max)
		snprintf(bounds, sizeof(bounds), " in 0x%llx-0x%llx",
			 (unsigned long long)request->min, (unsigned long long)request->max - 1);
	return failure(EXIT_USAGE,
		       "no room for %s, which needs %llu KiB%s, aligned to %llu KiB: %s; %s "
		       "(%zu poisoned ranges)",
		       request->name,
		       (unsigned long long)round_up(request->size, placement->page) / 1024, bounds,
		       (unsigned long long)(request->align ? request->align : placement->page) /
			       1024,
		       hole, obstacle_find(plan, request), plan->frames.count);
}

/* A hole becomes what is left before and behind [start, end). */
static int hole_take(struct placement *placement, size_t index, uint64_t start, uint64_t end)
{
	struct hwpoison_range *hole = &placement->holes[index];
	struct hwpoison_range before = {hole->start, start}, behind = {end, hole->end};
	size_t left = (before.start < before.end) + (behind.start < behind.end);

	if (left == 2) {
		if (hole_append(placement, 0, 1)) /* room for one more; overwritten below */
			return -1;
		hole = &placement->holes[index];
		memmove(hole + 1, hole, (placement->count - index - 1) * sizeof(*hole));
		hole[0] = before;
		hole[1] = behind;
	} else if (left == 1) {
		*hole = before.start < before.end ? before : behind;
	} else {
		memmove(hole, hole + 1, (placement->count - index - 1) * sizeof(*hole));
		placement->count--;
	}
	return 0;
}

bool placement_find(const struct placement *placement, const struct hole_request *request,
		    uint64_t *start)
{
	size_t index;

	return hole_find(placement, request, &index, start);
}

int placement_take(struct placement *placement, const struct hole_request *request, uint64_t *start)
{
	size_t index;
	uint64_t found;

	if (!hole_find(placement, request, &index, &found))
		return no_room(placement, request);
	if (hole_take(placement, index, found, found + round_up(request->size, placement->page)))
		return out_of_memory();
	*start = found;
	return 0;
}

int placement_add(struct placement *placement, const struct hole_request *request,
		  const struct segment *segment, uint64_t *start)
{
	struct plan *plan = placement->plan;
	struct segment *added = &plan->segments[plan->segment_count];
	uint64_t found;
	int error;

	if (plan->segment_count == PLAN_SEGMENTS_MAX)
		return failure(EXIT_USAGE,
			       "cannot place %s: kexec_load(2) takes at most %d segments",
			       request->name, PLAN_SEGMENTS_MAX);
	error = placement_take(placement, request, &found);
	if (error)
		return error;
	*added = *segment;
	added->start = found;
	added->size = round_up(request->size, placement->page);
	plan->segment_count++;
	if (start)
		*start = found;
	return 0;
}

int initrd_find(struct plan *plan, const void **bytes, size_t *size)
{
	const struct options *options = plan->options;
	const struct image *image = plan->image;
	void *read;
	int error;

	*bytes = image->initrd;
	*size = image->initrd_size;
	if (!options->initrd)
		return 0;
	if (image->initrd)
		warn(&plan->warnings, "%s has an initrd of its own; --initrd=%s is taken instead",
		     image->path, options->initrd);
	error = file_read_at(AT_FDCWD, options->initrd, INITRD_LIMIT, &read, size);
	if (error)
		return failure(file_code(error), "cannot read initrd %s: %s", options->initrd,
			       error == -EFBIG ? "it is larger than 4 GiB" : strerror(-error));
	*bytes = plan_own(plan, read);
	if (!*bytes)
		return out_of_memory();
	if (!*size)
		*bytes = NULL;
	return 0;
}
