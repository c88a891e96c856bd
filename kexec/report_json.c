/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A plan as one JSON object: design of the machine-readable output in doc/formats.md. Addresses
 * are strings in hex, sizes are numbers of bytes.
 */
#include <string.h>

#include "kexec/arch.h"
#include "kexec/image.h"
#include "kexec/json.h"
#include "kexec/machine.h"
#include "kexec/options.h"
#include "kexec/report.h"

static json_t *number(uint64_t value)
{
	return json_integer((json_int_t)value);
}

/* NULL stands for no limit. */
static json_t *limit(size_t value)
{
	return value == HWPOISON_NO_LIMIT ? json_null() : number(value);
}

static json_t *sources(uint32_t bits)
{
	json_t *array = json_array();

	for (uint32_t bit = 1; bit && array; bit <<= 1) {
		if (bits & bit)
			array = json_item_add(array, json_string(hwpoison_source_name(
							     (enum hwpoison_source)bit)));
	}
	return array;
}

json_t *report_json_frames(const struct hwpoison_frames *frames)
{
	json_t *ranges = json_array();

	for (size_t i = 0; i < frames->count && ranges; i++) {
		const struct hwpoison_frame_range *frame = &frames->ranges[i];
		json_t *range = json_range(frame->start, frame->end);

		range = json_member_add(range, "page_size", number(frame->page_size));
		range = json_member_add(range, "sources", sources(frame->sources));
		ranges = json_item_add(ranges, range);
	}
	return json_pack("{sI so}", "bytes", (json_int_t)hwpoison_frames_bytes(frames), "ranges",
			 ranges);
}

static json_t *map_json(const struct hwpoison_map *map, bool typed)
{
	json_t *array = json_array();

	for (size_t i = 0; i < map->count && array; i++) {
		const struct hwpoison_map_entry *entry = &map->entries[i];
		const char *name = hwpoison_type_name(entry->type);
		json_t *object = json_range(entry->start, entry->end);

		if (typed)
			object = json_member_add(object, "type", json_string(name));
		/* Types that have no name are carried with their number. */
		if (typed && strcmp(name, "other") == 0)
			object = json_member_add(object, "e820_type", number(entry->type));
		array = json_item_add(array, object);
	}
	return array;
}

/* What e820 and dtb have alike. */
static json_t *map_carrier_json(const struct plan *plan, enum hwpoison_mode mode, const char *from)
{
	const struct hwpoison_outcome *outcome = &plan->outcome;

	return json_pack("{ss sI so ss sI so sI}", "mode", mode_name(mode), "entries",
			 (json_int_t)outcome->entries, "limit", limit(outcome->limit), "limit_from",
			 from, "given_up_bytes", (json_int_t)outcome->given_up_bytes, "given_up",
			 map_json(&outcome->given_up, false), "rounded_bytes",
			 (json_int_t)outcome->rounded_bytes);
}

static json_t *e820_json(const struct plan *plan)
{
	const struct target *target = &plan->target;
	json_t *carrier = map_carrier_json(plan, MODE_E820, target->entries_from);

	carrier = json_member_add(carrier, "ram_regions", number(plan->outcome.ram_regions));
	carrier = json_member_add(carrier, "ram_regions_limit", limit(target->max_ram_regions));
	return json_member_add(carrier, "ram_regions_limit_from",
			       json_string(target->regions_from));
}

static json_t *dtb_json(const struct plan *plan)
{
	static const char *const ways[] = {
		[HWPOISON_FDT_NODES] = "reserved-memory",
		[HWPOISON_FDT_RESERVE] = "reserve-block",
		[HWPOISON_FDT_EFI] = "efi-memory-map",
	};
	json_t *carrier = map_carrier_json(plan, MODE_DTB, plan->target.ranges_from);

	carrier = json_member_add(carrier, "way", json_string(ways[plan->fdt_way]));
	return json_member_add(carrier, "way_why", json_text(plan->fdt_way_why));
}

static json_t *scratch_json(const struct plan_kho *kho)
{
	json_t *array = json_array();

	for (size_t i = 0; i < kho->scratch_count && array; i++)
		array = json_item_add(array,
				      json_range(kho->scratch[i].start, kho->scratch[i].end));
	return array;
}

static json_t *kept_json(const struct hwpoison_frames *kept)
{
	json_t *array = json_array();

	for (size_t i = 0; i < kept->count && array; i++)
		array = json_item_add(array,
				      json_range(kept->ranges[i].start, kept->ranges[i].end));
	return array;
}

