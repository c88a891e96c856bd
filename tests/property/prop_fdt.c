/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The dtb carrier against a model of what Linux does with a tree, on random small cases: memory is
 * 256 units of 1 KiB; a tree has random foreign nodes and reserve entries at any unit; frames,
 * page size and limits are random. The model reserves as early_init_fdt_scan_reserved_mem() does,
 * in the order of 6.1 (entries first) and of 7.2 (nodes first), with one tuple of a node or all,
 * and refuses no-map over reserved memory. Afterwards every bad unit of RAM is kept out, every
 * good one that was not given up is as it would be without us, the next hop learns the frames
 * exactly, and a later hop without frames leaves the tree as it was at first.
 * Each case is made from its number: to see one again, PROP_CASE=number.
 */
#include "tests/unit/tree.h"

#define UNITS 256
#define UNIT 0x400u
#define BASE 0x40000000u
#define CASES 6000

static uint64_t random_state;

static uint64_t random_below(uint64_t limit)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state % limit;
}

static bool one_in(uint64_t count)
{
	return random_below(count) == 0;
}

struct model {
	bool ram[UNITS], reserved[UNITS], nomap[UNITS];
	bool lent[UNITS];    /* handed out although reserved */
	bool refused[UNITS]; /* in a node that Linux refuses */
	bool later[UNITS];   /* in a tuple but the first: some kernels do not see it */
};

static uint64_t unit_address(uint64_t unit)
{
	return BASE + unit * UNIT;
}

/* What a range covers of the units; all of them are whole. */
static void span(uint64_t base, uint64_t size, size_t *from, size_t *to)
{
	uint64_t end = base + size, top = unit_address(UNITS);

	*from = base <= BASE ? 0 : base >= top ? UNITS : (base - BASE) / UNIT;
	*to = end <= BASE ? 0 : end >= top ? UNITS : (end - BASE + UNIT - 1) / UNIT;
}

static void model_entries(struct model *model, const void *tree)
{
	uint64_t base, size;
	size_t from, to;

	for (int i = 0; i < fdt_num_mem_rsv(tree); i++) {
		OK(fdt_get_mem_rsv(tree, i, &base, &size));
		span(base, size, &from, &to);
		for (size_t unit = from; unit < to; unit++)
			model->reserved[unit] = true;
	}
}

static void model_range(struct model *model, uint64_t base, uint64_t size, bool nomap, bool lent,
			bool later)
{
	size_t from, to;
	bool overlaps_ram = false, overlaps_reserved = false;

	span(base, size, &from, &to);
	for (size_t unit = from; unit < to; unit++) {
		overlaps_ram |= model->ram[unit];
		overlaps_reserved |= model->reserved[unit];
		model->later[unit] |= later;
	}
	for (size_t unit = from; unit < to; unit++) {
		if (nomap && overlaps_ram && overlaps_reserved) {
			model->refused[unit] = true; /* -EBUSY */
			continue;
		}
		if (nomap)
			model->nomap[unit] = true;
		else
			model->reserved[unit] = true;
		model->lent[unit] |= lent;
	}
}

static void model_nodes(struct model *model, const void *tree, bool all_tuples)
{
	int parent = fdt_path_offset(tree, "/reserved-memory"), node, length;
	uint32_t address_cells = 0, size_cells = 0;

	if (parent < 0)
		return;
	address_cells = (uint32_t)fdt_address_cells(tree, parent);
	size_cells = (uint32_t)fdt_size_cells(tree, parent);
	assert_non_null(fdt_getprop(tree, parent, "ranges", NULL));
	fdt_for_each_subnode(node, tree, parent)
	{
		const fdt32_t *reg = fdt_getprop(tree, node, "reg", &length);
		bool nomap = fdt_getprop(tree, node, "no-map", NULL) != NULL;
		bool lent = fdt_getprop(tree, node, "reusable", NULL) != NULL;
		int tuple = (int)(address_cells + size_cells);

		for (int at = 0; reg && at + tuple <= length / 4; at += tuple) {
			uint64_t base = fdt32_ld(reg + at), size;

			if (address_cells == 2)
				base = base << 32 | fdt32_ld(reg + at + 1);
			size = fdt32_ld(reg + at + address_cells);
			if (size_cells == 2)
				size = size << 32 | fdt32_ld(reg + at + address_cells + 1);
			model_range(model, base, size, nomap, lent && !nomap, at > 0);
			if (!all_tuples)
				break;
		}
	}
}

static struct model model_boot(const bool *ram, const void *tree, bool old)
{
	struct model model = {0};

	memcpy(model.ram, ram, sizeof(model.ram));
	if (old)
		model_entries(&model, tree);
	model_nodes(&model, tree, old);
	if (!old)
		model_entries(&model, tree);
	return model;
}

