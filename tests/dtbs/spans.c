/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sets of addresses. The plainest code that does: it is to be right on its own. */
#include "tests/dtbs/spans.h"

#include <stdlib.h>
#include <string.h>

void spans_free(struct spans *spans)
{
	free(spans->list);
	*spans = (struct spans){0};
}

static void insert(struct spans *spans, size_t at, struct span span)
{
	if (spans->count == spans->capacity) {
		spans->capacity = spans->capacity ? 2 * spans->capacity : 16;
		spans->list = realloc(spans->list, spans->capacity * sizeof(*spans->list));
		if (!spans->list)
			abort();
	}
	memmove(spans->list + at + 1, spans->list + at, (spans->count - at) * sizeof(span));
	spans->list[at] = span;
	spans->count++;
}

static void drop(struct spans *spans, size_t at)
{
	spans->count--;
	memmove(spans->list + at, spans->list + at + 1, (spans->count - at) * sizeof(struct span));
}

void spans_add(struct spans *spans, uint64_t start, uint64_t end)
{
	size_t i = 0;

	if (start >= end)
		return;
	while (i < spans->count && spans->list[i].end < start)
		i++;
	while (i < spans->count && spans->list[i].start <= end) {
		start = start < spans->list[i].start ? start : spans->list[i].start;
		end = end > spans->list[i].end ? end : spans->list[i].end;
		drop(spans, i);
	}
	insert(spans, i, (struct span){start, end});
}

void spans_remove(struct spans *spans, uint64_t start, uint64_t end)
{
	size_t i = 0;

	while (i < spans->count) {
		struct span span = spans->list[i];

		if (span.end <= start || span.start >= end) {
			i++;
			continue;
		}
		drop(spans, i);
		if (span.start < start)
			insert(spans, i++, (struct span){span.start, start});
		if (span.end > end)
			insert(spans, i++, (struct span){end, span.end});
	}
}

void spans_add_all(struct spans *spans, const struct spans *other)
{
	for (size_t i = 0; i < other->count; i++)
		spans_add(spans, other->list[i].start, other->list[i].end);
}

void spans_remove_all(struct spans *spans, const struct spans *other)
{
	for (size_t i = 0; i < other->count; i++)
		spans_remove(spans, other->list[i].start, other->list[i].end);
}

struct spans spans_common(const struct spans *a, const struct spans *b)
{
	struct spans common = {0};

	for (size_t i = 0; i < a->count; i++) {
		for (size_t j = 0; j < b->count; j++) {
			struct span x = a->list[i], y = b->list[j];

			spans_add(&common, x.start > y.start ? x.start : y.start,
				  x.end < y.end ? x.end : y.end);
		}
	}
	return common;
}

bool spans_overlap(const struct spans *spans, uint64_t start, uint64_t end)
{
	for (size_t i = 0; i < spans->count; i++) {
		if (spans->list[i].start < end && start < spans->list[i].end)
			return true;
	}
	return false;
}

bool spans_equal(const struct spans *a, const struct spans *b)
{
	return a->count == b->count &&
	       (!a->count || !memcmp(a->list, b->list, a->count * sizeof(struct span)));
}

uint64_t spans_bytes(const struct spans *spans)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < spans->count; i++)
		sum += spans->list[i].end - spans->list[i].start;
	return sum;
}