/* Nothing is given up for it: it keeps any number of ranges. */
static json_t *kho_json(const struct plan *plan)
{
	const struct plan_kho *kho = &plan->kho;
	const struct hwpoison_kho_layout *layout = &kho->layout;
	json_t *carrier,
		*abi = kho->abi ? json_string(hwpoison_kho_abi_name(kho->abi)) : json_null();

	carrier = json_pack("{ss sI so so ss sI sI so so ss* ss*}", "mode", mode_name(MODE_KHO),
			    "entries", (json_int_t)hwpoison_frames_runs(&kho->kept), "limit",
			    json_null(), "abi", abi, "abi_from", kho->abi_from, "given_up_bytes",
			    (json_int_t)0, "kept_bytes",
			    (json_int_t)hwpoison_frames_bytes(&kho->kept), "kept",
			    kept_json(&kho->kept), "scratch", scratch_json(kho), "scratch_from",
			    kho->scratch_from, "scratch_own_refused", kho->own_refused);
	if (plan->modes == MODE_KHO)
		carrier = json_member_add(carrier, "rounded_bytes",
					  number(plan->outcome.rounded_bytes));
	if (layout->fdt_size)
		carrier = json_member_add(carrier, "fdt",
					  json_range(layout->fdt, layout->fdt + layout->fdt_size));
	if (layout->scratch_size)
		carrier = json_member_add(carrier, "scratch_array",
					  json_range(layout->scratch,
						     layout->scratch + layout->scratch_size));
	return carrier;
}

/* One object for each, in the order in which they are asked: the map's own first. */
static json_t *carriers_json(const struct plan *plan)
{
	static const struct {
		enum hwpoison_mode mode;
		json_t *(*make)(const struct plan *plan);
	} carriers[] = {{MODE_E820, e820_json}, {MODE_DTB, dtb_json}, {MODE_KHO, kho_json}};
	json_t *array = json_array();

	for (size_t i = 0; i < sizeof(carriers) / sizeof(*carriers) && array; i++) {
		if (plan->modes & carriers[i].mode)
			array = json_item_add(array, carriers[i].make(plan));
	}
	return array;
}

/* The name stands in front of the range. */
static json_t *named_json(const char *name, uint64_t start, uint64_t end)
{
	json_t *object = json_member_add(json_object(), "name", json_string(name));

	object = json_member_add(object, "start", json_address(start));
	return json_member_add(object, "size", number(end - start));
}

static json_t *segments_json(const struct plan *plan)
{
	json_t *array = json_array();

	for (size_t i = 0; i < plan->segment_count && array; i++) {
		const struct segment *segment = &plan->segments[i];
		json_t *object = named_json(segment->name, segment->start,
					    segment->start + segment->size);

		object = json_member_add(object, "bytes", number(segment->bytes_size));
		array = json_item_add(array, object);
	}
	return array;
}

static json_t *areas_json(const struct plan *plan)
{
	json_t *array = json_array();

	for (size_t i = 0; i < plan->area_count && array; i++) {
		const struct working_area *area = &plan->areas[i];

		array = json_item_add(array, named_json(area->name, area->start, area->end));
	}
	return array;
}

static json_t *target_json(const struct plan *plan)
{
	const struct target *target = &plan->target;

	return json_pack("{so ss sI so}", "release", json_text(target->release), "release_from",
			 target->version_from, "page_size", (json_int_t)target->page_size, "config",
			 json_text(target->config_from));
}

static json_t *warnings_json(const struct warnings *warnings)
{
	json_t *array = json_array();

	for (size_t i = 0; i < warnings->count && array; i++)
		array = json_item_add(array, json_text(warnings->lines[i]));
	return array;
}

json_t *report_json(const struct plan *plan)
{
	const struct machine *machine = plan->machine;
	json_t *object;

	object = json_pack("{ss sI sb so so s{so so} so so so so}", "arch", machine->arch->name,
			   "page_size", (json_int_t)machine->page_size, "preserve_hwpoison",
			   plan->options->preserve, "hwpoison", report_json_frames(&plan->frames),
			   "carriers", carriers_json(plan), "memory_map", "before",
			   map_json(&plan->before, true), "after",
			   map_json(&plan->outcome.map, true), "segments", segments_json(plan),
			   "areas", areas_json(plan), "next_kernel", target_json(plan), "warnings",
			   warnings_json(&plan->warnings));
	if (plan->command_line)
		object = json_member_add(object, "command_line", json_text(plan->command_line));
	if (plan->entry)
		object = json_member_add(object, "entry", json_address(plan->entry));
	return object;
}

json_t *list_json(const struct machine *machine, const struct hwpoison_frames *frames)
{
	return json_pack("{ss sI so}", "arch", machine->arch->name, "page_size",
			 (json_int_t)machine->page_size, "hwpoison", report_json_frames(frames));
}
