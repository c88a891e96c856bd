/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The typed memory map, and what becomes of it when frames are kept out. */
#include <stdlib.h>
#include <string.h>

#include "hwpoison/internal.h"

const char *hwpoison_type_name(uint32_t type)
{
	switch (type) {
	case HWPOISON_RAM:
		return "ram";
	case HWPOISON_RESERVED:
		return "reserved";
	case HWPOISON_ACPI:
		return "acpi";
	case HWPOISON_NVS:
		return "nvs";
	case HWPOISON_UNUSABLE:
		return "unusable";
	case HWPOISON_PMEM:
		return "pmem";
	case HWPOISON_PRAM:
		return "pram";
	case HWPOISON_SOFT_RESERVED:
		return "soft-reserved";
	default:
		return "other";
	}
}

void hwpoison_map_free(struct hwpoison_map *map)
{
	free(map->entries);
	*map = (struct hwpoison_map){0};
}

static int entry_add(struct hwpoison_map *map, uint64_t start, uint64_t end, uint32_t type)
{
	if (hwpoison_reserve(&map->entries, &map->capacity, map->count + 1, sizeof(*map->entries)))
		return HWPOISON_ENOMEM;
	map->entries[map->count++] = (struct hwpoison_map_entry){start, end, type};
	return 0;
}

int hwpoison_map_add(struct hwpoison_map *map, uint64_t start, uint64_t end, uint32_t type)
{
	if (!hwpoison_range_valid(start, end))
		return HWPOISON_ERANGE;
	return entry_add(map, start, end, type);
}

/* Linux keeps neighbours of these types apart, because each is a device of its own
 * (arch/x86/kernel/e820.c: e820_nomerge() in 6.1 and later). */
static bool type_merges(uint32_t type)
{
	return type != HWPOISON_PRAM && type != HWPOISON_SOFT_RESERVED;
}

int hwpoison_map_append(struct hwpoison_map *map, uint64_t start, uint64_t end, uint32_t type)
{
	struct hwpoison_map_entry *last = map->count ? &map->entries[map->count - 1] : NULL;

	if (last && last->end == start && last->type == type && type_merges(type)) {
		last->end = end;
		return 0;
	}
	return entry_add(map, start, end, type);
}

int hwpoison_map_copy(const struct hwpoison_map *map, struct hwpoison_map *copy)
{
	struct hwpoison_map same = {0};

	if (hwpoison_reserve(&same.entries, &same.capacity, map->count, sizeof(*same.entries)))
		return HWPOISON_ENOMEM;
	if (map->count)
		memcpy(same.entries, map->entries, map->count * sizeof(*same.entries));
	same.count = map->count;
	*copy = same;
	return 0;
}

static int compare_entries(const void *left, const void *right)
{
	const struct hwpoison_map_entry *a = left, *b = right;

	if (a->start != b->start)
		return a->start < b->start ? -1 : 1;
	if (a->end != b->end)
		return a->end < b->end ? -1 : 1;
	return (a->type > b->type) - (a->type < b->type);
}

/* The entries in which the sweep of hwpoison_map_normalise() stands, as a heap of indices: the
 * highest type on top, of equal types the one that came first. */
struct heap {
	const struct hwpoison_map_entry *entries;
	size_t *indices;
	size_t count;
};

static bool heap_before(const struct heap *heap, size_t a, size_t b)
{
	uint32_t type_a = heap->entries[heap->indices[a]].type;
	uint32_t type_b = heap->entries[heap->indices[b]].type;

	return type_a != type_b ? type_a > type_b : heap->indices[a] < heap->indices[b];
}

static void heap_swap(struct heap *heap, size_t a, size_t b)
{
	size_t index = heap->indices[a];

	heap->indices[a] = heap->indices[b];
	heap->indices[b] = index;
}

static void heap_push(struct heap *heap, size_t index)
{
	size_t at = heap->count++;

	heap->indices[at] = index;
	while (at && heap_before(heap, at, (at - 1) / 2)) {
		heap_swap(heap, at, (at - 1) / 2);
		at = (at - 1) / 2;
	}
}

static void heap_pop(struct heap *heap)
{
	size_t at = 0, child;

	heap->indices[0] = heap->indices[--heap->count];
	for (child = 1; child < heap->count; child = 2 * at + 1) {
		if (child + 1 < heap->count && heap_before(heap, child + 1, child))
			child++;
		if (!heap_before(heap, child, at))
			break;
		heap_swap(heap, at, child);
		at = child;
	}
}

/* Sweeps over sorted entries. An entry that does not merge ends where it ended in the input, even
 * when one of the same type follows: owner is the entry that the last piece came from. */
static int sweep(const struct hwpoison_map *sorted, struct heap *heap, struct hwpoison_map *out)
{
	const struct hwpoison_map_entry *entries = sorted->entries;
	size_t next = 0, top, owner = SIZE_MAX;
	uint64_t at = 0, end;

	for (;;) {
		while (heap->count && entries[heap->indices[0]].end <= at)
			heap_pop(heap);
		if (!heap->count) {
			if (next == sorted->count)
				return 0;
			at = entries[next].start;
		}
		while (next < sorted->count && entries[next].start == at)
			heap_push(heap, next++);
		top = heap->indices[0];
		end = entries[top].end;
		if (next < sorted->count)
			end = hwpoison_min(end, entries[next].start);
		if (owner == top && out->entries[out->count - 1].end == at)
			out->entries[out->count - 1].end = end;
		else if (hwpoison_map_append(out, at, end, entries[top].type))
			return HWPOISON_ENOMEM;
		owner = top;
		at = end;
	}
}

