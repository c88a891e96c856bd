/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The e820 carrier against exhaustive search. A random map and random frames are planned under
 * random limits; the model keeps the frames out KiB by KiB, tries every set of RAM runs beside
 * poison that could be given up, counts the entries of each resulting map, and so knows what the
 * least waste is and which error must come. The outcome must be that, must keep every frame out,
 * must change nothing else, and planning it again must change nothing.
 */
#include "tests/property/model.h"

#define RUNS_MAX 128u
#define CANDIDATES_MAX 12u
#define MIB (UINT64_C(1) << 20)

struct run {
	unsigned int start, end; /* cells */
	uint64_t type;
	int candidate; /* its bit in a choice, or -1 */
};

static struct hwpoison_map map;
static struct hwpoison_frames frames;
static struct hwpoison_limits limits;
static struct map_model before, next; /* next: with the frames kept out, nothing given up */
static bool rounded[MODEL_CELLS];     /* lies in a page that has a bad frame */
static uint64_t rounded_bytes;
static bool whole_pages; /* all edges of the map are on pages */
static struct run runs[RUNS_MAX];
static unsigned int run_count, candidates;

static void draw_map(void)
{
	static const uint32_t types[] = {HWPOISON_RESERVED, HWPOISON_ACPI, HWPOISON_UNUSABLE,
					 HWPOISON_UNUSABLE, HWPOISON_PMEM, 9};
	static const uint64_t bases[] = {0,   MIB - 0x10000, MIB - 0x20000,
					 MIB, 64 * MIB,	     HWPOISON_ADDRESS_LIMIT - MODEL_SPAN};
	uint64_t base = bases[draw(6)];
	unsigned int i, count = 1 + (unsigned int)draw(6);

	whole_pages = draw(2);
	for (i = 0; i < count; i++) {
		struct hwpoison_range range;

		range.start = base + draw(MODEL_CELLS) * MODEL_CELL;
		range.end = range.start + MODEL_CELL * (1 + draw(i ? 80 : MODEL_CELLS));
		if (whole_pages) {
			range.start &= ~UINT64_C(4095);
			range.end = (range.end + 4095) & ~UINT64_C(4095);
		}
		if (range.end > base + MODEL_SPAN)
			range.end = base + MODEL_SPAN;
		CHECK(hwpoison_map_add(&map, range.start, range.end,
				       i < 2 || draw(2) ? HWPOISON_RAM : types[draw(6)]) == 0);
	}
	CHECK(hwpoison_map_normalise(&map) == 0);
	map_model_read(&before, base, &map);
}

static void draw_frames(void)
{
	uint64_t i, count = draw(7);

	for (i = 0; i < count; i++) {
		struct hwpoison_range range = draw_range(before.base, MODEL_SPAN,
							 draw(20) ? 8192 : MODEL_SPAN);

		CHECK(hwpoison_frames_add(&frames, range.start, range.end, 1u << draw(3), 4096) ==
		      0);
	}
}

static void draw_limits(void)
{
	static const uint32_t page_sizes[] = {4096, 4096, 8192, 16384};

	limits.page_size = page_sizes[draw(4)];
	limits.max_entries = draw(4) ? draw(16) : HWPOISON_NO_LIMIT;
	limits.max_ram_regions = draw(2) ? draw(9) : HWPOISON_NO_LIMIT;
	limits.max_waste = draw(4) ? UINT64_MAX : draw(MODEL_SPAN / 2);
}

static bool page_is_bad(uint64_t address)
{
	uint64_t page = address / limits.page_size * limits.page_size, at;

	for (at = page; at < page + limits.page_size; at += MODEL_CELL)
		if (frames_have_cell(&frames, at))
			return true;
	return false;
}

static void keep_out(void)
{
	unsigned int cell;

	next = before;
	rounded_bytes = 0;
	for (cell = 0; cell < MODEL_CELLS; cell++) {
		uint64_t address = cell_address(&before, cell);

		rounded[cell] = page_is_bad(address);
		if (!rounded[cell] || before.type[cell] != HWPOISON_RAM)
			continue;
		next.type[cell] = HWPOISON_UNUSABLE;
		if (!frames_have_cell(&frames, address))
			rounded_bytes += MODEL_CELL;
	}
}

static bool cell_is_unusable(unsigned int cell)
{
	return cell < MODEL_CELLS && next.type[cell] == HWPOISON_UNUSABLE;
}

/* Splits the model into runs of one type, holes too. */
static void find_runs(void)
{
	unsigned int cell = 0, end;

	run_count = candidates = 0;
	while (cell < MODEL_CELLS) {
		struct run *run = &runs[run_count++];

		for (end = cell; end < MODEL_CELLS && next.type[end] == next.type[cell]; end++)
			;
		*run = (struct run){cell, end, next.type[cell], -1};
		if (run->type == HWPOISON_RAM &&
		    ((cell && cell_is_unusable(cell - 1)) || cell_is_unusable(end)))
			run->candidate = (int)candidates++;
		cell = end;
	}
}

struct choice {
	size_t entries, ram_regions;
	uint64_t low, bytes;
};

static void choice_count(unsigned int mask, struct choice *choice)
{
	uint64_t last = NO_TYPE;
	unsigned int i;

	*choice = (struct choice){0};
	for (i = 0; i < run_count; i++) {
		const struct run *run = &runs[i];
		uint64_t start = cell_address(&next, run->start), type = run->type;
		uint64_t end = cell_address(&next, run->end);

		if (run->candidate >= 0 && (mask >> run->candidate & 1)) {
			type = HWPOISON_UNUSABLE;
			choice->bytes += end - start;
			if (start < MIB)
				choice->low += (end < MIB ? end : MIB) - start;
		}
		choice->entries += type != NO_TYPE && type != last;
		choice->ram_regions += type == HWPOISON_RAM;
		last = type;
	}
}

