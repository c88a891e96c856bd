/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The set of bad frames: sorted, disjoint ranges that know who said so. */
#include <stdlib.h>
#include <string.h>

#include "hwpoison/internal.h"

void hwpoison_frames_free(struct hwpoison_frames *frames)
{
	free(frames->ranges);
	*frames = (struct hwpoison_frames){0};
}

/* The first range that ends after an address; count when there is none. */
static size_t first_ending_after(const struct hwpoison_frames *frames, uint64_t address)
{
	size_t low = 0, high = frames->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (frames->ranges[middle].end > address)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

/* Puts a piece after *written ranges, or makes the last of them longer by it. The array has room:
 * the caller sees to it. */
static void write_piece(struct hwpoison_frame_range *ranges, size_t *written, uint64_t start,
			uint64_t end, uint32_t sources, uint32_t page_size)
{
	struct hwpoison_frame_range *next = &ranges[*written];

	if (start >= end)
		return;
	if (*written && next[-1].end == start && next[-1].sources == sources &&
	    next[-1].page_size == page_size) {
		next[-1].end = end;
		return;
	}
	*next = (struct hwpoison_frame_range){start, end, sources, page_size};
	++*written;
}

int hwpoison_frames_add_exact(struct hwpoison_frames *frames,
			      const struct hwpoison_frame_range *range)
{
	uint64_t start = range->start, end = range->end;
	size_t first, behind, overlapped, room, read, write, tail;
	struct hwpoison_frame_range *ranges;

	first = frames->count;
	if (first && frames->ranges[first - 1].end > start)
		first = first_ending_after(frames, start);
	for (behind = first; behind < frames->count && frames->ranges[behind].start < end; behind++)
		;
	overlapped = behind - first;

	/* Of n overlapped ranges at most 2n + 1 pieces come: n that are in both, n - 1 between
	 * them, one at each side. */
	room = overlapped + 1;
	if (hwpoison_reserve(&frames->ranges, &frames->capacity, frames->count + room,
			     sizeof(*ranges)))
		return HWPOISON_ENOMEM;
	ranges = frames->ranges;
	if (first < frames->count)
		memmove(&ranges[first + room], &ranges[first],
			(frames->count - first) * sizeof(*ranges));

	/* The pieces never catch up with what is still to be read: after the k-th range at most
	 * 2k pieces are written, and n + 1 + k places are free. */
	write = first;
	for (read = first + room; read < behind + room; read++) {
		struct hwpoison_frame_range old = ranges[read];
		uint64_t common_end = hwpoison_min(old.end, end);

		write_piece(ranges, &write, old.start, start, old.sources, old.page_size);
		write_piece(ranges, &write, start, old.start, range->sources, range->page_size);
		write_piece(ranges, &write, hwpoison_max(start, old.start), common_end,
			    old.sources | range->sources,
			    (uint32_t)hwpoison_min(old.page_size, range->page_size));
		write_piece(ranges, &write, common_end, old.end, old.sources, old.page_size);
		start = common_end;
	}
	write_piece(ranges, &write, start, end, range->sources, range->page_size);

	tail = frames->count + room - read;
	if (tail) {
		struct hwpoison_frame_range next = ranges[read];

		write_piece(ranges, &write, next.start, next.end, next.sources, next.page_size);
		memmove(&ranges[write], &ranges[read + 1], (tail - 1) * sizeof(*ranges));
		write += tail - 1;
	}
	frames->count = write;
	return 0;
}

int hwpoison_frames_add(struct hwpoison_frames *frames, uint64_t start, uint64_t end,
			uint32_t sources, uint32_t page_size)
{
	struct hwpoison_frame_range range;

	if (!hwpoison_page_size_valid(page_size) || !sources)
		return HWPOISON_EARGUMENT;
	if (!hwpoison_range_valid(start, end))
		return HWPOISON_ERANGE;
	range.start = hwpoison_round_down(start, page_size);
	range.end = hwpoison_round_up(end, page_size);
	range.sources = sources;
	range.page_size = page_size;
	return hwpoison_frames_add_exact(frames, &range);
}

int hwpoison_frames_remove(struct hwpoison_frames *frames, uint64_t start, uint64_t end)
{
	struct hwpoison_frame_range *ranges;
	size_t read, write = 0, count;

	if (!hwpoison_range_valid(start, end))
		return HWPOISON_ERANGE;
	if (!frames->count)
		return 0;
	/* Only one range can hold all of what goes, and become two. */
	count = frames->count;
	if (hwpoison_reserve(&frames->ranges, &frames->capacity, count + 1, sizeof(*ranges)))
		return HWPOISON_ENOMEM;
	ranges = frames->ranges;
	memmove(ranges + 1, ranges, count * sizeof(*ranges));
	for (read = 1; read <= count; read++) {
		struct hwpoison_frame_range old = ranges[read];
		uint64_t from = hwpoison_round_down(start, old.page_size);
		uint64_t to = hwpoison_round_up(end, old.page_size);

		write_piece(ranges, &write, old.start, hwpoison_min(old.end, from), old.sources,
			    old.page_size);
		write_piece(ranges, &write, hwpoison_max(old.start, to), old.end, old.sources,
			    old.page_size);
	}
	frames->count = write;
	return 0;
}

int hwpoison_frames_unite(struct hwpoison_frames *frames, const struct hwpoison_frames *other)
{
	struct hwpoison_frames united = {0};
	size_t i = 0, j = 0;

	if (frames == other || !other->count)
		return 0;
	while (i < frames->count || j < other->count) {
		const struct hwpoison_frame_range *next;

		if (j == other->count ||
		    (i < frames->count && frames->ranges[i].start <= other->ranges[j].start))
			next = &frames->ranges[i++];
		else
			next = &other->ranges[j++];
		if (hwpoison_frames_add_exact(&united, next)) {
			hwpoison_frames_free(&united);
			return HWPOISON_ENOMEM;
		}
	}
	hwpoison_frames_free(frames);
	*frames = united;
	return 0;
}

int hwpoison_frames_round(const struct hwpoison_frames *frames, uint32_t page_size,
			  struct hwpoison_frames *rounded)
{
	struct hwpoison_frames wider = {0};
	size_t i;

	if (!hwpoison_page_size_valid(page_size))
		return HWPOISON_EARGUMENT;
	for (i = 0; i < frames->count; i++) {
		struct hwpoison_frame_range range = frames->ranges[i];

		range.start = hwpoison_round_down(range.start, page_size);
		range.end = hwpoison_round_up(range.end, page_size);
		if (hwpoison_frames_add_exact(&wider, &range)) {
			hwpoison_frames_free(&wider);
			return HWPOISON_ENOMEM;
		}
	}
	*rounded = wider;
	return 0;
}

uint64_t hwpoison_frames_bytes(const struct hwpoison_frames *frames)
{
	uint64_t bytes = 0;
	size_t i;

	for (i = 0; i < frames->count; i++)
		bytes += frames->ranges[i].end - frames->ranges[i].start;
	return bytes;
}

size_t hwpoison_frames_runs(const struct hwpoison_frames *frames)
{
	size_t i, runs = 0;

	for (i = 0; i < frames->count; i++)
		if (i == 0 || frames->ranges[i - 1].end != frames->ranges[i].start)
			runs++;
	return runs;
}

const struct hwpoison_frame_range *hwpoison_frames_find(const struct hwpoison_frames *frames,
							uint64_t start, uint64_t end)
{
	size_t i = first_ending_after(frames, start);

	if (start >= end || i == frames->count || frames->ranges[i].start >= end)
		return NULL;
	return &frames->ranges[i];
}
