/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Decides: makes a plan from a machine, frames and an image. Reads no state of the machine. */
#include "kexec/plan.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "kexec/arch.h"
#include "kexec/carrier.h"
#include "kexec/cmdline.h"
#include "kexec/image.h"
#include "kexec/kho/abi.h"
#include "kexec/kho/cmdline.h"
#include "kexec/machine.h"
#include "kexec/map_edit.h"
#include "kexec/options.h"
#include "kexec/report.h"
#include "kexec/target.h"

/* Bad frames in RAM that only the next kernel finds are RAM to the carrier, so that it tells them. */
static int unseen_apply(const struct plan *plan, struct hwpoison_map *base)
{
	struct hwpoison_frames rounded = {0};
	struct hwpoison_map pieces = {0};
	int error = hwpoison_frames_round(&plan->frames, plan->target.page_size, &rounded);

	for (size_t i = 0; i < plan->unseen.count && !error; i++) {
		const struct hwpoison_map_entry *entry = &plan->unseen.entries[i];

		for (size_t j = 0; j < rounded.count && !error; j++) {
			uint64_t start = rounded.ranges[j].start, end = rounded.ranges[j].end;

			start = start > entry->start ? start : entry->start;
			end = end < entry->end ? end : entry->end;
			if (start < end)
				error = hwpoison_map_add(&pieces, start, end, HWPOISON_RAM);
		}
	}
	if (!error)
		error = hwpoison_map_normalise(&pieces);
	for (size_t i = 0; i < pieces.count && !error; i++)
		error = hwpoison_map_add(base, pieces.entries[i].start, pieces.entries[i].end,
					 HWPOISON_RAM);
	if (!error)
		error = hwpoison_map_normalise(base);
	if (!error)
		error = map_retype(base, &pieces, HWPOISON_RESERVED, HWPOISON_RAM);
	hwpoison_frames_free(&rounded);
	hwpoison_map_free(&pieces);
	return error;
}

/* What the carrier starts from. On x86_64 a frame that is taken back is RAM again only when the
 * map says so; all that is still bad is kept out of it again. */
static int base_make(struct plan *plan, struct hwpoison_map *base)
{
	const struct options *options = plan->options;
	struct hwpoison_map unusable = {0};
	int error = hwpoison_map_copy(&plan->machine->bare, base);

	if (options->forget_all || options->forget_count) {
		for (size_t i = 0; i < base->count && !error; i++) {
			const struct hwpoison_map_entry *entry = &base->entries[i];

			if (entry->type == HWPOISON_UNUSABLE)
				error = hwpoison_map_add(&unusable, entry->start, entry->end,
							 HWPOISON_RAM);
		}
		if (!error)
			error = map_retype(base, &unusable, HWPOISON_UNUSABLE, HWPOISON_RAM);
		hwpoison_map_free(&unusable);
	}
	if (!error)
		error = unseen_apply(plan, base);
	return error ? out_of_memory() : 0;
}

/* What the machine has without any bad frame. */
static int own_count(const struct hwpoison_map *base, size_t *entries, size_t *regions)
{
	struct hwpoison_map whole = {0};
	int error = hwpoison_map_copy(base, &whole);

	for (size_t i = 0; i < whole.count && !error; i++) {
		if (whole.entries[i].type == HWPOISON_UNUSABLE)
			whole.entries[i].type = HWPOISON_RAM;
	}
	if (!error)
		error = hwpoison_map_normalise(&whole);
	*entries = whole.count;
	*regions = hwpoison_map_entries(&whole, HWPOISON_RAM);
	hwpoison_map_free(&whole);
	return error ? out_of_memory() : 0;
}

static void limit_lift(struct plan *plan, size_t own, const char *what, size_t *limit,
		       const char **from)
{
	warn(&plan->warnings,
	     "this machine has %zu %s without any bad frame, and the next kernel bears %zu (%s): "
	     "that limit is not kept",
	     own, what, *limit, *from);
	*limit = HWPOISON_NO_LIMIT;
	*from = "the machine itself has more";
}

