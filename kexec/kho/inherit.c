/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Turns what earlier kernels were told is unusable into RAM that KHO keeps, and back. */
#include "kexec/kho/inherit.h"

#include "kexec/kho/keepable.h"
#include "kexec/machine.h"
#include "kexec/map_edit.h"

static bool all_bad(const struct hwpoison_frames *frames, uint64_t start, uint64_t end)
{
	const struct hwpoison_frame_range *range = hwpoison_frames_find(frames, start, end);
	const struct hwpoison_frame_range *last = frames->ranges + frames->count;

	for (; range && range < last && range->start <= start && start < end; range++)
		start = range->end;
	return start >= end;
}

static bool between_ram(const struct hwpoison_map *map, size_t i)
{
	const struct hwpoison_map_entry *entry = &map->entries[i];

	return i && i + 1 < map->count && entry[-1].type == HWPOISON_RAM &&
	       entry[-1].end == entry->start && entry[1].type == HWPOISON_RAM &&
	       entry[1].start == entry->end;
}

/* Makes unusable again what of the list KHO could not keep. */
static int unkeepable_undo(const struct plan *plan, const struct hwpoison_map *list,
			   struct hwpoison_map *freed)
{
	struct hwpoison_map back = {0};
	int error = 0;

	for (size_t i = 0; i < list->count && !error; i++) {
		const struct hwpoison_map_entry *entry = &list->entries[i];

		if (!kho_keepable(plan, freed, entry->start, entry->end))
			error = hwpoison_map_add(&back, entry->start, entry->end, HWPOISON_RAM);
	}
	if (!error && back.count)
		error = map_retype(freed, &back, HWPOISON_RAM, HWPOISON_UNUSABLE);
	hwpoison_map_free(&back);
	return error;
}

int inherited_free(const struct plan *plan, const struct hwpoison_map *map,
		   struct hwpoison_map *freed)
{
	struct hwpoison_map list = {0}, result = {0};
	int error = hwpoison_map_copy(map, &result);

	for (size_t i = 0; i < map->count && !error; i++) {
		const struct hwpoison_map_entry *entry = &map->entries[i];

		if (entry->type == HWPOISON_UNUSABLE && between_ram(map, i) &&
		    all_bad(&plan->frames, entry->start, entry->end))
			error = hwpoison_map_add(&list, entry->start, entry->end, HWPOISON_RAM);
	}
	if (!error && list.count)
		error = map_retype(&result, &list, HWPOISON_UNUSABLE, HWPOISON_RAM);
	if (!error)
		error = unkeepable_undo(plan, &list, &result);
	hwpoison_map_free(&list);
	if (error)
		hwpoison_map_free(&result);
	else
		*freed = result;
	return error;
}

int inherited_keep(const struct plan *plan, const struct hwpoison_map *freed,
		   struct hwpoison_map *kept)
{
	const struct hwpoison_map *before = &plan->machine->bare;
	const struct hwpoison_frames *frames = &plan->frames;
	struct hwpoison_frames again = {0};
	size_t at = 0;
	int error = 0;

	for (size_t i = 0; i < before->count && !error; i++) {
		const struct hwpoison_map_entry *entry = &before->entries[i];

		while (at < frames->count && frames->ranges[at].end <= entry->start)
			at++;
		for (size_t j = at;
		     j < frames->count && frames->ranges[j].start < entry->end && !error; j++) {
			const struct hwpoison_frame_range *frame = &frames->ranges[j];
			uint64_t start = frame->start > entry->start ? frame->start : entry->start;
			uint64_t end = frame->end < entry->end ? frame->end : entry->end;

			if (entry->type == HWPOISON_UNUSABLE)
				error = hwpoison_frames_add(&again, start, end,
							    HWPOISON_SOURCE_FIRMWARE_MAP, 4096);
		}
	}
	if (!error)
		error = hwpoison_map_poison(freed, &again, kept);
	hwpoison_frames_free(&again);
	return error;
}

bool inherited_is_borne(const struct plan *plan, const struct hwpoison_map *map, size_t room)
{
	const struct target *target = &plan->target;

	return map->count <= target->max_entries &&
	       (target->max_ram_regions == HWPOISON_NO_LIMIT ||
		hwpoison_map_entries(map, HWPOISON_RAM) + room <= target->max_ram_regions);
}
