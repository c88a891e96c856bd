/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Gathers what the rule of scratch memory counts with, and places what is handed over. */
#include "kexec/kho/place.h"

#include <inttypes.h>
#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>

#include "kexec/arch.h"
#include "kexec/bytes.h"
#include "kexec/image.h"
#include "kexec/kho/files.h"
#include "kexec/kho/scratch.h"
#include "kexec/machine.h"
#include "kexec/options.h"
#include "kexec/place_cuts.h"
#include "kexec/report.h"
#include "kexec/tree.h"

#define MIB(number) ((uint64_t)(number) << 20)
#define FOUR_GIB (UINT64_C(1) << 32)
/* 16 MiB at most. */
#define CRASH_ALIGN MIB(16)
#define AREAS_SPARE 3
#define KEPT_MANY 50000

static bool wanted(const struct plan *plan)
{
	return plan->modes & MODE_KHO;
}

/* What the next kernel sets aside for drivers before it has read the tree: nodes under
 * /reserved-memory with a size and no place (__reserved_mem_alloc_size() in
 * drivers/of/of_reserved_mem.c). */
static uint64_t reserved_bytes(const void *fdt)
{
	int parent = fdt ? fdt_path_offset(fdt, "/reserved-memory") : -1, node;
	uint64_t bytes = 0;

	if (parent < 0)
		return 0;
	fdt_for_each_subnode(node, fdt, parent)
	{
		int length;
		const void *size = fdt_getprop(fdt, node, "size", &length);

		if (!size || fdt_getprop(fdt, node, "reg", NULL))
			continue;
		if (length == 4)
			bytes += fdt32_ld(size);
		else if (length == 8 && fdt64_ld(size) < HWPOISON_ADDRESS_LIMIT)
			bytes += fdt64_ld(size);
	}
	return bytes;
}

static void facts_gather(const struct plan *plan, size_t initrd, struct scratch_facts *facts)
{
	const struct machine *machine = plan->machine;
	const struct target *target = &plan->target;

	*facts = (struct scratch_facts){
		.map = &plan->outcome.map,
		.nodes = machine->nodes,
		.node_count = machine->node_count,
		.page_size = target->page_size,
		.max_order = target->max_order,
		.cpus = machine->cpus,
		.kasan = target->kasan == CONFIG_YES,
		.low_end = tree_low_end(plan->base_dtb, plan->base_dtb_size),
		.moves = machine->arch->moves,
		.kernel = plan->image->memory_size,
		.initrd = initrd,
		.kept = plan->kho.kept.count,
		.cma = MIB(target->cma_mib) + reserved_bytes(plan->base_dtb),
		.told = plan->options->kho_scratch,
	};
	crash_size_parse(plan->command_line, hwpoison_map_bytes(facts->map, HWPOISON_RAM),
			 machine->arch->crash_low, &facts->crash_low, &facts->crash_any);
}

/*
 * Memblock has two regions more of memory for each area (memblock_mark_kho_scratch() in mm/memblock.c).
 * A kernel that hangs with more than some has a few to spare beyond the limit; one whose first array is
 * full panics.
 */
static size_t areas_allowed(const struct plan *plan)
{
	const struct target *target = &plan->target;
	size_t areas = KHO_SCRATCH_MAX, regions, allowed;

	if (target->max_ram_regions != HWPOISON_NO_LIMIT) {
		regions = hwpoison_map_entries(&plan->outcome.map, HWPOISON_RAM);
		allowed = regions < target->max_ram_regions ?
				  (target->max_ram_regions - regions) / 2 :
				  0;
		allowed = allowed > AREAS_SPARE ? allowed : AREAS_SPARE;
		areas = allowed < areas ? allowed : areas;
	}
	if (target->first_regions) {
		/* Entries of the reserve block leave memory as it is. */
		regions = plan->modes & MODE_DTB && plan->fdt_way != HWPOISON_FDT_RESERVE ?
				  2 * plan->outcome.entries :
				  0;
		allowed = regions < target->free_regions ? (target->free_regions - regions) / 2 : 0;
		areas = allowed < areas ? allowed : areas;
	}
	return areas;
}

static struct scratch_search search_in(const struct placement *placement, uint64_t prefer_below)
{
	const struct machine *machine = placement->plan->machine;

	return (struct scratch_search){
		.holes = placement->holes,
		.hole_count = placement->count,
		.nodes = machine->nodes,
		.node_count = machine->node_count,
		.prefer_below = prefer_below,
		.max_areas = areas_allowed(placement->plan),
	};
}

/* The same placement, with what the plan has taken meanwhile carved out. */
static int placement_again(struct placement *placement)
{
	struct plan *plan = placement->plan;

	placement_free(placement);
	return placement_start(plan, placement);
}

static uint64_t largest_area(const struct plan *plan, uint64_t below)
{
	uint64_t largest = 0;

	for (size_t i = 0; i < plan->kho.scratch_count; i++) {
		const struct hwpoison_range *area = &plan->kho.scratch[i];
		uint64_t end = area->end < below ? area->end : below;

		if (area->start < end && end - area->start > largest)
			largest = end - area->start;
	}
	return largest;
}

