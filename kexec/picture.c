/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All memory on one line, in proportion and without the holes between: a mark is bad when any
 * byte in it is, so that a single frame among terabytes can still be seen.
 */
#include "kexec/report.h"

#define WIDTH_MAX 96
#define MARGIN 24

enum mark { MARK_RAM, MARK_OTHER, MARK_BAD };

static const char *const marks_utf8[] = {"█", "░", "×"};
static const char *const marks_ascii[] = {"#", ".", "X"};

/* Up to the last RAM: what firmware reserves far above it would squeeze all else to nothing. */
static size_t entries_shown(const struct hwpoison_map *map, uint64_t *total)
{
	size_t count = 0;

	for (size_t i = 0; i < map->count; i++) {
		if (map->entries[i].type == HWPOISON_RAM ||
		    map->entries[i].type == HWPOISON_UNUSABLE)
			count = i + 1;
	}
	*total = 0;
	for (size_t i = 0; i < count; i++)
		*total += map->entries[i].end - map->entries[i].start;
	return count;
}

/* What the mark for bytes from..to of all that is shown stands for. */
static enum mark mark_find(const struct hwpoison_map *map, size_t count,
			   const struct hwpoison_frames *excluded, uint64_t from, uint64_t to)
{
	uint64_t at = 0, ram = 0, other = 0;

	for (size_t i = 0; i < count; i++) {
		const struct hwpoison_map_entry *entry = &map->entries[i];
		uint64_t size = entry->end - entry->start;
		uint64_t first = from > at ? from - at : 0, last = to - at < size ? to - at : size;

		if (at >= to)
			break;
		if (first < size) {
			if (entry->type == HWPOISON_UNUSABLE ||
			    hwpoison_frames_find(excluded, entry->start + first,
						 entry->start + last))
				return MARK_BAD;
			*(entry->type == HWPOISON_RAM ? &ram : &other) += last - first;
		}
		at += size;
	}
	return ram >= other ? MARK_RAM : MARK_OTHER;
}

void picture_print(const struct hwpoison_map *map, const struct hwpoison_frames *excluded,
		   struct style style, FILE *out)
{
	const char *const *marks = style.utf8 ? marks_utf8 : marks_ascii;
	unsigned int width = style.columns > MARGIN + 20 ? style.columns - MARGIN : 20;
	char total_text[SIZE_TEXT], mark_text[SIZE_TEXT];
	bool bad = false;
	uint64_t total;
	size_t count = entries_shown(map, &total);

	width = width < WIDTH_MAX ? width : WIDTH_MAX;
	if (!total)
		return;
	fputs(style.utf8 ? "  ▕" : "  [", out);
	for (unsigned int i = 0; i < width; i++) {
		/* total is below 2^52 and width below 2^7, so that nothing wraps. */
		uint64_t from = total * i / width, to = total * (i + 1) / width;
		enum mark mark = mark_find(map, count, excluded, from, to > from ? to : from + 1);

		if (style.colour && bad != (mark == MARK_BAD))
			fputs(bad ? "\033[0m" : "\033[1;31m", out);
		bad = mark == MARK_BAD;
		fputs(marks[mark], out);
	}
	fprintf(out, "%s%s %s\n", style.colour && bad ? "\033[0m" : "", style.utf8 ? "▏" : "]",
		size_text(total, total_text));
	fprintf(out, "   %s RAM  %s other  %s bad, anywhere in the %s that one mark stands for\n",
		marks[MARK_RAM], marks[MARK_OTHER], marks[MARK_BAD],
		size_text(total / width, mark_text));
}
