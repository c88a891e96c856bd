/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks of where things are put, on any architecture: promise 2, and kexec_load(2)'s own rules. */
#include "kexec/check.h"

#include <string.h>

#include "kexec/machine.h"
#include "kexec/options.h"

#define HEX "0x%llx-0x%llx"
#define RANGE(start, end) (unsigned long long)(start), (unsigned long long)(end)-1

/* A segment or an area. */
struct occupied {
	const char *name;
	uint64_t start, end;
	bool area;
};

#define OCCUPIED_MAX (PLAN_SEGMENTS_MAX + PLAN_AREAS_MAX)

static size_t occupied_list(const struct plan *plan, struct occupied list[OCCUPIED_MAX])
{
	size_t count = 0;

	for (size_t i = 0; i < plan->segment_count; i++) {
		const struct segment *segment = &plan->segments[i];

		list[count++] = (struct occupied){segment->name, segment->start,
						  segment->start + segment->size, false};
	}
	for (size_t i = 0; i < plan->area_count; i++) {
		const struct working_area *area = &plan->areas[i];

		list[count++] = (struct occupied){area->name, area->start, area->end, true};
	}
	return count;
}

/* sanity_check_segment_list() in kernel/kexec_core.c of Linux, as far as it is about one segment. */
static int check_segments(const struct plan *plan, char *reason, size_t size)
{
	uint64_t page = plan->machine->page_size ? plan->machine->page_size : 4096;

	if (plan->segment_count > PLAN_SEGMENTS_MAX || plan->area_count > PLAN_AREAS_MAX)
		return check_failed(reason, size, "there are %zu segments and %zu areas",
				    plan->segment_count, plan->area_count);
	if (plan->image && plan->machine->arch->place && !plan->options->file_syscall &&
	    !plan->segment_count)
		return check_failed(reason, size, "there is a kernel, but no segment");
	for (size_t i = 0; i < plan->segment_count; i++) {
		const struct segment *segment = &plan->segments[i];

		if (!segment->size || segment->start % page || segment->size % page)
			return check_failed(reason, size, "%s is not whole pages", segment->name);
		if (segment->start >= HWPOISON_ADDRESS_LIMIT ||
		    segment->size > HWPOISON_ADDRESS_LIMIT - segment->start)
			return check_failed(reason, size, "%s reaches past all memory",
					    segment->name);
		if (segment->bytes_size > segment->size)
			return check_failed(reason, size, "%s has more bytes than room",
					    segment->name);
		if (segment->bytes_size && !segment->bytes)
			return check_failed(reason, size, "%s has no bytes", segment->name);
	}
	for (size_t i = 0; i < plan->area_count; i++) {
		if (plan->areas[i].start >= plan->areas[i].end ||
		    plan->areas[i].end > HWPOISON_ADDRESS_LIMIT)
			return check_failed(reason, size, "area %s is no memory",
					    plan->areas[i].name);
	}
	return 0;
}

/* An area may lie over the segment whose name it has: it is what that segment works in. */
static int check_disjoint(const struct plan *plan, char *reason, size_t size)
{
	struct occupied list[OCCUPIED_MAX];
	size_t count = occupied_list(plan, list);

	for (size_t i = 0; i < count; i++) {
		for (size_t j = i + 1; j < count; j++) {
			bool same = list[i].area != list[j].area &&
				    strcmp(list[i].name, list[j].name) == 0;

			if (!same && list[i].start < list[j].end && list[j].start < list[i].end)
				return check_failed(reason, size, "%s " HEX " overlaps %s " HEX,
						    list[i].name, RANGE(list[i].start, list[i].end),
						    list[j].name,
						    RANGE(list[j].start, list[j].end));
		}
	}
	return 0;
}

static int check_in_ram(const struct plan *plan, char *reason, size_t size)
{
	struct occupied list[OCCUPIED_MAX];
	size_t count = occupied_list(plan, list);

	for (size_t i = 0; i < count; i++) {
		if (!map_covers(&plan->outcome.map, list[i].start, list[i].end))
			return check_failed(reason, size,
					    "%s " HEX " is not RAM of the next kernel",
					    list[i].name, RANGE(list[i].start, list[i].end));
	}
	return 0;
}

/* Promise 2. What was given up is left alone as well: it is no RAM. */
static int check_never_touched(const struct plan *plan, char *reason, size_t size)
{
	struct occupied list[OCCUPIED_MAX];
	struct hwpoison_range poisoned;
	size_t count = occupied_list(plan, list);

	for (size_t i = 0; i < count; i++) {
		if (plan_poisoned(plan, list[i].start, list[i].end, &poisoned))
			return check_failed(reason, size, "%s " HEX " lies on poisoned " HEX,
					    list[i].name, RANGE(list[i].start, list[i].end),
					    RANGE(poisoned.start, poisoned.end));
	}
	return 0;
}

/* The running kernel goes on using its own memory until the last moment. */
static int check_not_in_use(const struct plan *plan, char *reason, size_t size)
{
	const struct machine *machine = plan->machine;

	for (size_t i = 0; i < plan->segment_count; i++) {
		const struct segment *segment = &plan->segments[i];
		uint64_t start = segment->start, end = start + segment->size;

		if (machine->ram.count && !map_covers(&machine->ram, start, end))
			return check_failed(reason, size,
					    "%s " HEX " is not RAM of the running kernel",
					    segment->name, RANGE(start, end));
		for (size_t j = 0; j < machine->in_use.count; j++) {
			if (machine->in_use.entries[j].start < end &&
			    start < machine->in_use.entries[j].end)
				return check_failed(reason, size,
						    "%s " HEX " is held by the running kernel",
						    segment->name, RANGE(start, end));
		}
		for (size_t j = 0; j < machine->iomem.count; j++) {
			const struct hwpoison_iomem_entry *entry = &machine->iomem.entries[j];

			if (entry->kind == HWPOISON_IOMEM_CRASH_KERNEL && entry->start < end &&
			    start < entry->end)
				return check_failed(reason, size,
						    "%s " HEX " lies on the crash kernel's memory",
						    segment->name, RANGE(start, end));
		}
	}
	return 0;
}

static int check_user_limits(const struct plan *plan, char *reason, size_t size)
{
	for (size_t i = 0; i < plan->segment_count; i++) {
		const struct segment *segment = &plan->segments[i];

		if (segment->start < plan->options->mem_min ||
		    segment->start + segment->size - 1 > plan->options->mem_max)
			return check_failed(reason, size,
					    "%s " HEX " is not between --mem-min and --mem-max",
					    segment->name,
					    RANGE(segment->start, segment->start + segment->size));
	}
	return 0;
}

static int check_entry(const struct plan *plan, char *reason, size_t size)
{
	if (plan->segment_count && !plan_memory(plan, plan->entry, 4))
		return check_failed(reason, size, "0x%llx lies in no segment",
				    (unsigned long long)plan->entry);
	return 0;
}

const struct plan_check segment_checks[] = {
	{"segments", check_segments, {NULL}},
	{"disjoint", check_disjoint, {"segments"}},
	{"in-ram", check_in_ram, {"segments", "map"}},
	{"never-touched", check_never_touched, {"segments", "frames"}},
	{"not-in-use", check_not_in_use, {"segments"}},
	{"user-limits", check_user_limits, {"segments"}},
	{"entry", check_entry, {"segments"}},
	{NULL, NULL, {NULL}},
};