/* What will not work later, though the next kernel boots. */
static void areas_warn(struct plan *plan, const struct scratch_facts *facts,
		       const struct scratch_need *need)
{
	uint64_t largest = largest_area(plan, HWPOISON_ADDRESS_LIMIT);
	char size[SIZE_TEXT], other[SIZE_TEXT];

	if (need->total < need->least)
		warn(&plan->warnings,
		     "--kho-scratch: %s are less than the %s that the rule comes to before it is "
		     "doubled; the next kernel may die without a word",
		     size_text(need->total, size), size_text(need->least, other));
	if ((facts->crash_low && largest_area(plan, FOUR_GIB) < facts->crash_low + CRASH_ALIGN &&
	     largest < facts->crash_low + CRASH_ALIGN) ||
	    (facts->crash_any && largest < facts->crash_any + CRASH_ALIGN))
		warn(&plan->warnings,
		     "no area of KHO's scratch memory is large enough for crashkernel= (the largest "
		     "has %s): the next kernel gets no crash kernel's memory",
		     size_text(largest, size));
	if (largest < facts->kernel || largest < facts->initrd)
		warn(&plan->warnings,
		     "no area of KHO's scratch memory is as large as the kernel and its initrd (the "
		     "largest has %s): a later kexec -s from the next kernel finds no room",
		     size_text(largest, size));
}

/*
 * What the running kernel holds of its own scratch memory are its first allocations, which the next
 * kernel may overwrite; all that lasts lies elsewhere. --mem-max and the like are about what is loaded.
 */
int kho_own_scratch_take(struct placement *placement, size_t initrd)
{
	struct plan *plan = placement->plan;
	const struct machine *machine = plan->machine;
	struct placement good;
	struct scratch_search search;
	struct scratch_facts facts;
	struct scratch_need need;
	int error;

	if (!wanted(plan) || !machine->kho_scratch_count || plan->options->kho_scratch)
		return 0;
	error = placement_carve(plan, CUT_POISON | CUT_TOLD, &good);
	if (error)
		return error;
	search = search_in(&good, 0);
	facts_gather(plan, initrd, &facts);
	scratch_need_find(&facts, &need);
	plan->kho.own_refused = scratch_refused(&need, &search, machine->kho_scratch,
						machine->kho_scratch_count);
	placement_free(&good);
	if (plan->kho.own_refused)
		return 0;
	for (size_t i = 0; i < machine->kho_scratch_count; i++)
		plan->kho.scratch[i] = machine->kho_scratch[i];
	plan->kho.scratch_count = machine->kho_scratch_count;
	plan->kho.scratch_from = "the running kernel's own";
	areas_warn(plan, &facts, &need);
	return placement_again(placement);
}

#define IN_THE_WAY 160

/* What makes the want larger, or the room smaller: ", and --mem-max allows no other memory". */
static void in_the_way(const struct plan *plan, const struct scratch_facts *facts,
		       char text[IN_THE_WAY])
{
	const struct options *options = plan->options;
	char crash[SIZE_TEXT];
	size_t used = 0;

	text[0] = 0;
	if (facts->crash_low || facts->crash_any)
		used = (size_t)snprintf(text, IN_THE_WAY, "; %s of it are for crashkernel=",
					size_text(facts->crash_low + facts->crash_any, crash));
	if (options->mem_min || options->mem_max < HWPOISON_ADDRESS_LIMIT)
		snprintf(text + used, IN_THE_WAY - used, "; %s to where it may lie",
			 !options->mem_min ? "--mem-max sets bounds" :
			 options->mem_max < HWPOISON_ADDRESS_LIMIT ?
					     "--mem-min and --mem-max set bounds" :
					     "--mem-min sets bounds");
}

static int no_room(const struct plan *plan, const struct scratch_facts *facts,
		   const struct scratch_need *need, const struct scratch_shortage *shortage)
{
	const struct scratch_part *part = &shortage->part;
	char size[SIZE_TEXT], found[SIZE_TEXT], total[SIZE_TEXT], least[SIZE_TEXT],
		align[SIZE_TEXT], below[SIZE_TEXT], one[SIZE_TEXT];
	char where[2 * SIZE_TEXT + 40] = "", ways[64], hindrances[IN_THE_WAY];
	const char *usual = mode_name(plan->machine->arch->auto_mode);

	if (!part->size)
		return out_of_memory();
	in_the_way(plan, facts, hindrances);
	/* KHO alone leaves the map room for all areas that there can be. */
	snprintf(ways, sizeof(ways), "%s%s alone",
		 shortage->full && shortage->areas < KHO_SCRATCH_MAX && plan->modes != MODE_KHO ?
			 "kho or " :
			 "",
		 usual);
	if (part->max)
		snprintf(where, sizeof(where), " below %s, %s in one piece,",
			 size_text(part->max, below), size_text(part->one, one));
	if (shortage->full)
		return failure(
			EXIT_USAGE,
			"no room for KHO's scratch memory: %s in all are wanted%s; the largest %zu "
			"holes between %zu bad ranges are too small, and the next kernel bears no "
			"more areas; it would die with too little, without a word: take "
			"%s, or, at your own risk, --kho-scratch=SIZE (the rule comes to %s before it "
			"is doubled)",
			size_text(need->total, total), hindrances, shortage->areas,
			plan->frames.count, ways, size_text(need->least, least));
	return failure(
		EXIT_USAGE,
		"no room for KHO's scratch memory: %s%s are wanted (of %s in all), and good "
		"memory has %s in holes of 8 MiB and more, aligned to %s (%zu bad ranges%s); the "
		"next kernel would die with too little, without a word: take %s, or, at your own "
		"risk, --kho-scratch=SIZE (the rule comes to %s before it is doubled)",
		size_text(part->size, size), where, size_text(need->total, total),
		size_text(shortage->found, found), size_text(need->align, align),
		plan->frames.count, hindrances, ways, size_text(need->least, least));
}

