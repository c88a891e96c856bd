/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A list of bad frames that a person wrote: hwpoison-list(5). */
#include <stdlib.h>
#include <string.h>

#include "hwpoison/internal.h"

struct ranges {
	struct hwpoison_range *ranges;
	size_t count, capacity;
};

static int range_compare(const void *a, const void *b)
{
	const struct hwpoison_range *x = a, *y = b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	return x->end < y->end ? -1 : x->end > y->end;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* A line without its comment and the blanks around: what is left may be nothing. */
static void line_trim(const char **line, size_t *size)
{
	const char *comment = memchr(*line, '#', *size);

	if (comment)
		*size = (size_t)(comment - *line);
	while (*size && is_blank(**line)) {
		(*line)++;
		(*size)--;
	}
	while (*size && is_blank((*line)[*size - 1]))
		(*size)--;
}

static int line_add(struct ranges *list, const char *line, size_t size, uint32_t page_size)
{
	struct hwpoison_range range;
	int error;

	line_trim(&line, &size);
	if (!size)
		return 0;
	error = hwpoison_range_read(line, size, page_size, &range);
	if (!error)
		error = hwpoison_reserve(&list->ranges, &list->capacity, list->count + 1,
					 sizeof(*list->ranges));
	if (!error)
		list->ranges[list->count++] = range;
	return error;
}

/* Sorted first: a set takes additions in rising order in constant time, any other in linear. */
static int ranges_unite(struct ranges *list, uint32_t page_size, struct hwpoison_frames *frames)
{
	struct hwpoison_frames found = {0};
	int error = 0;

	if (list->count)
		qsort(list->ranges, list->count, sizeof(*list->ranges), range_compare);
	for (size_t i = 0; i < list->count && !error; i++)
		error = hwpoison_frames_add(&found, list->ranges[i].start, list->ranges[i].end,
					    HWPOISON_SOURCE_FILE, page_size);
	if (!error)
		error = hwpoison_frames_unite(frames, &found);
	hwpoison_frames_free(&found);
	return error;
}

int hwpoison_list_parse(const char *text, size_t size, uint32_t page_size,
			struct hwpoison_frames *frames, struct hwpoison_problem *problem)
{
	struct ranges list = {0};
	const char *end = text + size, *line, *line_end;
	unsigned long number = 0;
	int error = 0;

	if (!hwpoison_page_size_valid(page_size))
		return HWPOISON_EARGUMENT;
	for (line = text; line < end; line = line_end + 1) {
		line_end = memchr(line, '\n', (size_t)(end - line));
		if (!line_end)
			line_end = end;
		number++;
		error = line_add(&list, line, (size_t)(line_end - line), page_size);
		if (error) {
			hwpoison_problem_set(problem, line, (size_t)(line_end - line));
			if (problem)
				problem->line = number;
			break;
		}
	}
	if (!error)
		error = ranges_unite(&list, page_size, frames);
	free(list.ranges);
	return error;
}
