/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A plan as one JSON object: design of the machine-readable output in doc/formats.md. Addresses
 * are strings in hex, sizes are numbers of bytes.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "kexec/arch.h"
#include "kexec/image.h"
#include "kexec/machine.h"
#include "kexec/options.h"
#include "kexec/report.h"

#define ADDRESS_TEXT 19

static json_t *address(uint64_t value)
{
	char text[ADDRESS_TEXT];

	snprintf(text, sizeof(text), "0x%" PRIx64, value);
	return json_string(text);
}

/* Adds to an array, and says whether that worked; takes the reference in any case. */
static bool append(json_t *array, json_t *value)
{
	return json_array_append_new(array, value) == 0;
}

/* NULL stands for no limit. */
static json_t *limit(size_t value)
{
	return value == HWPOISON_NO_LIMIT ? json_null() : json_integer((json_int_t)value);
}

static json_t *sources(uint32_t bits)
{
	json_t *array = json_array();

	for (uint32_t bit = 1; bit && array; bit <<= 1) {
		if (bits & bit)
			append(array, json_string(hwpoison_source_name((enum hwpoison_source)bit)));
	}
	return array;
}

json_t *report_json_frames(const struct hwpoison_frames *frames)
{
	json_t *ranges = json_array();

	for (size_t i = 0; i < frames->count && ranges; i++) {
		const struct hwpoison_frame_range *range = &frames->ranges[i];

		if (append(ranges, json_pack("{so sI sI so}", "start", address(range->start),
					     "size", (json_int_t)(range->end - range->start),
					     "page_size", (json_int_t)range->page_size, "sources",
					     sources(range->sources))))
			continue;
		json_decref(ranges);
		ranges = NULL;
	}
	return json_pack("{sI so}", "bytes", (json_int_t)hwpoison_frames_bytes(frames), "ranges",
			 ranges);
}

static json_t *map_json(const struct hwpoison_map *map, bool typed)
{
	json_t *array = json_array();

	for (size_t i = 0; i < map->count && array; i++) {
		const struct hwpoison_map_entry *entry = &map->entries[i];
		json_t *object = json_pack("{so sI}", "start", address(entry->start), "size",
					   (json_int_t)(entry->end - entry->start));

		if (object && typed) {
			const char *name = hwpoison_type_name(entry->type);

			json_object_set_new(object, "type", json_string(name));
			/* Types that have no name are carried with their number. */
			if (strcmp(name, "other") == 0)
				json_object_set_new(object, "e820_type", json_integer(entry->type));
		}
		if (append(array, object))
			continue;
		json_decref(array);
		array = NULL;
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
	json_t *carrier = map_carrier_json(plan, MODE_E820, plan->target.entries_from);

	if (!carrier)
		return NULL;
	json_object_set_new(carrier, "ram_regions",
			    json_integer((json_int_t)plan->outcome.ram_regions));
	json_object_set_new(carrier, "ram_regions_limit", limit(plan->target.max_ram_regions));
	json_object_set_new(carrier, "ram_regions_limit_from",
			    json_string(plan->target.regions_from));
	return carrier;
}

static json_t *dtb_json(const struct plan *plan)
{
	static const char *const ways[] = {
		[HWPOISON_FDT_NODES] = "reserved-memory",
		[HWPOISON_FDT_RESERVE] = "reserve-block",
		[HWPOISON_FDT_EFI] = "efi-memory-map",
	};
	json_t *carrier = map_carrier_json(plan, MODE_DTB, plan->target.ranges_from);

	if (!carrier)
		return NULL;
	json_object_set_new(carrier, "way", json_string(ways[plan->fdt_way]));
	json_object_set_new(carrier, "way_why", json_string(plan->fdt_way_why));
	return carrier;
}

static json_t *ranges_json(const struct hwpoison_range *ranges, size_t count)
{
	json_t *array = json_array();

	for (size_t i = 0; i < count && array; i++)
		append(array, json_pack("{so sI}", "start", address(ranges[i].start), "size",
					(json_int_t)(ranges[i].end - ranges[i].start)));
	return array;
}

static json_t *kept_json(const struct hwpoison_frames *kept)
{
	json_t *array = json_array();

	for (size_t i = 0; i < kept->count && array; i++)
		append(array, json_pack("{so sI}", "start", address(kept->ranges[i].start), "size",
					(json_int_t)(kept->ranges[i].end - kept->ranges[i].start)));
	return array;
}

static json_t *kho_json(const struct plan *plan)
{
	const struct plan_kho *kho = &plan->kho;
	const struct hwpoison_kho_layout *layout = &kho->layout;
	json_t *carrier,
		*abi = kho->abi ? json_string(hwpoison_kho_abi_name(kho->abi)) : json_null();

	carrier = json_pack("{ss sI so so ss sI so so ss* ss*}", "mode", mode_name(MODE_KHO),
			    "entries", (json_int_t)hwpoison_frames_runs(&kho->kept), "limit",
			    json_null(), "abi", abi, "abi_from", kho->abi_from, "kept_bytes",
			    (json_int_t)hwpoison_frames_bytes(&kho->kept), "kept",
			    kept_json(&kho->kept), "scratch",
			    ranges_json(kho->scratch, kho->scratch_count), "scratch_from",
			    kho->scratch_from, "scratch_own_refused", kho->own_refused);
	if (carrier && plan->modes == MODE_KHO)
		json_object_set_new(carrier, "rounded_bytes",
				    json_integer((json_int_t)plan->outcome.rounded_bytes));
	if (carrier && layout->fdt_size)
		json_object_set_new(carrier, "fdt",
				    json_pack("{so sI}", "start", address(layout->fdt), "size",
					      (json_int_t)layout->fdt_size));
	if (carrier && layout->scratch_size)
		json_object_set_new(carrier, "scratch_array",
				    json_pack("{so sI}", "start", address(layout->scratch), "size",
					      (json_int_t)layout->scratch_size));
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
			append(array, carriers[i].make(plan));
	}
	return array;
}