static int too_little(const struct scratch_need *need)
{
	char size[SIZE_TEXT], deadly[SIZE_TEXT], least[SIZE_TEXT];

	return failure(
		EXIT_USAGE,
		"--kho-scratch: with %s the next kernel would die without a word: its struct "
		"pages and first tables alone take %s, and the rule comes to %s before it is "
		"doubled",
		size_text(need->total, size), size_text(need->deadly, deadly),
		size_text(need->least, least));
}

int kho_scratch_place(struct placement *placement, size_t initrd, uint64_t prefer_below)
{
	struct plan *plan = placement->plan;
	struct scratch_search search = search_in(placement, prefer_below);
	struct scratch_shortage shortage;
	struct scratch_facts facts;
	struct scratch_need need;

	if (!wanted(plan) || plan->kho.scratch_count)
		return 0;
	facts_gather(plan, initrd, &facts);
	scratch_need_find(&facts, &need);
	if (facts.told && need.total < need.deadly)
		return too_little(&need);
	if (!scratch_choose(&need, &search, plan->kho.scratch, &plan->kho.scratch_count, &shortage))
		return no_room(plan, &facts, &need, &shortage);
	plan->kho.scratch_from = facts.told ? "--kho-scratch" : "chosen by rule";
	areas_warn(plan, &facts, &need);
	return placement_again(placement);
}

/*
 * The list is read back by the next kexec as one file (kho_file()). And memblock finds the place of each
 * kept range by going through all: 25,000 single frames were seen to take 8 s at the next start, on a
 * machine that takes 1.8 s without.
 */
static int list_check(struct plan *plan)
{
	size_t kept = hwpoison_frames_runs(&plan->kho.kept);

	if (plan->frames.count > KHO_LIST_MAX)
		return failure(EXIT_USAGE,
			       "cannot hand over by KHO: a list of %zu bad ranges is too long for a "
			       "later kexec to read it (%zu are not); take --hwpoison-mode=%s",
			       plan->frames.count, (size_t)KHO_LIST_MAX,
			       mode_name(plan->machine->arch->auto_mode));
	if (kept > KEPT_MANY)
		warn(&plan->warnings,
		     "KHO keeps %zu ranges: the next kernel takes long to start, with the square of "
		     "their number (25,000 took 6 s)",
		     kept);
	return 0;
}

int kho_segment_place(struct placement *placement, const struct hole_request *where)
{
	struct plan *plan = placement->plan;
	struct plan_kho *kho = &plan->kho;
	struct hwpoison_kho_options options = {
		.abi = kho->abi,
		.page_size = plan->target.page_size,
		.scratch = kho->scratch,
		.scratch_count = kho->scratch_count,
	};
	struct hole_request request = *where;
	struct segment segment = {.name = "kho", .hashed = true};
	uint64_t start;
	void *bytes;
	size_t size;
	int error;

	if (!wanted(plan))
		return 0;
	error = list_check(plan);
	if (error)
		return error;
	error = hwpoison_kho_size(&kho->kept, &plan->frames, &options, &size);
	if (error == HWPOISON_EARGUMENT)
		return failure(
			EXIT_USAGE,
			"cannot hand over by KHO: %s with pages of %u bytes cannot be written "
			"so that its kernels read it; leave kho out",
			hwpoison_kho_abi_name(kho->abi), options.page_size);
	if (error)
		return failure(EXIT_FAILED, "cannot hand over by KHO: %s",
			       hwpoison_strerror(error));
	bytes = plan_own(plan, malloc(size));
	if (!bytes)
		return out_of_memory();
	segment.bytes = bytes;
	segment.bytes_size = request.size = size;
	request.name = "what KHO hands over";
	if (request.align < plan->target.page_size)
		request.align = plan->target.page_size;
	error = placement_add(placement, &request, &segment, &start);
	if (error)
		return error;
	error = hwpoison_kho_write(&kho->kept, &plan->frames, &options, start, bytes, size,
				   &kho->layout);
	return error ? failure(EXIT_FAILED, "cannot hand over by KHO: %s",
			       hwpoison_strerror(error)) :
		       0;
}
