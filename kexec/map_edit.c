/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Asks for, and retypes, parts of a memory map. */
#include "kexec/map_edit.h"

bool map_has_ram(const struct hwpoison_map *map, uint64_t start, uint64_t end)
{
	for (size_t i = 0; i < map->count; i++) {
		if (map->entries[i].type == HWPOISON_RAM && map->entries[i].start < end &&
		    start < map->entries[i].end)
			return true;
	}
	return false;
}

/* Appends in rising order, so that what is the same merges as hwpoison_map_normalise() does. */
static int piece_add(struct hwpoison_map *map, uint64_t start, uint64_t end, uint32_t type)
{
	return start < end ? hwpoison_map_add(map, start, end, type) : 0;
}

static int entry_retype(const struct hwpoison_map_entry *entry, const struct hwpoison_map *where,
			size_t *at, uint32_t to, struct hwpoison_map *result)
{
	uint64_t done = entry->start;
	size_t i;
	int error = 0;

	while (*at < where->count && where->entries[*at].end <= entry->start)
		(*at)++;
	for (i = *at; i < where->count && where->entries[i].start < entry->end && !error; i++) {
		uint64_t start = where->entries[i].start, end = where->entries[i].end;

		start = start < done ? done : start;
		end = end > entry->end ? entry->end : end;
		error = piece_add(result, done, start, entry->type);
		if (!error)
			error = piece_add(result, start, end, to);
		done = end;
	}
	return error ? error : piece_add(result, done, entry->end, entry->type);
}

int map_retype(struct hwpoison_map *map, const struct hwpoison_map *where, uint32_t from,
	       uint32_t to)
{
	struct hwpoison_map result = {0};
	size_t at = 0;
	int error = 0;

	for (size_t i = 0; i < map->count && !error; i++) {
		const struct hwpoison_map_entry *entry = &map->entries[i];

		if (from == MAP_ANY_TYPE || entry->type == from)
			error = entry_retype(entry, where, &at, to, &result);
		else
			error = piece_add(&result, entry->start, entry->end, entry->type);
	}
	if (!error)
		error = hwpoison_map_normalise(&result);
	if (error) {
		hwpoison_map_free(&result);
		return error;
	}
	hwpoison_map_free(map);
	*map = result;
	return 0;
}

int map_of_frames(const struct hwpoison_frames *frames, uint32_t type, struct hwpoison_map *map)
{
	struct hwpoison_map result = {0};
	int error = 0;

	for (size_t i = 0; i < frames->count && !error; i++)
		error = hwpoison_map_add(&result, frames->ranges[i].start, frames->ranges[i].end,
					 type);
	if (!error)
		error = hwpoison_map_normalise(&result);
	if (error)
		hwpoison_map_free(&result);
	else
		*map = result;
	return error;
}
