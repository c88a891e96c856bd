/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks of what the next kernel is told: every frame kept out, and nothing else changed. */
#include "kexec/check.h"
#include "kexec/kho/check.h"
#include "kexec/machine.h"
#include "kexec/options.h"

#define HEX "0x%llx-0x%llx"
#define RANGE(start, end) (unsigned long long)(start), (unsigned long long)(end)-1

static int check_frames(const struct plan *plan, char *reason, size_t size)
{
	uint64_t last = 0;

	for (size_t i = 0; i < plan->frames.count; i++) {
		const struct hwpoison_frame_range *frame = &plan->frames.ranges[i];

		if (frame->start >= frame->end || frame->end > HWPOISON_ADDRESS_LIMIT)
			return check_failed(reason, size, "range %zu is empty or no memory", i);
		if (frame->start % 4096 || frame->end % 4096)
			return check_failed(reason, size, HEX " is not whole pages",
					    RANGE(frame->start, frame->end));
		if (i && frame->start < last)
			return check_failed(reason, size, HEX " is out of order",
					    RANGE(frame->start, frame->end));
		last = frame->end;
	}
	return 0;
}

static int map_order(const struct hwpoison_map *map, const char *name, char *reason, size_t size)
{
	uint64_t last = 0;

	if (!map->count)
		return check_failed(reason, size, "the map %s is empty", name);
	for (size_t i = 0; i < map->count; i++) {
		const struct hwpoison_map_entry *entry = &map->entries[i];

		if (entry->start >= entry->end || entry->end > HWPOISON_ADDRESS_LIMIT)
			return check_failed(reason, size, "entry %zu of the map %s is no memory", i,
					    name);
		if (entry->start < last)
			return check_failed(reason, size,
					    HEX " of the map %s is out of order or overlaps",
					    RANGE(entry->start, entry->end), name);
		last = entry->end;
	}
	return 0;
}

/* What a plan starts from: without frames to tell, that is what the next kernel is told. */
static const struct hwpoison_map *map_reference(const struct plan *plan)
{
	const struct hwpoison_map *bare = &plan->machine->bare;

	return plan->modes && bare->count ? bare : &plan->before;
}

static int check_map(const struct plan *plan, char *reason, size_t size)
{
	if (map_order(map_reference(plan), "before", reason, size))
		return -1;
	return map_order(&plan->outcome.map, "after", reason, size);
}

/* Whether KHO keeps the pages of a frame that are nothing but RAM of an entry; Linux itself leaves
 * the others out (memblock rounds to whole pages: memblock_free_pages() and its callers). */
static bool kho_keeps_of(const struct plan *plan, const struct hwpoison_map_entry *entry,
			 const struct hwpoison_range *frame)
{
	uint64_t page = plan_page_size(plan);
	uint64_t start = (entry->start + page - 1) / page * page, end = entry->end / page * page;

	start = start > frame->start ? start : frame->start;
	end = end < frame->end ? end : frame->end;
	return plan->modes & MODE_KHO && (start >= end || kho_keeps(plan, start, end));
}

/* Promise 1. Frames that KHO keeps may stay RAM: "kho" sees to it that it does. */
static int check_kept_out(const struct plan *plan, char *reason, size_t size)
{
	const struct hwpoison_map *map = &plan->outcome.map;
	size_t at = 0;

	if (!plan->modes)
		return 0;
	for (size_t i = 0; i < plan->frames.count; i++) {
		struct hwpoison_range frame = frame_widen(&plan->frames.ranges[i],
							  plan_page_size(plan));

		while (at < map->count && map->entries[at].end <= frame.start)
			at++;
		for (size_t j = at; j < map->count && map->entries[j].start < frame.end; j++) {
			if (map->entries[j].type == HWPOISON_RAM &&
			    !kho_keeps_of(plan, &map->entries[j], &frame))
				return check_failed(reason, size,
						    "poisoned " HEX " is RAM in the map",
						    RANGE(frame.start, frame.end));
		}
	}
	return 0;
}

/* Promise 5. What a driver adds after the start cannot be told: RAM of this kernel that the map has not,
 * or has for a device, and memory that is there for such drivers. */