/*
 * A limit of regions that the machine itself is past is none that bad frames could break, unless the
 * user named it. Where there is no bad frame, no limit stands against the map that the next kernel
 * would get without the option, too.
 */
static int limits_relax(struct plan *plan, const struct hwpoison_map *base)
{
	struct target *target = &plan->target;
	size_t entries, regions;
	int error = own_count(base, &entries, &regions);

	if (error)
		return error;
	if (!plan->frames.count && entries > target->max_entries)
		limit_lift(plan, entries, "entries of the memory map", &target->max_entries,
			   &target->entries_from);
	if ((!plan->frames.count && regions > target->max_ram_regions) ||
	    (!plan->options->max_regions && regions >= target->max_ram_regions))
		limit_lift(plan, regions, "regions of RAM", &target->max_ram_regions,
			   &target->regions_from);
	return 0;
}

/* What the memory map has of it is there from the start, and is told there or is none of ours. */
static bool type_is_early(uint32_t type)
{
	return type == HWPOISON_RAM || type == HWPOISON_UNUSABLE || type == HWPOISON_RESERVED ||
	       type == HWPOISON_ACPI || type == HWPOISON_NVS;
}

static int added_refuse(uint64_t start, uint64_t end, const struct hwpoison_map_entry *entry)
{
	return failure(
		EXIT_USAGE,
		"bad memory at 0x%" PRIx64 "-0x%" PRIx64
		" is what a driver makes RAM after the start (dax, virtio-mem: it is %s in the "
		"memory map), so that the next kernel cannot be told of it: keep the driver "
		"from it there (daxctl reconfigure-device --mode=devdax), or take the frames "
		"back, bad as they are (--hwpoison-forget=0x%" PRIx64 "-0x%" PRIx64 ")",
		start, end - 1, entry ? hwpoison_type_name(entry->type) : "nothing", start,
		end - 1);
}

