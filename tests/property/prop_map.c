/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The map against a model that has one type for each KiB: random entries that overlap, of all
 * types, normalised; then random frames kept out of the result. Sums, searches and conversions
 * are compared on the way.
 */
#include "hwpoison/internal.h"
#include "tests/property/model.h"

static struct hwpoison_map map, input, poisoned;
static struct hwpoison_frames frames;

static const uint32_t types[] = {HWPOISON_RAM,
				 HWPOISON_RAM,
				 HWPOISON_RAM,
				 HWPOISON_RESERVED,
				 HWPOISON_ACPI,
				 HWPOISON_NVS,
				 HWPOISON_UNUSABLE,
				 HWPOISON_PMEM,
				 HWPOISON_PRAM,
				 HWPOISON_SOFT_RESERVED,
				 0,
				 6,
				 UINT32_MAX};
#define TYPES (sizeof(types) / sizeof(types[0]))

static void draw_map(struct map_model *model)
{
	unsigned int i, cell, count = (unsigned int)draw(14);

	for (cell = 0; cell < MODEL_CELLS; cell++)
		model->type[cell] = NO_TYPE;
	for (i = 0; i < count; i++) {
		uint32_t type = types[draw(TYPES)];
		unsigned int start = (unsigned int)draw(MODEL_CELLS);
		unsigned int end = start + 1 + (unsigned int)draw(draw(3) ? 40 : MODEL_CELLS);

		if (end > MODEL_CELLS)
			end = MODEL_CELLS;
		/* Often where another one begins or ends. */
		if (i && draw(3) == 0) {
			start = (unsigned int)((map.entries[i - 1].end - model->base) / MODEL_CELL);
			if (start >= end)
				end = start + 1;
			if (end > MODEL_CELLS)
				start = (end = MODEL_CELLS) - 1;
		}
		CHECK(hwpoison_map_add(&map, cell_address(model, start), cell_address(model, end),
				       type) == 0);
		for (cell = start; cell < end; cell++)
			if (model->type[cell] == NO_TYPE || model->type[cell] < type)
				model->type[cell] = type;
	}
}

/* Neighbours of a type that does not merge meet only where an entry of that type began or ended. */
static void check_devices(void)
{
	size_t i, j;

	for (i = 1; i < map.count; i++) {
		uint64_t edge = map.entries[i].start;
		bool found = false;

		if (map.entries[i - 1].end != edge ||
		    map.entries[i - 1].type != map.entries[i].type)
			continue;
		for (j = 0; j < input.count; j++)
			if (input.entries[j].type == map.entries[i].type &&
			    (input.entries[j].start == edge || input.entries[j].end == edge))
				found = true;
		CHECK(found);
	}
}

static void check_sums(const struct hwpoison_map *of, const struct map_model *model)
{
	unsigned int cell;
	size_t i;

	for (i = 0; i < TYPES; i++) {
		uint64_t bytes = 0, runs = 0;

		for (cell = 0; cell < MODEL_CELLS; cell++) {
			bytes += model->type[cell] == types[i] ? MODEL_CELL : 0;
			runs += model->type[cell] == types[i] &&
				(cell == 0 || model->type[cell - 1] != types[i]);
		}
		CHECK(hwpoison_map_bytes(of, types[i]) == bytes);
		CHECK(type_merges(types[i]) ? hwpoison_map_entries(of, types[i]) == runs :
					      hwpoison_map_entries(of, types[i]) >= runs);
	}
	for (i = 0; i < 4; i++) {
		uint64_t address = model->base + draw(MODEL_SPAN);
		const struct hwpoison_map_entry *entry = hwpoison_map_find(of, address);
		uint64_t type = model->type[(address - model->base) / MODEL_CELL];

		CHECK((entry == NULL) == (type == NO_TYPE));
		CHECK(!entry ||
		      (entry->start <= address && address < entry->end && entry->type == type));
	}
}

static void check_equal(const struct map_model *got, const struct map_model *expected)
{
	unsigned int cell;

	for (cell = 0; cell < MODEL_CELLS; cell++)
		CHECK(got->type[cell] == expected->type[cell]);
}

static void check_normalised(const struct map_model *model)
{
	struct map_model got;
	struct hwpoison_map again = {0};
	size_t i;

	CHECK(hwpoison_map_copy(&map, &input) == 0);
	CHECK(hwpoison_map_normalise(&map) == 0);
	map_model_read(&got, model->base, &map);
	check_equal(&got, model);
	check_merged(&map);
	check_devices();
	check_sums(&map, model);

	CHECK(hwpoison_map_copy(&map, &again) == 0);
	CHECK(hwpoison_map_normalise(&again) == 0);
	CHECK(again.count == map.count);
	for (i = 0; i < map.count; i++)
		CHECK(again.entries[i].start == map.entries[i].start &&
		      again.entries[i].end == map.entries[i].end &&
		      again.entries[i].type == map.entries[i].type);
	hwpoison_map_free(&again);
}

static void check_poisoned(struct map_model *model)
{
	uint64_t i, count = draw(8), covered = 0;
	struct map_model got;
	unsigned int cell;

	for (i = 0; i < count; i++) {
		struct hwpoison_range range = draw_range(model->base, MODEL_SPAN, 20000);

		CHECK(hwpoison_frames_add(&frames, range.start, range.end, 1u << draw(3),
					  draw_page_size()) == 0);
	}
	CHECK(hwpoison_map_poison(&map, &frames, &poisoned) == 0);
	for (cell = 0; cell < MODEL_CELLS; cell++) {
		if (model->type[cell] != HWPOISON_RAM ||
		    !frames_have_cell(&frames, cell_address(model, cell)))
			continue;
		model->type[cell] = HWPOISON_UNUSABLE;
		covered += MODEL_CELL;
	}
	map_model_read(&got, model->base, &poisoned);
	check_equal(&got, model);
	check_merged(&poisoned);
	check_sums(&poisoned, model);
	CHECK(hwpoison_map_covered(&map, &frames) == covered);
	CHECK(hwpoison_map_covered(&poisoned, &frames) == 0);
}

/* What is unusable becomes frames, and those keep out what they came from. */
static void check_frames(const struct map_model *model)
{
	struct hwpoison_frames found = {0};
	uint32_t page_size = draw_page_size();
	unsigned int cell, other, cells = page_size / MODEL_CELL;

	CHECK(hwpoison_map_frames(&poisoned, page_size, 4, &found) == 0);
	for (cell = 0; cell < MODEL_CELLS; cell++) {
		bool expected = false;

		for (other = cell / cells * cells; other < (cell / cells + 1) * cells; other++)
			expected |= model->type[other] == HWPOISON_UNUSABLE;
		CHECK(frames_have_cell(&found, cell_address(model, cell)) == expected);
	}
	hwpoison_frames_free(&found);
}

static void one_case(void)
{
	struct map_model model = {.base = draw_base(MODEL_SPAN)};

	draw_map(&model);
	check_normalised(&model);
	check_poisoned(&model);
	check_frames(&model);
	hwpoison_map_free(&map);
	hwpoison_map_free(&input);
	hwpoison_map_free(&poisoned);
	hwpoison_frames_free(&frames);
}

static void map_is_what_the_model_says(void **state)
{
	(void)state;
	run_cases(30000, one_case);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(map_is_what_the_model_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
