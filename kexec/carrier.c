/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs the library's carriers for a plan, and says why one refused and what can be done. */
#include "kexec/carrier.h"

#include <inttypes.h>
#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kexec/arch.h"
#include "kexec/kho/carrier.h"
#include "kexec/machine.h"
#include "kexec/options.h"
#include "kexec/report.h"

int carrier_choose(struct plan *plan)
{
	const struct arch *arch = plan->machine->arch;
	unsigned int modes = plan->options->modes;

	plan->modes = 0;
	if (!plan->options->preserve)
		return 0;
	if (modes == MODE_AUTO)
		modes = arch->auto_mode;
	for (unsigned int mode = MODE_E820; mode <= MODE_KHO; mode <<= 1) {
		if (modes & mode & ~arch->modes)
			return failure(EXIT_USAGE,
				       "--hwpoison-mode=%s: %s kernels are not told of memory that "
				       "way; auto takes %s",
				       mode_name(mode), arch->name, mode_name(arch->auto_mode));
	}
	plan->modes = modes;
	return 0;
}

#define LIMITS_TEXT 512

/* One limit that was broken: "12 ranges, where the next kernel bears 9 (why; option …)". */
static size_t limit_add(char *text, size_t used, size_t needed, size_t limit, const char *what,
			const char *why, const char *option)
{
	int length;

	if (needed <= limit || used >= LIMITS_TEXT)
		return used;
	length = snprintf(text + used, LIMITS_TEXT - used,
			  "%s%zu %s, where the next kernel bears %zu (%s; %s=N says otherwise)",
			  used ? ", and " : "", needed, what, limit, why, option);
	return length < 0 ? used : used + (size_t)length;
}

/* All limits that what is needed without giving anything up would break. */
static void limits_say(const struct plan *plan, char text[LIMITS_TEXT])
{
	const struct hwpoison_outcome *outcome = &plan->outcome;
	const struct target *target = &plan->target;
	size_t used = 0;

	text[0] = 0;
	if (plan->modes & MODE_DTB) {
		limit_add(text, 0, outcome->entries_needed, target->max_ranges,
			  "ranges in the device tree", target->ranges_from,
			  "--hwpoison-max-ranges");
		return;
	}
	used = limit_add(text, used, outcome->entries_needed, target->max_entries,
			 "entries of the memory map", target->entries_from,
			 "--hwpoison-max-entries");
	limit_add(text, used, outcome->ram_regions_needed, target->max_ram_regions,
		  "regions of RAM", target->regions_from, "--hwpoison-max-regions");
}

#define BAD_TEXT 96

/* "3 bad ranges (0x1000 to 0x7fff)", of which there may be none. */
static const char *bad_say(const struct plan *plan, char text[BAD_TEXT])
{
	const struct hwpoison_frames *frames = &plan->frames;
	size_t runs = hwpoison_frames_runs(frames);

	if (!runs)
		return "no bad range";
	snprintf(text, BAD_TEXT, "%zu bad %s (0x%" PRIx64 " to 0x%" PRIx64 ")", runs,
		 runs == 1 ? "range" : "ranges", frames->ranges[0].start,
		 frames->ranges[frames->count - 1].end - 1);
	return text;
}

static int nothing_fits(const struct plan *plan, const struct hwpoison_problem *problem)
{
	char limits[LIMITS_TEXT], bad[BAD_TEXT];

	limits_say(plan, limits);
	/* There are not too many of them: what tells of them is too large already. */
	if (!limits[0])
		return failure(EXIT_USAGE, "with %s the %s would be larger than Linux maps early%s",
			       bad_say(plan, bad), problem->what,
			       plan->fdt_way == HWPOISON_FDT_EFI ?
				       "; say --hwpoison-fdt-way=reserve" :
				       "");
	return failure(EXIT_USAGE,
		       "with %s there are %s: that does not fit, however much good memory is given "
		       "up",
		       bad_say(plan, bad), limits);
}

static int too_much_waste(const struct plan *plan)
{
	char limits[LIMITS_TEXT], bad[BAD_TEXT], needed[SIZE_TEXT], allowed[SIZE_TEXT];

	limits_say(plan, limits);
	return failure(EXIT_USAGE,
		       "with %s there are %s: to fit, %s of good "
		       "memory between them would have to be given up, and %s may be; allow it with "
		       "--hwpoison-max-waste=%" PRIu64,
		       bad_say(plan, bad), limits, size_text(plan->outcome.waste_needed, needed),
		       size_text(plan->options->max_waste, allowed), plan->outcome.waste_needed);
}