static bool usable(const struct model *model, size_t unit)
{
	return model->ram[unit] && !model->nomap[unit] &&
	       (!model->reserved[unit] || model->lent[unit]);
}

static void random_range(uint64_t *base, uint64_t *size)
{
	uint64_t from = random_below(UNITS), count = 1 + random_below(one_in(4) ? 60 : 12);

	*base = unit_address(from);
	*size = (from + count > UNITS ? UNITS - from : count) * UNIT;
}

static void put_range(void *tree, uint32_t cells, uint64_t base, uint64_t size, fdt32_t *reg,
		      size_t *words)
{
	(void)tree;
	if (cells == 2)
		fdt32_st(&reg[(*words)++], 0);
	fdt32_st(&reg[(*words)++], (uint32_t)base);
	if (cells == 2)
		fdt32_st(&reg[(*words)++], 0);
	fdt32_st(&reg[(*words)++], (uint32_t)size);
}

static void *random_tree(void)
{
	uint32_t cells = one_in(3) ? 1 : 2;
	uint64_t entries[8] = {0}, count = random_below(3);
	void *tree;

	for (uint64_t i = 0; i < count; i++)
		random_range(&entries[2 * i], &entries[2 * i + 1]);
	tree = tree_begin(cells, cells, entries);
	if (one_in(3))
		return tree_end(tree);
	reserved_begin(tree, cells, cells);
	count = random_below(4);
	for (uint64_t i = 0; i < count; i++) {
		char name[16];
		fdt32_t reg[8];
		size_t words = 0;

		snprintf(name, sizeof(name), "node@%d", (int)i);
		OK(fdt_begin_node(tree, name));
		do {
			uint64_t base, size;

			random_range(&base, &size);
			put_range(tree, cells, base, size, reg, &words);
		} while (words <= 4 && one_in(8));
		OK(fdt_property(tree, "reg", reg, (int)(words * 4)));
		if (one_in(2))
			OK(fdt_property(tree, "no-map", "", 0));
		else if (one_in(4))
			OK(fdt_property(tree, "reusable", "", 0));
		OK(fdt_end_node(tree));
	}
	OK(fdt_end_node(tree));
	return tree_end(tree);
}

static void random_ram(bool *ram, struct hwpoison_map *map)
{
	for (size_t unit = 0; unit < UNITS; unit++)
		ram[unit] = true;
	for (uint64_t holes = random_below(3); holes; holes--) {
		uint64_t from = random_below(UNITS), count = random_below(20);

		for (uint64_t unit = from; unit < UNITS && unit < from + count; unit++)
			ram[unit] = false;
	}
	for (size_t unit = 0; unit < UNITS; unit++)
		OK(hwpoison_map_add(map, unit_address(unit), unit_address(unit + 1),
				    ram[unit] ? HWPOISON_RAM : HWPOISON_ACPI));
	OK(hwpoison_map_normalise(map));
}

static void random_frames(struct hwpoison_frames *frames)
{
	for (uint64_t count = random_below(8); count; count--) {
		uint64_t start = unit_address(random_below(UNITS));

		OK(hwpoison_frames_add(frames, start, start + 1 + random_below(0x3000),
				       HWPOISON_SOURCE_KPAGEFLAGS, one_in(4) ? 8192 : 4096));
	}
}

static bool in_frames(const struct hwpoison_frames *frames, size_t unit)
{
	return hwpoison_frames_find(frames, unit_address(unit), unit_address(unit + 1)) != NULL;
}

static void check_learnt(const void *tree, const struct hwpoison_frames *frames)
{
	struct hwpoison_frames learnt = {0}, again = {0};

	OK(hwpoison_fdt_frames(tree, fdt_totalsize(tree), 4096, &learnt, NULL));
	/* Only the sources are not carried; what differed in them alone has merged. */
	for (size_t i = 0; i < frames->count; i++)
		OK(hwpoison_frames_add(&again, frames->ranges[i].start, frames->ranges[i].end,
				       HWPOISON_SOURCE_FDT, frames->ranges[i].page_size));
	assert_int_equal(learnt.count, again.count);
	for (size_t i = 0; i < again.count; i++)
		assert_memory_equal(&learnt.ranges[i], &again.ranges[i], sizeof(again.ranges[i]));
	hwpoison_frames_free(&learnt);
	hwpoison_frames_free(&again);
}

static void check_models(const bool *ram, const void *tree, const void *next,
			 const struct hwpoison_frames *rounded,
			 const struct hwpoison_outcome *outcome)
{
	for (int old = 0; old < 2; old++) {
		struct model before = model_boot(ram, tree, old),
			     after = model_boot(ram, next, old);

		for (size_t unit = 0; unit < UNITS; unit++) {
			uint64_t address = unit_address(unit);
			bool is_bad = in_frames(rounded, unit);
			bool is_given = in_frames(&outcome->excluded, unit) && !is_bad;
			const struct hwpoison_map_entry *entry = hwpoison_map_find(&outcome->map,
										   address);

			assert_non_null(entry);
			if (is_bad || is_given)
				assert_true(!usable(&after, unit) && entry->type != HWPOISON_RAM);
			else
				assert_true(usable(&after, unit) == usable(&before, unit) &&
					    (entry->type == HWPOISON_RAM) == ram[unit]);
		}
	}
}

