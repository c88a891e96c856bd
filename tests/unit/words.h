/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sets, maps and lists of ranges as words, so that a test shows what it expects. All numbers are
 * hexadecimal. */
#ifndef TESTS_UNIT_WORDS_H
#define TESTS_UNIT_WORDS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "hwpoison/hwpoison.h"

#define WORDS_SIZE 4096

/* "1000-3000 3/1000": start-end sources/page size. */
static inline const char *frames_words(const struct hwpoison_frames *frames)
{
	static char words[WORDS_SIZE];
	size_t i, used = 0;

	words[0] = '\0';
	for (i = 0; i < frames->count && used < WORDS_SIZE - 100; i++)
		used += (size_t)snprintf(words + used, WORDS_SIZE - used, "%s%llx-%llx %x/%x",
					 i ? ", " : "", (unsigned long long)frames->ranges[i].start,
					 (unsigned long long)frames->ranges[i].end,
					 frames->ranges[i].sources, frames->ranges[i].page_size);
	return words;
}

/* "0-1000 ram, 1000-2000 unusable". Types without a name are numbers. */
static inline const char *map_words(const struct hwpoison_map *map)
{
	static char words[WORDS_SIZE];
	size_t i, used = 0;

	words[0] = '\0';
	for (i = 0; i < map->count && used < WORDS_SIZE - 100; i++) {
		const char *type = hwpoison_type_name(map->entries[i].type);
		char number[16];

		if (strcmp(type, "other") == 0) {
			snprintf(number, sizeof(number), "%x", map->entries[i].type);
			type = number;
		}
		used += (size_t)snprintf(words + used, WORDS_SIZE - used, "%s%llx-%llx %s",
					 i ? ", " : "", (unsigned long long)map->entries[i].start,
					 (unsigned long long)map->entries[i].end, type);
	}
	return words;
}

static inline uint32_t type_of_name(const char *name)
{
	static const uint32_t types[] = {HWPOISON_RAM,	HWPOISON_RESERVED,     HWPOISON_ACPI,
					 HWPOISON_NVS,	HWPOISON_UNUSABLE,     HWPOISON_PMEM,
					 HWPOISON_PRAM, HWPOISON_SOFT_RESERVED};
	size_t i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(hwpoison_type_name(types[i]), name) == 0)
			return types[i];
	return (uint32_t)strtoul(name, NULL, 16);
}

/* The opposite of map_words(): adds what it says, in that order. */
static inline void map_of_words(const char *words, struct hwpoison_map *map)
{
	unsigned long long start, end;
	char type[32];
	int length;

	while (*words) {
		assert_int_equal(sscanf(words, "%llx-%llx %31[^,]%n", &start, &end, type, &length),
				 3);
		assert_int_equal(hwpoison_map_add(map, start, end, type_of_name(type)), 0);
		words += length;
		words += strspn(words, ", ");
	}
}

/* "1000-2000 1/1000, …" in any order; sources and page size may be left out: 1/1000. */
static inline void frames_of_words(const char *words, struct hwpoison_frames *frames)
{
	unsigned long long start, end;
	unsigned int sources, page_size;
	int length, more;

	while (*words) {
		assert_int_equal(sscanf(words, "%llx-%llx%n", &start, &end, &length), 2);
		words += length;
		sources = 1;
		page_size = 4096;
		if (sscanf(words, " %x/%x%n", &sources, &page_size, &more) == 2)
			words += more;
		assert_int_equal(hwpoison_frames_add(frames, start, end, sources, page_size), 0);
		words += strspn(words, ", ");
	}
}

#endif