int carrier_failure(const struct plan *plan, int error, const struct hwpoison_problem *problem)
{
	switch (error) {
	case HWPOISON_ENOMEM:
		return out_of_memory();
	case HWPOISON_EFULL:
		return nothing_fits(plan, problem);
	case HWPOISON_EWASTE:
		return too_much_waste(plan);
	case HWPOISON_ENORAM:
		return failure(EXIT_USAGE,
			       "the bad frames leave no memory at all for the next kernel");
	case HWPOISON_EOVERLAP:
		return failure(
			EXIT_USAGE,
			"bad memory at 0x%" PRIx64 "-0x%" PRIx64 " lies in part in what the "
			"device tree reserves otherwise (%s), and Linux would ignore a second "
			"reservation: name a device tree without that region (--dtb), or take the "
			"frames back (--hwpoison-forget)",
			problem->start, problem->end - 1, problem->what);
	case HWPOISON_EFIRMWARE:
		return failure(EXIT_USAGE,
			       "bad memory at 0x%" PRIx64 "-0x%" PRIx64
			       " is not RAM in the EFI memory map (memory that was added later is "
			       "not): the next kernel cannot be told of it; take the memory out, or "
			       "take the frames back (--hwpoison-forget)",
			       problem->start, problem->end - 1);
	case HWPOISON_ECELLS:
		return failure(
			EXIT_USAGE,
			"the device tree's #address-cells or #size-cells (%s) cannot express bad "
			"memory at 0x%" PRIx64 "-0x%" PRIx64,
			problem->what, problem->start, problem->end ? problem->end - 1 : 0);
	case HWPOISON_EFDT:
		return failure(EXIT_USAGE, "the device tree is not good: %s%s%s",
			       fdt_strerror(problem->fdt_error), problem->what[0] ? ": " : "",
			       problem->what);
	default:
		return failure(EXIT_USAGE, "cannot plan: %s%s%s", hwpoison_strerror(error),
			       problem->what[0] ? ": " : "", problem->what);
	}
}

/* Beside KHO, some of the regions are left to areas of scratch memory. */
static size_t ranges_max(const struct plan *plan)
{
	const struct target *target = &plan->target;
	size_t room = plan->kho.region_room, ranges;

	if (!room || !target->first_regions || plan->fdt_way == HWPOISON_FDT_RESERVE)
		return target->max_ranges;
	ranges = room < target->free_regions ? (target->free_regions - room) / 2 : 0;
	return ranges < target->max_ranges ? ranges : target->max_ranges;
}

int carrier_try(const struct plan *plan, const struct carrier_base *base,
		const struct hwpoison_frames *frames, uint64_t max_waste,
		struct hwpoison_outcome *outcome, struct hwpoison_problem *problem)
{
	struct hwpoison_limits limits = {
		.max_entries = plan->target.max_entries,
		.max_ram_regions = plan->target.max_ram_regions,
		.max_waste = max_waste,
		.page_size = plan->target.page_size,
	};
	struct hwpoison_fdt_options options = {
		.way = plan->fdt_way,
		.max_ranges = ranges_max(plan),
		.max_waste = max_waste,
		.page_size = plan->target.page_size,
		.efi_map = plan->machine->efi_map,
		.reserved_early = &plan->reserved_early,
		.entries_late = plan->entries_late,
	};

	if (limits.max_ram_regions != HWPOISON_NO_LIMIT)
		limits.max_ram_regions -= plan->kho.region_room;
	if (plan->modes & MODE_E820)
		return hwpoison_e820_plan(base->map, frames, &limits, outcome);
	return hwpoison_fdt_plan(base->tree, base->tree_size, base->map, frames, &options, outcome,
				 problem);
}

int carrier_tell(struct plan *plan, const struct carrier_base *base,
		 const struct hwpoison_frames *frames)
{
	struct hwpoison_problem problem = {0};
	struct hwpoison_fdt_options options = {
		.way = plan->fdt_way,
		.max_ranges = ranges_max(plan),
		.max_waste = plan->options->max_waste,
		.page_size = plan->target.page_size,
		.efi_map = plan->machine->efi_map,
		.reserved_early = &plan->reserved_early,
		.entries_late = plan->entries_late,
	};
	int error;

	if (!(plan->modes & MODE_DTB))
		return 0;
	error = hwpoison_fdt_write(base->tree, base->tree_size, &plan->outcome, frames, &options,
				   &plan->next_dtb, &plan->next_dtb_size, &problem);
	return error ? carrier_failure(plan, error, &problem) : 0;
}

/* All frames by the map, or none. */
static int map_run(struct plan *plan, const struct carrier_base *base)
{
	struct hwpoison_problem problem = {0};
	int error = carrier_try(plan, base, &plan->frames, plan->options->max_waste, &plan->outcome,
				&problem);

	if (error)
		return carrier_failure(plan, error, &problem);
	return carrier_tell(plan, base, &plan->frames);
}

int carrier_copy(struct plan *plan, const struct hwpoison_map *map, const void *tree,
		 size_t tree_size)
{
	struct hwpoison_outcome *outcome = &plan->outcome;

	if (hwpoison_map_copy(map, &outcome->map))
		return out_of_memory();
	outcome->entries = outcome->map.count;
	outcome->limit = HWPOISON_NO_LIMIT;
	outcome->ram_regions = hwpoison_map_entries(&outcome->map, HWPOISON_RAM);
	if (!tree)
		return 0;
	plan->next_dtb = malloc(tree_size);
	if (!plan->next_dtb)
		return out_of_memory();
	memcpy(plan->next_dtb, tree, tree_size);
	plan->next_dtb_size = tree_size;
	return 0;
}

int carrier_run(struct plan *plan, const struct hwpoison_map *base, const void *tree,
		size_t tree_size)
{
	struct carrier_base from = {.map = base, .tree = tree, .tree_size = tree_size};

	/* Without the option the next kernel gets what it always got. */
	if (!plan->modes)
		return carrier_copy(plan, &plan->machine->memory, tree, tree_size);
	return plan->modes & MODE_KHO ? kho_carrier_run(plan, &from) : map_run(plan, &from);
}