static int check_reachable(const struct plan *plan, char *reason, size_t size)
{
	for (size_t i = 0; plan->modes && i < plan->frames.count; i++) {
		const struct hwpoison_frame_range *frame = &plan->frames.ranges[i];
		uint64_t next;

		for (uint64_t at = frame->start; at < frame->end; at = next) {
			const struct hwpoison_map_entry *entry =
				hwpoison_map_find(map_reference(plan), at);
			bool early = entry &&
				     (entry->type == HWPOISON_RAM ||
				      entry->type == HWPOISON_UNUSABLE ||
				      entry->type == HWPOISON_RESERVED ||
				      entry->type == HWPOISON_ACPI || entry->type == HWPOISON_NVS);

			next = early ? entry->end : at - at % 4096 + 4096;
			if (!early && ((entry && entry->type == HWPOISON_SOFT_RESERVED) ||
				       hwpoison_map_find(&plan->machine->ram, at)))
				return check_failed(reason, size,
						    "0x%llx of the poisoned " HEX
						    " is added after the start",
						    (unsigned long long)at,
						    RANGE(frame->start, frame->end));
		}
	}
	return 0;
}

/* --- promise 3 ------------------------------------------------------------------------------ */

#define NOTHING 0 /* a hole between entries; no type has this number */

struct cursor {
	const struct hwpoison_map *map;
	size_t at;
};

/* The type at an address, and where it may change next; addresses only rise. */
static uint32_t type_at(struct cursor *cursor, uint64_t address, uint64_t *change)
{
	const struct hwpoison_map *map = cursor->map;

	while (cursor->at < map->count && map->entries[cursor->at].end <= address)
		cursor->at++;
	*change = HWPOISON_ADDRESS_LIMIT;
	if (cursor->at == map->count)
		return NOTHING;
	if (map->entries[cursor->at].start > address) {
		*change = map->entries[cursor->at].start;
		return NOTHING;
	}
	*change = map->entries[cursor->at].end;
	return map->entries[cursor->at].type;
}

struct excuses {
	const struct plan *plan;
	size_t frame, given;
};

/* How far from an address on the change is a frame's, or was given up; the address if it is not. */
static uint64_t excused_until(struct excuses *excuses, uint64_t address)
{
	const struct plan *plan = excuses->plan;
	const struct hwpoison_map *given = &plan->outcome.given_up;

	for (; excuses->frame < plan->frames.count; excuses->frame++) {
		struct hwpoison_range frame = frame_widen(&plan->frames.ranges[excuses->frame],
							  plan_page_size(plan));

		if (frame.start > address)
			break;
		if (frame.end > address)
			return frame.end;
	}
	for (; excuses->given < given->count; excuses->given++) {
		const struct hwpoison_map_entry *entry = &given->entries[excuses->given];

		if (entry->start > address)
			break;
		if (entry->end > address)
			return entry->end;
	}
	return address;
}

/* Memory that firmware holds is told as reserved; where a plan starts from it may stand as RAM. */
static bool in_use(const struct plan *plan, uint64_t address, uint64_t end)
{
	const struct hwpoison_map *held = &plan->machine->in_use;

	for (size_t i = 0; i < held->count; i++) {
		if (held->entries[i].start <= address && end <= held->entries[i].end)
			return true;
	}
	return false;
}

/* RAM that the running kernel does not use is nothing to it, or reserved; a tree or EFI may have it all the
 * same, and a bad frame in it is told, or left to others, or KHO keeps it. */
static bool unseen_told(const struct plan *plan, uint64_t address, uint64_t end, uint32_t is)
{
	const struct hwpoison_map_entry entry = {address, end, is};
	const struct hwpoison_range range = {address, end};

	return plan->next_dtb && (is == HWPOISON_UNUSABLE || is == HWPOISON_RESERVED ||
				  (is == HWPOISON_RAM && kho_keeps_of(plan, &entry, &range)));
}

static bool forgets(const struct plan *plan)
{
	return plan->options->forget_all || plan->options->forget_count;
}

