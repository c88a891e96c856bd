/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Makes purgatory's poison table of a plan's frames. */
#include "kexec/poison_table.h"

#include "kexec/arch.h"
#include "kexec/machine.h"
#include "purgatory/purgatory.h"

#define FRAME UINT64_C(4096)

struct table {
	struct purgatory_poison *entries; /* NULL: only the count is wanted */
	struct purgatory_poison last;
	size_t count;
};

/* In rising order; what touches becomes one. */
static void table_add(struct table *table, uint64_t start, uint64_t end)
{
	start &= ~(FRAME - 1);
	end = (end + FRAME - 1) & ~(FRAME - 1);
	if (table->count && start <= table->last.end) {
		table->last.end = end > table->last.end ? end : table->last.end;
	} else {
		table->last = (struct purgatory_poison){start, end};
		table->count++;
	}
	if (table->entries)
		table->entries[table->count - 1] = table->last;
}

/* Of a frame, what the map does not have as RAM: what KHO keeps stays RAM. */
static void frame_told_by_e820(const struct plan *plan, const struct hwpoison_frame_range *frame,
			       struct table *table)
{
	const struct hwpoison_frames *kept = &plan->kho.kept;
	uint64_t start = frame->start;

	while (start < frame->end) {
		const struct hwpoison_frame_range *next = hwpoison_frames_find(kept, start,
									       frame->end);
		uint64_t end = next ? next->start : frame->end;

		if (start < end)
			table_add(table, start, end);
		start = next ? next->end : end;
	}
}

/* A tree is told of frames in RAM alone, and not of those that others keep out already. */
static void frames_told_by_tree(const struct plan *plan, struct table *table)
{
	const struct hwpoison_map *map = &plan->outcome.map;
	size_t at = 0;

	for (size_t i = 0; i < plan->frames.count; i++) {
		const struct hwpoison_frame_range *frame = &plan->frames.ranges[i];

		while (at < map->count && map->entries[at].end <= frame->start)
			at++;
		for (size_t j = at; j < map->count && map->entries[j].start < frame->end; j++) {
			const struct hwpoison_map_entry *entry = &map->entries[j];

			if (entry->type == HWPOISON_UNUSABLE)
				table_add(table,
					  frame->start > entry->start ? frame->start : entry->start,
					  frame->end < entry->end ? frame->end : entry->end);
		}
	}
}

size_t poison_table_write(const struct plan *plan, struct purgatory_poison *entries)
{
	struct table table = {.entries = entries};

	if (plan->modes & MODE_DTB)
		frames_told_by_tree(plan, &table);
	else if (plan->modes && plan->machine->arch->modes & MODE_E820)
		for (size_t i = 0; i < plan->frames.count; i++)
			frame_told_by_e820(plan, &plan->frames.ranges[i], &table);
	return table.count;
}