static uint64_t lesser(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* Of frames, what is RAM now or may become so, and is not in the map as anything that can be told:
 * drivers/dax/kmem.c adds soft-reserved and persistent memory, drivers/virtio/virtio_mem.c its own. */
static int added_check(const struct plan *plan)
{
	const struct hwpoison_map *map = &plan->machine->bare, *ram = &plan->machine->ram;
	size_t in_map = 0, in_ram = 0;

	for (size_t i = 0; plan->modes && i < plan->frames.count; i++) {
		uint64_t at = plan->frames.ranges[i].start, end = plan->frames.ranges[i].end, next;

		for (; at < end; at = next) {
			const struct hwpoison_map_entry *entry = NULL;
			bool is_ram = false;

			while (in_map < map->count && map->entries[in_map].end <= at)
				in_map++;
			while (in_ram < ram->count && ram->entries[in_ram].end <= at)
				in_ram++;
			next = end;
			if (in_map < map->count) {
				entry = &map->entries[in_map];
				next = lesser(next, entry->start > at ? entry->start : entry->end);
				entry = entry->start > at ? NULL : entry;
			}
			if (in_ram < ram->count) {
				is_ram = ram->entries[in_ram].start <= at;
				next = lesser(next, is_ram ? ram->entries[in_ram].end :
							     ram->entries[in_ram].start);
			}
			if (entry ? !type_is_early(entry->type) &&
					    (is_ram || entry->type == HWPOISON_SOFT_RESERVED) :
				    is_ram)
				return added_refuse(at, next, entry);
		}
	}
	return 0;
}

/* Memory that the next kernel uses although it is not RAM: there is no way to keep it out. */
static void uses_warn(struct plan *plan)
{
	const struct hwpoison_frames *frames = &plan->frames;

	for (size_t i = 0; i < plan->before.count; i++) {
		const struct hwpoison_map_entry *entry = &plan->before.entries[i];
		const struct hwpoison_frame_range *range;

		if (entry->type == HWPOISON_RAM || entry->type == HWPOISON_RESERVED ||
		    entry->type == HWPOISON_UNUSABLE)
			continue;
		range = hwpoison_frames_find(frames, entry->start, entry->end);
		if (range)
			warn(&plan->warnings,
			     "the bad frame at 0x%" PRIx64 " lies in memory of type %s "
			     "(0x%" PRIx64 "-0x%" PRIx64
			     "), which stays as it is: only RAM is kept "
			     "from the next kernel",
			     range->start > entry->start ? range->start : entry->start,
			     hwpoison_type_name(entry->type), entry->start, entry->end - 1);
	}
}

static int command_line_check(const struct plan *plan)
{
	size_t limit = plan->image ? plan->image->command_line_max : 0;
	size_t length = plan->command_line ? strlen(plan->command_line) : 0;

	if (limit && length > limit)
		return failure(EXIT_USAGE,
			       "the command line has %zu bytes, and the next kernel takes "
			       "%zu",
			       length, limit);
	return 0;
}

static int plan_steps(struct plan *plan, struct hwpoison_map *base)
{
	const struct machine *machine = plan->machine;
	int error = carrier_choose(plan);

	if (!error)
		error = command_line_make(machine, plan->options, plan->image, &plan->command_line);
	if (!error && machine->arch->tree)
		error = machine->arch->tree(plan);
	if (!error)
		error = target_find(plan);
	if (!error && plan->modes & MODE_KHO)
		error = kho_abi_settle(plan);
	if (!error && plan->modes & MODE_KHO)
		error = kho_command_line(plan);
	if (!error)
		error = command_line_check(plan);
	if (!error && hwpoison_map_copy(&machine->memory, &plan->before))
		error = out_of_memory();
	if (!error)
		error = base_make(plan, base);
	if (!error)
		error = limits_relax(plan, base);
	if (!error)
		error = added_check(plan);
	if (!error)
		error = carrier_run(plan, base, plan->base_dtb, plan->base_dtb_size);
	if (!error)
		uses_warn(plan);
	return error;
}

int plan_make(const struct machine *machine, const struct options *options,
	      const struct image *image, struct hwpoison_frames *frames, struct plan *plan)
{
	struct hwpoison_map base = {0};
	struct warnings warnings = plan->warnings;
	int error;

	*plan = (struct plan){
		.machine = machine,
		.options = options,
		.image = image,
		.frames = *frames,
		.warnings = warnings,
	};
	*frames = (struct hwpoison_frames){0};
	error = plan_steps(plan, &base);
	hwpoison_map_free(&base);
	return error;
}

void plan_free(struct plan *plan)
{
	hwpoison_frames_free(&plan->frames);
	hwpoison_map_free(&plan->before);
	hwpoison_outcome_free(&plan->outcome);
	hwpoison_frames_free(&plan->kho.kept);
	hwpoison_map_free(&plan->tree_memory);
	hwpoison_map_free(&plan->tree_reserved);
	hwpoison_map_free(&plan->reserved_early);
	hwpoison_map_free(&plan->unseen);
	hwpoison_map_free(&plan->present);
	hwpoison_map_free(&plan->at_start);
	free(plan->source_dtb_from);
	free(plan->next_dtb);
	free(plan->command_line);
	warnings_free(&plan->warnings);
	for (size_t i = 0; i < plan->owned_count; i++)
		free(plan->owned[i]);
	*plan = (struct plan){0};
}

void *plan_own(struct plan *plan, void *bytes)
{
	if (!bytes || plan->owned_count == sizeof(plan->owned) / sizeof(*plan->owned)) {
		free(bytes);
		return NULL;
	}
	plan->owned[plan->owned_count++] = bytes;
	return bytes;
}