/* What is expected: an error, and the choice that costs least. */
static int search(struct choice *best)
{
	struct choice choice;
	bool found = false;
	unsigned int mask;

	choice_count(0, &choice);
	if (!choice.ram_regions)
		return HWPOISON_ENORAM;
	for (mask = 0; mask < 1u << candidates; mask++) {
		choice_count(mask, &choice);
		if (choice.entries > limits.max_entries || !choice.ram_regions ||
		    choice.ram_regions > limits.max_ram_regions)
			continue;
		if (!found || choice.low < best->low ||
		    (choice.low == best->low && choice.bytes < best->bytes))
			*best = choice;
		found = true;
	}
	if (!found)
		return HWPOISON_EFULL;
	return best->bytes > limits.max_waste ? HWPOISON_EWASTE : 0;
}

static void check_empty(const struct hwpoison_outcome *outcome)
{
	CHECK(!outcome->map.count && !outcome->excluded.count && !outcome->given_up.count);
	CHECK(!outcome->given_up_bytes && !outcome->rounded_bytes && !outcome->entries &&
	      !outcome->ram_regions);
}

static void check_needs(const struct hwpoison_outcome *outcome, int error)
{
	struct choice nothing;

	choice_count(0, &nothing);
	if (error == HWPOISON_ENORAM)
		return;
	CHECK(outcome->entries_needed == nothing.entries);
	CHECK(outcome->ram_regions_needed == nothing.ram_regions);
}

/* The cells of the outcome: as without it, save what was kept out and what was given up, and that
 * is RAM beside poison, in whole runs. */
static void check_cells(const struct hwpoison_outcome *outcome, const struct choice *best)
{
	struct map_model got, given;
	uint64_t bytes = 0, low = 0;
	unsigned int i, cell;

	map_model_read(&got, before.base, &outcome->map);
	map_model_read(&given, before.base, &outcome->given_up);
	for (i = 0; i < run_count; i++) {
		bool taken = given.type[runs[i].start] != NO_TYPE;

		CHECK(!taken || runs[i].candidate >= 0);
		for (cell = runs[i].start; cell < runs[i].end; cell++) {
			uint64_t address = cell_address(&before, cell);
			bool excluded = frames_have_cell(&outcome->excluded, address);

			CHECK((given.type[cell] != NO_TYPE) == taken);
			CHECK(got.type[cell] == (taken ? HWPOISON_UNUSABLE : next.type[cell]));
			CHECK(!(rounded[cell] || taken) || excluded);
			CHECK(!whole_pages || excluded == (rounded[cell] || taken));
			bytes += taken ? MODEL_CELL : 0;
			low += taken && address < MIB ? MODEL_CELL : 0;
		}
	}
	CHECK(bytes == best->bytes && low == best->low);
	CHECK(outcome->given_up_bytes == bytes);
	CHECK(hwpoison_map_bytes(&outcome->given_up, HWPOISON_RAM) == bytes);
}

static void check_same_map(const struct hwpoison_map *a, const struct hwpoison_map *b)
{
	size_t i;

	CHECK(a->count == b->count);
	for (i = 0; i < a->count; i++)
		CHECK(a->entries[i].start == b->entries[i].start &&
		      a->entries[i].end == b->entries[i].end &&
		      a->entries[i].type == b->entries[i].type);
}

static void check_again(const struct hwpoison_outcome *outcome, const struct hwpoison_frames *with)
{
	struct hwpoison_limits strict = limits;
	struct hwpoison_outcome again;

	strict.max_waste = 0;
	CHECK(hwpoison_e820_plan(&outcome->map, with, &strict, &again) == 0);
	check_same_map(&again.map, &outcome->map);
	CHECK(again.given_up_bytes == 0 && again.rounded_bytes == 0);
	hwpoison_outcome_free(&again);
}

static void check_outcome(const struct hwpoison_outcome *outcome, const struct choice *best)
{
	check_merged(&outcome->map);
	CHECK(outcome->entries == outcome->map.count);
	CHECK(outcome->entries <= limits.max_entries);
	CHECK(outcome->ram_regions == hwpoison_map_entries(&outcome->map, HWPOISON_RAM));
	CHECK(outcome->ram_regions <= limits.max_ram_regions);
	CHECK(outcome->limit == limits.max_entries);
	CHECK(outcome->rounded_bytes == rounded_bytes);
	CHECK(outcome->waste_needed == 0);
	check_cells(outcome, best);
	check_again(outcome, &frames);
	/* Gaps are of whole pages of 4 KiB: a larger page would take more around them. */
	if (whole_pages && limits.page_size == 4096)
		check_again(outcome, &outcome->excluded);
}

static void one_case(void)
{
	struct hwpoison_outcome outcome;
	struct choice best = {0};
	int error;

	draw_map();
	draw_frames();
	draw_limits();
	keep_out();
	find_runs();
	if (candidates <= CANDIDATES_MAX) {
		error = search(&best);
		CHECK(hwpoison_e820_plan(&map, &frames, &limits, &outcome) == error);
		CHECK(outcome.waste_needed == (error == HWPOISON_EWASTE ? best.bytes : 0));
		check_needs(&outcome, error);
		if (error)
			check_empty(&outcome);
		else
			check_outcome(&outcome, &best);
		hwpoison_outcome_free(&outcome);
	}
	hwpoison_map_free(&map);
	hwpoison_frames_free(&frames);
}

static void plan_is_the_best_there_is(void **state)
{
	(void)state;
	run_cases(30000, one_case);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plan_is_the_best_there_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