static void check_clean(const void *tree, const void *next, const struct hwpoison_map *map,
			const struct hwpoison_fdt_options *options)
{
	struct hwpoison_frames none = {0};
	struct hwpoison_outcome outcome;
	void *clean;
	size_t size;
	char *x, *y;

	OK(hwpoison_fdt_plan(next, fdt_totalsize(next), map, &none, options, &outcome, NULL));
	OK(hwpoison_fdt_write(next, fdt_totalsize(next), &outcome, &none, options, &clean, &size,
			      NULL));
	x = tree_text(clean, true);
	y = tree_text(tree, true);
	assert_string_equal(x, y);
	free(x);
	free(y);
	free(clean);
	hwpoison_outcome_free(&outcome);
}

/* EOVERLAP must have a reason: a bad unit that is handed out, or that not every kernel reserves.
 * The nodes go over the model twice, so that what is refused does not depend on their order. */
static void check_overlap(const bool *ram, const void *tree, const struct hwpoison_frames *rounded)
{
	struct model model = model_boot(ram, tree, true);
	bool reason = false;

	model_nodes(&model, tree, true);
	for (size_t unit = 0; unit < UNITS; unit++)
		reason |= ram[unit] && in_frames(rounded, unit) &&
			  (model.lent[unit] || model.later[unit] || model.refused[unit]);
	assert_true(reason);
}

static size_t counts[16];

static void check_case(void)
{
	struct hwpoison_fdt_options options = {
		.way = one_in(2) ? HWPOISON_FDT_NODES : HWPOISON_FDT_RESERVE,
		.max_ranges = one_in(2) ? 1 + random_below(4) : HWPOISON_NO_LIMIT,
		.max_waste = one_in(4) ? 0x2000 : UINT64_MAX,
		.page_size = one_in(3) ? 16384 : 4096,
	};
	struct hwpoison_map map = {0};
	struct hwpoison_frames frames = {0}, rounded = {0};
	struct hwpoison_outcome outcome;
	bool ram[UNITS];
	void *tree = random_tree(), *next;
	size_t size;
	int error;

	random_ram(ram, &map);
	random_frames(&frames);
	OK(hwpoison_frames_round(&frames, options.page_size, &rounded));
	error = hwpoison_fdt_plan(tree, fdt_totalsize(tree), &map, &frames, &options, &outcome,
				  NULL);
	counts[-error]++;
	if (!error) {
		assert_true(outcome.entries <= options.max_ranges);
		assert_true(outcome.given_up_bytes <= options.max_waste);
		OK(hwpoison_fdt_write(tree, fdt_totalsize(tree), &outcome, &frames, &options, &next,
				      &size, NULL));
		check_learnt(next, &frames);
		check_models(ram, tree, next, &rounded, &outcome);
		check_clean(tree, next, &map, &options);
		free(next);
		hwpoison_outcome_free(&outcome);
	} else if (error == HWPOISON_EOVERLAP) {
		check_overlap(ram, tree, &rounded);
	} else {
		assert_true(error == HWPOISON_EWASTE || error == HWPOISON_EFULL);
		assert_true(options.max_ranges != HWPOISON_NO_LIMIT);
	}
	free(tree);
	hwpoison_map_free(&map);
	hwpoison_frames_free(&frames);
	hwpoison_frames_free(&rounded);
}

static void trees_keep_out_what_is_bad_and_nothing_else(void **state)
{
	const char *only = getenv("PROP_CASE");
	uint64_t first = only ? strtoull(only, NULL, 10) : 1;

	(void)state;
	for (uint64_t number = first; number < (only ? first + 1 : CASES); number++) {
		random_state = number * 0x9e3779b97f4a7c15u;
		for (int i = 0; i < 8; i++)
			random_below(2);
		if (only)
			print_message("case %llu\n", (unsigned long long)number);
		check_case();
	}
	/* Every outcome was met often enough to mean something. */
	if (!only) {
		assert_true(counts[0] > CASES / 4);
		assert_true(counts[-HWPOISON_EOVERLAP] > CASES / 100);
		assert_true(counts[-HWPOISON_EWASTE] > CASES / 100);
		assert_true(counts[-HWPOISON_EFULL] > CASES / 100);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(trees_keep_out_what_is_bad_and_nothing_else),
	};

	return cmocka_run_group_tests_name("fdt", tests, NULL, NULL);
}