static json_t *segments_json(const struct plan *plan)
{
	json_t *array = json_array();

	for (size_t i = 0; i < plan->segment_count && array; i++) {
		const struct segment *segment = &plan->segments[i];

		append(array, json_pack("{ss so sI sI}", "name", segment->name, "start",
					address(segment->start), "size", (json_int_t)segment->size,
					"bytes", (json_int_t)segment->bytes_size));
	}
	return array;
}

static json_t *areas_json(const struct plan *plan)
{
	json_t *array = json_array();

	for (size_t i = 0; i < plan->area_count && array; i++) {
		const struct working_area *area = &plan->areas[i];

		append(array,
		       json_pack("{ss so sI}", "name", area->name, "start", address(area->start),
				 "size", (json_int_t)(area->end - area->start)));
	}
	return array;
}

static json_t *target_json(const struct plan *plan)
{
	const struct target *target = &plan->target;

	return json_pack("{ss ss sI ss}", "release", target->release, "release_from",
			 target->version_from, "page_size", (json_int_t)target->page_size, "config",
			 target->config_from);
}

json_t *report_json(const struct plan *plan)
{
	const struct machine *machine = plan->machine;
	json_t *warnings = json_array(), *object;

	for (size_t i = 0; i < plan->warnings.count && warnings; i++) {
		const char *line = plan->warnings.lines[i];

		/* A name of a file in it may be no UTF-8. */
		if (!append(warnings, json_string(line)))
			append(warnings,
			       json_string("a warning that is not UTF-8: see the text form"));
	}
	object = json_pack("{ss sI sb so so s{so so} so so so so}", "arch", machine->arch->name,
			   "page_size", (json_int_t)machine->page_size, "preserve_hwpoison",
			   plan->options->preserve, "hwpoison", report_json_frames(&plan->frames),
			   "carriers", carriers_json(plan), "memory_map", "before",
			   map_json(&plan->before, true), "after",
			   map_json(&plan->outcome.map, true), "segments", segments_json(plan),
			   "areas", areas_json(plan), "next_kernel", target_json(plan), "warnings",
			   warnings);
	if (object && plan->command_line)
		json_object_set_new(object, "command_line", json_string(plan->command_line));
	if (object && plan->entry)
		json_object_set_new(object, "entry", address(plan->entry));
	return object;
}

json_t *list_json(const struct machine *machine, const struct hwpoison_frames *frames)
{
	return json_pack("{ss sI so}", "arch", machine->arch->name, "page_size",
			 (json_int_t)machine->page_size, "hwpoison", report_json_frames(frames));
}