/* How far from an address on, at most to next, a change is one that may be made. */
static uint64_t change_excused(struct excuses *excuses, uint64_t address, uint64_t next,
			       uint32_t was, uint32_t is)
{
	const struct plan *plan = excuses->plan;

	if (!plan->modes)
		return address;
	if (is == HWPOISON_RESERVED && was == HWPOISON_RAM && in_use(plan, address, next))
		return next;
	/* Frames that are taken back are RAM again; "kept-out" sees to the others. */
	if (is == HWPOISON_RAM && was == HWPOISON_UNUSABLE && forgets(plan))
		return next;
	/* What an earlier kernel was told is unusable may be RAM that KHO keeps. */
	if (is == HWPOISON_RAM && was == HWPOISON_UNUSABLE && plan->modes & MODE_KHO &&
	    kho_keeps(plan, address, next))
		return next;
	if ((was == NOTHING || was == HWPOISON_RESERVED) && unseen_told(plan, address, next, is))
		return excused_until(excuses, address);
	/* What somebody else keeps out in a device tree is not told again; arm64's own checks see to
	 * it that he does. */
	if ((is == HWPOISON_UNUSABLE || (is == HWPOISON_RESERVED && plan->modes & MODE_DTB)) &&
	    was == HWPOISON_RAM)
		return excused_until(excuses, address);
	return address;
}

static int check_nothing_else(const struct plan *plan, char *reason, size_t size)
{
	struct cursor before = {map_reference(plan), 0}, after = {&plan->outcome.map, 0};
	struct excuses excuses = {plan, 0, 0};
	uint64_t address = 0;

	while (address < HWPOISON_ADDRESS_LIMIT) {
		uint64_t change_before, change_after, next, excused;
		uint32_t was = type_at(&before, address, &change_before);
		uint32_t is = type_at(&after, address, &change_after);

		next = change_before < change_after ? change_before : change_after;
		if (was != is) {
			excused = change_excused(&excuses, address, next, was, is);
			if (excused == address)
				return check_failed(reason, size, HEX " was %s and becomes %s",
						    RANGE(address, next),
						    was ? hwpoison_type_name(was) : "nothing",
						    is ? hwpoison_type_name(is) : "nothing");
			next = excused < next ? excused : next;
		}
		address = next;
	}
	return 0;
}

/* What coalescing took is what it says, and within what is allowed. */
static int check_given_up(const struct plan *plan, char *reason, size_t size)
{
	const struct hwpoison_map *given = &plan->outcome.given_up;
	uint64_t sum = 0, last = 0;

	for (size_t i = 0; i < given->count; i++) {
		const struct hwpoison_map_entry *entry = &given->entries[i];

		if (entry->start < last || entry->start >= entry->end)
			return check_failed(reason, size, HEX " is out of order",
					    RANGE(entry->start, entry->end));
		/* What is taken back was unusable, and may be given up as soon. */
		if (!forgets(plan) && !map_covers(map_reference(plan), entry->start, entry->end))
			return check_failed(reason, size, HEX " was no RAM before",
					    RANGE(entry->start, entry->end));
		sum += entry->end - entry->start;
		last = entry->end;
	}
	if (sum != plan->outcome.given_up_bytes)
		return check_failed(reason, size, "%llu bytes are said, %llu are given up",
				    (unsigned long long)plan->outcome.given_up_bytes,
				    (unsigned long long)sum);
	if (sum > plan->options->max_waste)
		return check_failed(reason, size, "%llu bytes are more than may be given up",
				    (unsigned long long)sum);
	return 0;
}

static int check_limits(const struct plan *plan, char *reason, size_t size)
{
	const struct hwpoison_map *map = &plan->outcome.map;
	size_t ram = 0;

	if (!plan->modes)
		return 0;
	if (plan->outcome.entries > plan->outcome.limit)
		return check_failed(reason, size, "%zu entries of %zu are used",
				    plan->outcome.entries, plan->outcome.limit);
	/* On arm64 neither is limited. What an earlier kernel was told stays in the map with KHO alone. */
	for (size_t i = 0; i < map->count; i++)
		ram += map->entries[i].type == HWPOISON_RAM;
	if (map->count > plan->target.max_entries)
		return check_failed(reason, size, "the map has %zu entries, more than %zu",
				    map->count, plan->target.max_entries);
	if (ram > plan->target.max_ram_regions)
		return check_failed(reason, size, "the map has %zu RAM regions, more than %zu", ram,
				    plan->target.max_ram_regions);
	return 0;
}

const struct plan_check map_checks[] = {
	{"frames", check_frames, {NULL}},
	{"map", check_map, {NULL}},
	{"kept-out", check_kept_out, {"frames", "map"}},
	{"reachable", check_reachable, {"frames", "map"}},
	{"nothing-else", check_nothing_else, {"frames", "map"}},
	{"given-up", check_given_up, {"map"}},
	{"limits", check_limits, {"map"}},
	{NULL, NULL, {NULL}},
};
