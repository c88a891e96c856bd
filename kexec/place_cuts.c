/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Gathers what must not be touched, from the plan, the machine and the options. */
#include "kexec/place_cuts.h"

#include <stdlib.h>

#include "kexec/arch.h"
#include "kexec/machine.h"
#include "kexec/options.h"

void cuts_free(struct cuts *cuts)
{
	free(cuts->ranges);
	*cuts = (struct cuts){0};
}

/* Widened to whole pages. */
static int cut_add(struct cuts *cuts, uint64_t start, uint64_t end)
{
	struct hwpoison_range *ranges;

	start &= ~(PLACE_PAGE - 1);
	if (end > HWPOISON_ADDRESS_LIMIT)
		end = HWPOISON_ADDRESS_LIMIT;
	end = (end + PLACE_PAGE - 1) & ~(PLACE_PAGE - 1);
	if (start >= end)
		return 0;
	if (cuts->count == cuts->capacity) {
		size_t capacity = cuts->capacity * 2 + 64;

		ranges = realloc(cuts->ranges, capacity * sizeof(*ranges));
		if (!ranges)
			return -1;
		cuts->ranges = ranges;
		cuts->capacity = capacity;
	}
	cuts->ranges[cuts->count++] = (struct hwpoison_range){start, end};
	return 0;
}

/* The frames themselves, too: a carrier that leaves them RAM does not make them good. */
static int cut_poison(const struct plan *plan, struct cuts *cuts)
{
	const struct hwpoison_frames *sets[] = {&plan->frames, &plan->outcome.excluded,
						&plan->kho.kept};

	for (size_t set = 0; set < sizeof(sets) / sizeof(*sets); set++) {
		for (size_t i = 0; i < sets[set]->count; i++) {
			if (cut_add(cuts, sets[set]->ranges[i].start, sets[set]->ranges[i].end))
				return -1;
		}
	}
	return 0;
}

static int cut_limits(const struct options *options, struct cuts *cuts)
{
	if (cut_add(cuts, 0,
		    options->mem_min < HWPOISON_ADDRESS_LIMIT ? options->mem_min :
								HWPOISON_ADDRESS_LIMIT))
		return -1;
	/* Inclusive, as kexec-tools has it. */
	if (options->mem_max < HWPOISON_ADDRESS_LIMIT)
		return cut_add(cuts, options->mem_max + 1, HWPOISON_ADDRESS_LIMIT);
	return 0;
}

/* All but the RAM of a map; nothing when there is no map. */
static int cut_not_ram(const struct hwpoison_map *ram, struct cuts *cuts)
{
	uint64_t at = 0;

	for (size_t i = 0; i < ram->count; i++) {
		if (cut_add(cuts, at, ram->entries[i].start))
			return -1;
		at = ram->entries[i].end;
	}
	return ram->count ? cut_add(cuts, at, HWPOISON_ADDRESS_LIMIT) : 0;
}

/* All entries of a map, of whatever type. */
static int cut_entries(const struct hwpoison_map *map, struct cuts *cuts)
{
	for (size_t i = 0; i < map->count; i++) {
		if (cut_add(cuts, map->entries[i].start, map->entries[i].end))
			return -1;
	}
	return 0;
}

static int cut_in_use(const struct machine *machine, struct cuts *cuts)
{
	if (cut_entries(&machine->in_use, cuts))
		return -1;
	for (size_t i = 0; i < machine->iomem.count; i++) {
		const struct hwpoison_iomem_entry *entry = &machine->iomem.entries[i];

		/* A loaded crash kernel is write-protected, and on arm64 unmapped
		 * (arch_kexec_protect_crashkres()). */
		if (entry->kind == HWPOISON_IOMEM_CRASH_KERNEL &&
		    cut_add(cuts, entry->start, entry->end))
			return -1;
	}
	/* The running kernel may have been told (mem=, memmap=) that what is not its System RAM is
	 * not good to be used, and it is not mapped where the copying is done. */
	return cut_not_ram(&machine->ram, cuts);
}

static int cut_taken(const struct plan *plan, struct cuts *cuts)
{
	for (size_t i = 0; i < plan->segment_count; i++) {
		const struct segment *segment = &plan->segments[i];

		if (cut_add(cuts, segment->start, segment->start + segment->size))
			return -1;
	}
	for (size_t i = 0; i < plan->area_count; i++) {
		if (cut_add(cuts, plan->areas[i].start, plan->areas[i].end))
			return -1;
	}
	/* The next kernel writes there from its first allocation on. */
	for (size_t i = 0; i < plan->kho.scratch_count; i++) {
		if (cut_add(cuts, plan->kho.scratch[i].start, plan->kho.scratch[i].end))
			return -1;
	}
	return 0;
}

static int compare(const void *a, const void *b)
{
	const struct hwpoison_range *left = a, *right = b;

	return (left->start > right->start) - (left->start < right->start);
}

int cuts_gather(const struct plan *plan, unsigned int rules, struct cuts *cuts)
{
	*cuts = (struct cuts){0};
	if (cut_add(cuts, 0, plan->machine->arch->low_memory) || cut_taken(plan, cuts) ||
	    (rules & CUT_POISON && cut_poison(plan, cuts)) ||
	    (rules & CUT_LIMITS && cut_limits(plan->options, cuts)) ||
	    (rules & CUT_IN_USE && cut_in_use(plan->machine, cuts)) ||
	    (rules & CUT_TOLD &&
	     (cut_not_ram(&plan->tree_memory, cuts) || cut_not_ram(&plan->present, cuts) ||
	      cut_entries(&plan->tree_reserved, cuts))))
		return -1;
	qsort(cuts->ranges, cuts->count, sizeof(*cuts->ranges), compare);
	return 0;
}

const struct hwpoison_map *cuts_ram(const struct plan *plan, unsigned int rules)
{
	if (rules & CUT_POISON)
		return &plan->outcome.map;
	return plan->machine->bare.count ? &plan->machine->bare : &plan->before;
}
