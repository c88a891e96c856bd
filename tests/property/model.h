/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the property tests share: random cases that can be repeated, and brute-force models of sets
 * and maps, one value for each page or cell of a small piece of memory, whose correctness is plain.
 *
 * Each case is made from the seed and its own number. A failure names both; SEED=N repeats a run,
 * and SEED=N CASE=M only the case that failed.
 */
#ifndef TESTS_PROPERTY_MODEL_H
#define TESTS_PROPERTY_MODEL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "hwpoison/hwpoison.h"

static uint64_t model_seed, model_case, model_state;

#define CHECK(condition)                                                                           \
	do {                                                                                       \
		if (!(condition))                                                                  \
			fail_msg("SEED=%llu CASE=%llu: %s", (unsigned long long)model_seed,        \
				 (unsigned long long)model_case, #condition);                      \
	} while (0)

/* splitmix64: every seed is a good one. */
static inline uint64_t draw_bits(void)
{
	uint64_t z = model_state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

/* 0 … below - 1; 0 when below is 0. */
static inline uint64_t draw(uint64_t below)
{
	return below ? draw_bits() % below : 0;
}

static inline uint64_t environment_number(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);

	return text && *text ? strtoull(text, NULL, 0) : otherwise;
}

/* Runs a property on many random cases. */
static inline void run_cases(uint64_t cases, void (*property)(void))
{
	uint64_t only = environment_number("CASE", UINT64_MAX), i;
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	model_seed = environment_number("SEED", (uint64_t)now.tv_sec * 1000000 +
							(uint64_t)now.tv_nsec / 1000);
	printf("# SEED=%llu, %llu cases\n", (unsigned long long)model_seed,
	       (unsigned long long)cases);
	fflush(stdout);
	for (i = 0; i < cases; i++) {
		model_case = i;
		model_state = model_seed + i * UINT64_C(0xd1342543de82ef95);
		if (only == UINT64_MAX || only == i)
			property();
	}
}

/* ------------------------------------------------------------------------- a set, page by page */

#define MODEL_PAGE 4096u
#define MODEL_PAGES 96u /* whole pages of all sizes that are drawn */

struct set_model {
	uint64_t base; /* where the pages are; a multiple of 64 KiB */
	uint32_t sources[MODEL_PAGES];
	uint32_t page_size[MODEL_PAGES];
};

static inline uint64_t draw_base(uint64_t size)
{
	static const uint64_t places[] = {0, UINT64_C(1) << 32, UINT64_C(1) << 40};
	uint64_t place = draw(4);

	return place < 3 ? places[place] : HWPOISON_ADDRESS_LIMIT - size;
}

static inline uint32_t draw_page_size(void)
{
	static const uint32_t sizes[] = {4096, 4096, 4096, 8192, 16384, 65536};

	return sizes[draw(6)];
}

/* A random range, which need not be of whole pages, of up to `most` bytes. */
static inline struct hwpoison_range draw_range(uint64_t base, uint64_t size, uint64_t most)
{
	struct hwpoison_range range;

	range.start = base + draw(size);
	range.end = range.start + 1 + draw(most);
	if (draw(2)) {
		range.start &= ~UINT64_C(4095);
		range.end = (range.end + 4095) & ~UINT64_C(4095);
	}
	if (range.end > base + size)
		range.end = base + size;
	return range;
}

static inline void set_model_add(struct set_model *model, unsigned int page, uint32_t sources,
				 uint32_t page_size)
{
	if (!model->sources[page] || page_size < model->page_size[page])
		model->page_size[page] = page_size;
	model->sources[page] |= sources;
}

/* Does the page lie in [start, end) when that is widened to page_size? */
static inline bool page_within(uint64_t base, unsigned int page, uint64_t start, uint64_t end,
			       uint64_t page_size)
{
	uint64_t address = base + (uint64_t)page * MODEL_PAGE;
	uint64_t unit = address / page_size;

	return unit >= start / page_size && unit <= (end - 1) / page_size;
}

/* The set is what the model says, in the one form that it may have. */
static inline void check_set(const struct hwpoison_frames *frames, const struct set_model *model)
{
	unsigned int page = 0, pages = 0, runs = 0;
	size_t i;

	for (i = 0; i < frames->count; i++) {
		const struct hwpoison_frame_range *range = &frames->ranges[i];
		const struct hwpoison_frame_range *before = i ? range - 1 : NULL;
		uint64_t address;

		CHECK(range->start < range->end);
		CHECK(range->start % MODEL_PAGE == 0 && range->end % MODEL_PAGE == 0);
		CHECK(range->start >= model->base);
		CHECK(range->end <= model->base + MODEL_PAGES * MODEL_PAGE);
		CHECK(!before || before->end <= range->start);
		CHECK(!before || before->end < range->start || before->sources != range->sources ||
		      before->page_size != range->page_size);
		for (address = range->start; address < range->end; address += MODEL_PAGE) {
			unsigned int at = (unsigned int)((address - model->base) / MODEL_PAGE);

			for (; page < at; page++)
				CHECK(!model->sources[page]);
			CHECK(model->sources[page] == range->sources);
			CHECK(model->page_size[page] == range->page_size);
			page++;
		}
	}
	for (; page < MODEL_PAGES; page++)
		CHECK(!model->sources[page]);
	for (page = 0; page < MODEL_PAGES; page++) {
		pages += model->sources[page] != 0;
		runs += model->sources[page] && (page == 0 || !model->sources[page - 1]);
	}
	CHECK(hwpoison_frames_bytes(frames) == (uint64_t)pages * MODEL_PAGE);
	CHECK(hwpoison_frames_runs(frames) == runs);
}

/* ------------------------------------------------------------------------- a map, cell by cell */

/* Cells are smaller than pages: real maps have edges within pages. */
#define MODEL_CELL 1024u
#define MODEL_CELLS 256u
#define MODEL_SPAN ((uint64_t)MODEL_CELLS * MODEL_CELL)
#define NO_TYPE UINT64_MAX

struct map_model {
	uint64_t base;		    /* a multiple of 64 KiB */
	uint64_t type[MODEL_CELLS]; /* or NO_TYPE */
};

static inline uint64_t cell_address(const struct map_model *model, unsigned int cell)
{
	return model->base + (uint64_t)cell * MODEL_CELL;
}

/* A map's entries, cell by cell. They must be sorted, disjoint, and of whole cells. */
static inline void map_model_read(struct map_model *model, uint64_t base,
				  const struct hwpoison_map *map)
{
	unsigned int cell;
	size_t i;

	model->base = base;
	for (cell = 0; cell < MODEL_CELLS; cell++)
		model->type[cell] = NO_TYPE;
	for (i = 0; i < map->count; i++) {
		const struct hwpoison_map_entry *entry = &map->entries[i];
		uint64_t address;

		CHECK(entry->start < entry->end);
		CHECK(entry->start % MODEL_CELL == 0 && entry->end % MODEL_CELL == 0);
		CHECK(entry->start >= base && entry->end <= base + MODEL_SPAN);
		CHECK(i == 0 || map->entries[i - 1].end <= entry->start);
		for (address = entry->start; address < entry->end; address += MODEL_CELL)
			model->type[(address - base) / MODEL_CELL] = entry->type;
	}
}

static inline bool type_merges(uint64_t type)
{
	return type != HWPOISON_PRAM && type != HWPOISON_SOFT_RESERVED;
}

/* No two neighbours that should be one. */
static inline void check_merged(const struct hwpoison_map *map)
{
	size_t i;

	for (i = 1; i < map->count; i++)
		CHECK(map->entries[i - 1].end < map->entries[i].start ||
		      map->entries[i - 1].type != map->entries[i].type ||
		      !type_merges(map->entries[i].type));
}

static inline bool frames_have_cell(const struct hwpoison_frames *frames, uint64_t address)
{
	size_t i;

	for (i = 0; i < frames->count; i++)
		if (address >= frames->ranges[i].start && address < frames->ranges[i].end)
			return true;
	return false;
}

#endif