int hwpoison_map_normalise(struct hwpoison_map *map)
{
	struct hwpoison_map sorted = {0}, out = {0};
	struct heap heap = {0};
	int error = HWPOISON_ENOMEM;

	if (!map->count)
		return 0;
	heap.indices = malloc(map->count * sizeof(*heap.indices));
	if (!heap.indices || hwpoison_map_copy(map, &sorted))
		goto done;
	qsort(sorted.entries, sorted.count, sizeof(*sorted.entries), compare_entries);
	heap.entries = sorted.entries;
	error = sweep(&sorted, &heap, &out);
	if (error)
		goto done;
	hwpoison_map_free(map);
	*map = out;
	out = (struct hwpoison_map){0};
done:
	hwpoison_map_free(&out);
	hwpoison_map_free(&sorted);
	free(heap.indices);
	return error;
}

/* One RAM entry, split around the frames from *frame on. */
static int poison_entry(const struct hwpoison_map_entry *entry,
			const struct hwpoison_frames *frames, size_t *frame,
			struct hwpoison_map *out)
{
	uint64_t at = entry->start;

	while (*frame < frames->count && frames->ranges[*frame].end <= at)
		++*frame;
	while (*frame < frames->count && frames->ranges[*frame].start < entry->end) {
		uint64_t start = hwpoison_max(frames->ranges[*frame].start, at);
		uint64_t end = hwpoison_min(frames->ranges[*frame].end, entry->end);

		if ((at < start && hwpoison_map_append(out, at, start, HWPOISON_RAM)) ||
		    hwpoison_map_append(out, start, end, HWPOISON_UNUSABLE))
			return HWPOISON_ENOMEM;
		at = end;
		/* A frame that reaches past this entry may reach into the next. */
		if (at == entry->end)
			return 0;
		++*frame;
	}
	return hwpoison_map_append(out, at, entry->end, HWPOISON_RAM);
}

int hwpoison_map_poison(const struct hwpoison_map *map, const struct hwpoison_frames *frames,
			struct hwpoison_map *poisoned)
{
	struct hwpoison_map out = {0};
	size_t i, frame = 0;
	int error = 0;

	for (i = 0; i < map->count && !error; i++) {
		const struct hwpoison_map_entry *entry = &map->entries[i];

		if (entry->type == HWPOISON_RAM)
			error = poison_entry(entry, frames, &frame, &out);
		else
			error = hwpoison_map_append(&out, entry->start, entry->end, entry->type);
	}
	if (error) {
		hwpoison_map_free(&out);
		return error;
	}
	*poisoned = out;
	return 0;
}

uint64_t hwpoison_map_covered(const struct hwpoison_map *map, const struct hwpoison_frames *frames)
{
	size_t i = 0, j = 0;
	uint64_t bytes = 0;

	while (i < map->count && j < frames->count) {
		const struct hwpoison_map_entry *entry = &map->entries[i];
		const struct hwpoison_frame_range *range = &frames->ranges[j];
		uint64_t start = hwpoison_max(entry->start, range->start);
		uint64_t end = hwpoison_min(entry->end, range->end);

		if (entry->type == HWPOISON_RAM && start < end)
			bytes += end - start;
		if (entry->end <= range->end)
			i++;
		else
			j++;
	}
	return bytes;
}

int hwpoison_map_frames(const struct hwpoison_map *map, uint32_t page_size, uint32_t source,
			struct hwpoison_frames *frames)
{
	struct hwpoison_frames found = {0};
	int error = 0;
	size_t i;

	if (!hwpoison_page_size_valid(page_size) || !source)
		return HWPOISON_EARGUMENT;
	for (i = 0; i < map->count && !error; i++)
		if (map->entries[i].type == HWPOISON_UNUSABLE)
			error = hwpoison_frames_add(&found, map->entries[i].start,
						    map->entries[i].end, source, page_size);
	if (!error)
		error = hwpoison_frames_unite(frames, &found);
	hwpoison_frames_free(&found);
	return error;
}

uint64_t hwpoison_map_bytes(const struct hwpoison_map *map, uint32_t type)
{
	uint64_t bytes = 0;
	size_t i;

	for (i = 0; i < map->count; i++)
		if (map->entries[i].type == type)
			bytes += map->entries[i].end - map->entries[i].start;
	return bytes;
}

size_t hwpoison_map_entries(const struct hwpoison_map *map, uint32_t type)
{
	size_t i, count = 0;

	for (i = 0; i < map->count; i++)
		count += map->entries[i].type == type;
	return count;
}

const struct hwpoison_map_entry *hwpoison_map_find(const struct hwpoison_map *map, uint64_t address)
{
	size_t low = 0, high = map->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (map->entries[middle].end > address)
			high = middle;
		else
			low = middle + 1;
	}
	if (low == map->count || map->entries[low].start > address)
		return NULL;
	return &map->entries[low];
}
