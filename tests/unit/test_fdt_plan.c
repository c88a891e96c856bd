/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which ranges a device tree is told, given what it reserves already and what it can express. */
#include "tests/unit/tree.h"

#define RAM "40000000-80000000 ram"

static const struct hwpoison_fdt_options plain = {
	.way = HWPOISON_FDT_NODES,
	.max_ranges = HWPOISON_NO_LIMIT,
	.page_size = 4096,
};

/* Plans and takes the tree. The caller frees outcome. */
static int plan(void *tree, const char *ram, const char *bad,
		const struct hwpoison_fdt_options *options, struct hwpoison_outcome *outcome,
		struct hwpoison_problem *problem)
{
	struct hwpoison_map map = {0};
	struct hwpoison_frames frames = {0};
	int error;

	map_of_words(ram, &map);
	frames_of_words(bad, &frames);
	error = hwpoison_fdt_plan(tree, fdt_totalsize(tree), &map, &frames, options, outcome,
				  problem);
	hwpoison_map_free(&map);
	hwpoison_frames_free(&frames);
	free(tree);
	return error;
}

static void expect_with(void *tree, const char *ram, const char *bad,
			const struct hwpoison_fdt_options *options, const char *map, size_t entries)
{
	struct hwpoison_outcome outcome;
	struct hwpoison_problem problem;

	assert_int_equal(plan(tree, ram, bad, options, &outcome, &problem), 0);
	assert_string_equal(map_words(&outcome.map), map);
	assert_int_equal(outcome.entries, entries);
	assert_int_equal(outcome.limit, options->max_ranges);
	assert_int_equal(outcome.ram_regions, hwpoison_map_entries(&outcome.map, HWPOISON_RAM));
	hwpoison_outcome_free(&outcome);
}

static void expect(void *tree, const char *ram, const char *bad, const char *map, size_t entries)
{
	expect_with(tree, ram, bad, &plain, map, entries);
}

static void expect_error(void *tree, const char *bad, int error, uint64_t start, const char *what)
{
	struct hwpoison_outcome outcome;
	struct hwpoison_problem problem = {0};

	assert_int_equal(plan(tree, RAM, bad, &plain, &outcome, &problem), error);
	assert_int_equal(problem.start, start);
	assert_string_equal(problem.what, what);
	assert_int_equal(outcome.map.count, 0);
	assert_int_equal(outcome.excluded.count, 0);
}

/* A tree with one node below /reserved-memory, cells 2/2. */
static void *tree_with(const char *name, uint64_t base, uint64_t size, const char *property)
{
	void *tree = tree_begin(2, 2, NULL);

	reserved_begin(tree, 2, 2);
	put_node(tree, name, base, size, property, NULL);
	OK(fdt_end_node(tree));
	return tree_end(tree);
}

static void without_frames_nothing_changes(void **state)
{
	(void)state;
	expect(tree_plain(), RAM ", 80000000-80001000 reserved", "",
	       RAM ", 80000000-80001000 reserved", 0);
}

static void frames_become_ranges_in_ram(void **state)
{
	(void)state;
	expect(tree_plain(), RAM, "40005000-40006000, 40006000-40007000 2/1000, 50000000-50001000",
	       "40000000-40005000 ram, 40005000-40007000 unusable, 40007000-50000000 ram, "
	       "50000000-50001000 unusable, 50001000-80000000 ram",
	       2);
}

static void frames_outside_of_ram_are_left_out(void **state)
{
	(void)state;
	expect(tree_plain(), RAM ", 80000000-80001000 reserved",
	       "1000-2000, 80000000-80001000, 90000000-90001000",
	       RAM ", 80000000-80001000 reserved", 0);
}

static void what_is_excluded_is_all_that_is_bad(void **state)
{
	struct hwpoison_outcome outcome;

	(void)state;
	assert_int_equal(plan(tree_plain(), RAM, "1000-2000, 40005000-40006000", &plain, &outcome,
			      NULL),
			 0);
	assert_string_equal(frames_words(&outcome.excluded),
			    "1000-2000 1/1000, 40005000-40006000 1/1000");
	hwpoison_outcome_free(&outcome);
}

static void frames_are_widened_to_the_next_kernels_pages(void **state)
{
	struct hwpoison_fdt_options options = plain;
	struct hwpoison_outcome outcome;

	(void)state;
	options.page_size = 65536;
	assert_int_equal(plan(tree_plain(), RAM, "40015000-40016000", &options, &outcome, NULL), 0);
	assert_string_equal(map_words(&outcome.map),
			    "40000000-40010000 ram, 40010000-40020000 unusable, "
			    "40020000-80000000 ram");
	assert_int_equal(outcome.rounded_bytes, 0xf000);
	hwpoison_outcome_free(&outcome);
}

static void widening_stops_where_ram_stops(void **state)
{
	struct hwpoison_fdt_options options = plain;

	(void)state;
	options.page_size = 65536;
	expect_with(tree_plain(), "40000000-40008000 ram, 4000a000-50000000 ram",
		    "40007000-40008000", &options,
		    "40000000-40008000 unusable, 4000a000-40010000 unusable, "
		    "40010000-50000000 ram",
		    2);
}

/* The running kernel shows what we told it as reserved; to the next it is told anew. */
static void what_earlier_nodes_took_is_ram_again(void **state)
{
	(void)state;
	expect(tree_with("hwpoison@40005000", 0x40005000, 0x3000, "no-map"),
	       "40000000-40005000 ram, 40005000-40008000 reserved, 40008000-80000000 ram",
	       "40006000-40007000",
	       "40000000-40006000 ram, 40006000-40007000 unusable, 40007000-80000000 ram", 1);
	expect(tree_with("hwpoison@40005000", 0x40005000, 0x3000, "no-map"),
	       "40000000-40005000 ram, 40005000-40008000 reserved, 40008000-80000000 ram", "", RAM,
	       0);
	expect(tree_with("firmware@40005000", 0x40005000, 0x3000, "no-map"),
	       "40000000-40005000 ram, 40005000-40008000 reserved, 40008000-80000000 ram",
	       "40006000-40007000",
	       "40000000-40005000 ram, 40005000-40008000 reserved, 40008000-80000000 ram", 0);
}

static void what_the_map_has_as_unusable_is_told_again(void **state)
{
	(void)state;
	expect(tree_plain(),
	       "40000000-40005000 ram, 40005000-40008000 unusable, "
	       "40008000-80000000 ram",
	       "40006000-40007000",
	       "40000000-40005000 ram, 40005000-40008000 unusable, 40008000-80000000 ram", 1);
	expect(tree_with("firmware@40006000", 0x40006000, 0x1000, "no-map"),
	       "40000000-40005000 ram, 40005000-40008000 unusable, 40008000-80000000 ram",
	       "40006000-40008000",
	       "40000000-40005000 ram, 40005000-40006000 unusable, 40006000-40007000 reserved, "
	       "40007000-40008000 unusable, 40008000-80000000 ram",
	       1);
}

static void frames_that_others_hold_are_left_to_them(void **state)
{
	const char *held =
		"40000000-50001000 ram, 50001000-50002000 reserved, 50002000-80000000 ram";

	(void)state;
	expect(tree_with("firmware@50000000", 0x50000000, 0x10000, "no-map"), RAM,
	       "50001000-50002000", held, 0);
	expect(tree_with("ramoops@50000000", 0x50000000, 0x10000, NULL), RAM, "50001000-50002000",
	       held, 0);
	expect(tree_end(tree_begin(2, 2, (uint64_t[]){0x50000000, 0x10000, 0, 0})), RAM,
	       "50001000-50002000", held, 0);
}

static void what_sticks_out_of_what_others_hold_is_told(void **state)
{
	struct hwpoison_fdt_options options = plain;

	(void)state;
	options.page_size = 65536;
	expect_with(tree_with("spin-table@50001000", 0x50001000, 0x1000, "no-map"), RAM,
		    "50004000-50005000", &options,
		    "40000000-50000000 ram, 50000000-50001000 unusable, "
		    "50001000-50002000 reserved, 50002000-50010000 unusable, "
		    "50010000-80000000 ram",
		    2);
	expect(tree_with("firmware@50001800", 0x50001800, 0x1000, "no-map"), RAM,
	       "50001000-50004000",
	       "40000000-50001000 ram, 50001000-50001800 unusable, 50001800-50002800 reserved, "
	       "50002800-50004000 unusable, 50004000-80000000 ram",
	       2);
}

static void nodes_that_linux_ignores_hold_nothing(void **state)
{
	const char *told =
		"40000000-50001000 ram, 50001000-50002000 unusable, 50002000-80000000 ram";
	void *tree;

	(void)state;
	/* Not available. */
	tree = tree_begin(2, 2, NULL);
	reserved_begin(tree, 2, 2);
	OK(fdt_begin_node(tree, "firmware@50000000"));
	put_numbers(tree, "reg", (uint64_t[]){0x50000000, 0x10000}, 2);
	OK(fdt_property_string(tree, "status", "disabled"));
	OK(fdt_end_node(tree));
	OK(fdt_end_node(tree));
	expect(tree_end(tree), RAM, "50001000-50002000", told, 1);
	/* Dynamic, of no size, or of a length that is no tuple. */
	expect(tree_with("linux,cma", 0, 0, "reusable"), RAM, "50001000-50002000", told, 1);
	tree = tree_begin(2, 2, (uint64_t[]){0x50001000, 0, 0, 0});
	reserved_begin(tree, 2, 2);
	OK(fdt_begin_node(tree, "empty@50001000"));
	put_numbers(tree, "reg", (uint64_t[]){0x50001000, 0}, 2);
	OK(fdt_end_node(tree));
	OK(fdt_begin_node(tree, "far"));
	put_numbers(tree, "reg", (uint64_t[]){UINT64_MAX - 0xfff, 0x1000}, 2);
	OK(fdt_end_node(tree));
	OK(fdt_begin_node(tree, "odd@50001000"));
	put_numbers(tree, "reg", (uint64_t[]){0x50001000, 0x1000, 0}, 3);
	OK(fdt_end_node(tree));
	OK(fdt_end_node(tree));
	expect(tree_end(tree), RAM, "50001000-50002000", told, 1);
}

static void available_nodes_say_okay_or_nothing(void **state)
{
	const char *const words[] = {"okay", "ok"};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		void *tree = tree_begin(2, 2, NULL);

		reserved_begin(tree, 2, 2);
		OK(fdt_begin_node(tree, "firmware@50000000"));
		put_numbers(tree, "reg", (uint64_t[]){0x50000000, 0x10000}, 2);
		OK(fdt_property_string(tree, "status", words[i]));
		OK(fdt_end_node(tree));
		OK(fdt_end_node(tree));
		expect(tree_end(tree), RAM, "50001000-50002000",
		       "40000000-50001000 ram, 50001000-50002000 reserved, 50002000-80000000 ram",
		       0);
	}
}

static void lent_memory_cannot_be_told_of(void **state)
{
	(void)state;
	expect_error(tree_with("linux,cma@50000000", 0x50000000, 0x1000000, "reusable"),
		     "50004000-50005000", HWPOISON_EOVERLAP, 0x50004000, "reserved-memory");
	expect(tree_with("linux,cma@50000000", 0x50000000, 0x1000000, "reusable"), RAM,
	       "60004000-60005000",
	       "40000000-60004000 ram, 60004000-60005000 unusable, 60005000-80000000 ram", 1);
}

/* Linux 7.2 reads the first tuple alone, 6.12 all. */
static void further_tuples_cannot_be_told_of(void **state)
{
	void *tree;

	(void)state;
	for (int i = 0; i < 2; i++) {
		tree = tree_begin(2, 2, NULL);
		reserved_begin(tree, 2, 2);
		OK(fdt_begin_node(tree, "firmware@50000000"));
		put_numbers(tree, "reg", (uint64_t[]){0x50000000, 0x1000, 0x60000000, 0x1000}, 4);
		OK(fdt_end_node(tree));
		OK(fdt_end_node(tree));
		tree_end(tree);
		if (i)
			expect(tree, RAM, "50000000-50001000",
			       "40000000-50000000 ram, 50000000-50001000 reserved, "
			       "50001000-80000000 ram",
			       0);
		else
			expect_error(tree, "50000000-50001000, 60000000-60001000",
				     HWPOISON_EOVERLAP, 0x60000000, "reserved-memory");
	}
}

static void a_further_tuple_that_is_held_as_well_does_not_matter(void **state)
{
	void *tree = tree_begin(2, 2, (uint64_t[]){0x60000000, 0x10000, 0, 0});

	(void)state;
	reserved_begin(tree, 2, 2);
	OK(fdt_begin_node(tree, "firmware@50000000"));
	put_numbers(tree, "reg", (uint64_t[]){0x50000000, 0x1000, 0x60000000, 0x1000}, 4);
	OK(fdt_end_node(tree));
	OK(fdt_end_node(tree));
	expect(tree_end(tree), RAM, "60000000-60001000",
	       "40000000-60000000 ram, 60000000-60001000 reserved, 60001000-80000000 ram", 0);
}

/* Linux 6.1 refuses the node, later kernels do not. */
static void no_map_over_reserved_memory_cannot_be_relied_on(void **state)
{
	const char *held = "40000000-50000000 ram, 50000000-50001000 reserved, "
			   "50001000-80000000 ram";
	void *tree;

	(void)state;
	for (int i = 0; i < 2; i++) {
		tree = tree_begin(2, 2, (uint64_t[]){0x50000000, 0x1000, 0, 0});
		reserved_begin(tree, 2, 2);
		put_node(tree, "firmware@50000000", 0x50000000, 0x10000, "no-map", NULL);
		OK(fdt_end_node(tree));
		tree_end(tree);
		if (i)
			expect(tree, RAM, "50000000-50001000", held, 0);
		else
			expect_error(tree, "50001000-50002000", HWPOISON_EOVERLAP, 0x50001000,
				     "reserved-memory");
	}
}

static void lent_memory_is_lent_whoever_holds_it_as_well(void **state)
{
	void *tree = tree_begin(2, 2, (uint64_t[]){0x50000000, 0x10000, 0, 0});

	(void)state;
	reserved_begin(tree, 2, 2);
	put_node(tree, "linux,cma@50000000", 0x50000000, 0x1000, "reusable", NULL);
	OK(fdt_end_node(tree));
	expect_error(tree_end(tree), "50000000-50001000", HWPOISON_EOVERLAP, 0x50000000,
		     "reserved-memory");
}

static void the_smallest_gaps_are_given_up(void **state)
{
	struct hwpoison_fdt_options options = plain;
	struct hwpoison_outcome outcome;

	(void)state;
	options.max_ranges = 2;
	options.max_waste = 0x3000;
	assert_int_equal(plan(tree_plain(), RAM,
			      "40001000-40002000 1/1000, 40004000-40005000 2/1000, "
			      "40006000-40007000 4/1000, 50000000-50001000 1/1000",
			      &options, &outcome, NULL),
			 0);
	assert_string_equal(map_words(&outcome.map),
			    "40000000-40001000 ram, 40001000-40007000 unusable, "
			    "40007000-50000000 ram, 50000000-50001000 unusable, "
			    "50001000-80000000 ram");
	assert_string_equal(map_words(&outcome.given_up),
			    "40002000-40004000 ram, 40005000-40006000 ram");
	assert_int_equal(outcome.given_up_bytes, 0x3000);
	assert_int_equal(outcome.entries, 2);
	assert_string_equal(frames_words(&outcome.excluded),
			    "40001000-40002000 1/1000, 40002000-40004000 3/1000, "
			    "40004000-40005000 2/1000, 40005000-40006000 6/1000, "
			    "40006000-40007000 4/1000, 50000000-50001000 1/1000");
	hwpoison_outcome_free(&outcome);
}

static void too_much_waste_is_refused_with_what_is_needed(void **state)
{
	struct hwpoison_fdt_options options = plain;
	struct hwpoison_outcome outcome;

	(void)state;
	options.max_ranges = 1;
	options.max_waste = 0x1fff;
	assert_int_equal(plan(tree_plain(), RAM, "40001000-40002000, 40004000-40005000", &options,
			      &outcome, NULL),
			 HWPOISON_EWASTE);
	assert_int_equal(outcome.waste_needed, 0x2000);
	assert_int_equal(outcome.entries_needed, 2);
	assert_int_equal(outcome.ram_regions_needed, 3);
	assert_int_equal(outcome.map.count, 0);
}

static void no_gap_reaches_over_what_is_not_open_ram(void **state)
{
	struct hwpoison_fdt_options options = plain;
	struct hwpoison_outcome outcome;
	const char *bad = "50000000-50001000, 50004000-50005000";

	(void)state;
	options.max_ranges = 1;
	options.max_waste = UINT64_MAX;
	assert_int_equal(plan(tree_with("firmware@50002000", 0x50002000, 0x1000, NULL), RAM, bad,
			      &options, &outcome, NULL),
			 HWPOISON_EFULL);
	assert_int_equal(outcome.entries_needed, 2);
	assert_int_equal(outcome.waste_needed, 0);
	assert_int_equal(plan(tree_with("linux,cma@50002000", 0x50002000, 0x1000, "reusable"), RAM,
			      bad, &options, &outcome, NULL),
			 HWPOISON_EFULL);
	assert_int_equal(plan(tree_plain(), "40000000-50002000 ram, 50003000-80000000 ram", bad,
			      &options, &outcome, NULL),
			 HWPOISON_EFULL);
	assert_int_equal(plan(tree_plain(),
			      "40000000-50001000 ram, 50001000-50004000 acpi, "
			      "50004000-80000000 ram",
			      bad, &options, &outcome, NULL),
			 HWPOISON_EFULL);
}

static void foreign_unusable_memory_is_no_end_of_a_gap(void **state)
{
	struct hwpoison_fdt_options options = plain;
	struct hwpoison_outcome outcome;

	(void)state;
	options.max_ranges = 1;
	options.max_waste = UINT64_MAX;
	assert_int_equal(plan(tree_plain(),
			      "40000000-50002000 ram, 50002000-50003000 unusable, "
			      "50003000-80000000 ram",
			      "50000000-50001000, 50004000-50005000", &options, &outcome, NULL),
			 HWPOISON_EFULL);
}

static void no_range_at_all_may_be_allowed(void **state)
{
	struct hwpoison_fdt_options options = plain;
	struct hwpoison_outcome outcome;

	(void)state;
	options.max_ranges = 0;
	options.max_waste = UINT64_MAX;
	assert_int_equal(plan(tree_plain(), RAM, "50000000-50001000", &options, &outcome, NULL),
			 HWPOISON_EFULL);
	expect_with(tree_plain(), RAM, "1000-2000", &options, RAM, 0);
}

static void some_ram_must_be_left(void **state)
{
	struct hwpoison_fdt_options options = plain;
	struct hwpoison_outcome outcome;

	(void)state;
	expect_error(tree_plain(), "40000000-80000000", HWPOISON_ENORAM, 0, "");
	options.max_ranges = 1;
	options.max_waste = UINT64_MAX;
	assert_int_equal(plan(tree_plain(), RAM, "40000000-40001000, 7ffff000-80000000", &options,
			      &outcome, NULL),
			 HWPOISON_EFULL);
	assert_int_equal(outcome.entries_needed, 2);
}

static void narrow_cells_cannot_express_high_frames(void **state)
{
	struct hwpoison_fdt_options reserve = plain;
	struct hwpoison_outcome outcome;
	struct hwpoison_problem problem;
	const char *ram = "40000000-200000000 ram";

	(void)state;
	assert_int_equal(plan(tree_end(tree_begin(1, 1, NULL)), ram,
			      "40000000-40001000, 100000000-100001000", &plain, &outcome, &problem),
			 HWPOISON_ECELLS);
	assert_true(problem.start == 0x100000000 && problem.end == 0x100001000);
	assert_int_equal(plan(tree_end(tree_begin(2, 1, NULL)), ram, "50000000-150000000", &plain,
			      &outcome, &problem),
			 HWPOISON_ECELLS);
	assert_int_equal(problem.start, 0x50000000);
	expect(tree_end(tree_begin(1, 1, NULL)), ram, "fffff000-100000000",
	       "40000000-fffff000 ram, fffff000-100000000 unusable, 100000000-200000000 ram", 1);
	expect(tree_end(tree_begin(2, 1, NULL)), ram, "100000000-100001000",
	       "40000000-100000000 ram, 100000000-100001000 unusable, 100001000-200000000 ram", 1);
	reserve.way = HWPOISON_FDT_RESERVE;
	expect_with(tree_end(tree_begin(1, 1, NULL)), ram, "100000000-100001000", &reserve,
		    "40000000-100000000 ram, 100000000-100001000 unusable, 100001000-200000000 ram",
		    1);
}

static void odd_root_cells_are_refused_when_needed(void **state)
{
	const uint32_t cells[][2] = {{0, 1}, {3, 2}, {2, 0}, {2, 4}};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		expect_error(tree_end(tree_begin(cells[i][0], cells[i][1], NULL)),
			     "50000000-50001000", HWPOISON_ECELLS, 0x50000000, "/");
		expect(tree_end(tree_begin(cells[i][0], cells[i][1], NULL)), RAM, "", RAM, 0);
	}
}

static void reserved_memory_of_other_cells_is_refused_when_needed(void **state)
{
	struct hwpoison_fdt_options reserve = plain;
	const uint32_t cells[][2] = {{1, 2}, {2, 1}, {1, 1}};
	void *tree;

	(void)state;
	reserve.way = HWPOISON_FDT_RESERVE;
	for (size_t i = 0; i < 3; i++) {
		for (int j = 0; j < 3; j++) {
			tree = tree_begin(2, 2, NULL);
			reserved_begin(tree, cells[i][0], cells[i][1]);
			OK(fdt_end_node(tree));
			tree_end(tree);
			if (j == 0)
				expect_error(tree, "50000000-50001000", HWPOISON_ECELLS, 0x50000000,
					     "reserved-memory");
			else if (j == 1)
				expect(tree, RAM, "", RAM, 0);
			else
				expect_with(tree, RAM, "50000000-50001000", &reserve,
					    "40000000-50000000 ram, 50000000-50001000 unusable, "
					    "50001000-80000000 ram",
					    1);
		}
	}
}

static void reserved_memory_without_cells_or_ranges_is_refused(void **state)
{
	void *tree = tree_begin(2, 2, NULL);

	(void)state;
	OK(fdt_begin_node(tree, "reserved-memory"));
	put_cells(tree, 2, 2);
	OK(fdt_end_node(tree));
	expect_error(tree_end(tree), "50000000-50001000", HWPOISON_EPARSE, 0x50000000,
		     "reserved-memory");
	tree = tree_begin(2, 2, NULL);
	OK(fdt_begin_node(tree, "reserved-memory"));
	OK(fdt_property(tree, "ranges", "", 0));
	OK(fdt_end_node(tree));
	expect_error(tree_end(tree), "50000000-50001000", HWPOISON_ECELLS, 0x50000000,
		     "reserved-memory");
}

static void trees_that_are_none_are_refused(void **state)
{
	struct hwpoison_map map = {0};
	struct hwpoison_frames frames = {0};
	struct hwpoison_outcome outcome;
	struct hwpoison_problem problem;
	uint64_t zeros[8] = {0};

	(void)state;
	assert_int_equal(hwpoison_fdt_plan(zeros, sizeof(zeros), &map, &frames, &plain, &outcome,
					   &problem),
			 HWPOISON_EFDT);
	assert_int_equal(problem.fdt_error, -FDT_ERR_BADMAGIC);
	assert_int_equal(hwpoison_fdt_plan(zeros, 0, &map, &frames, &plain, &outcome, NULL),
			 HWPOISON_EFDT);
	assert_int_equal(hwpoison_fdt_restore_ram(zeros, 0, &map, &problem), HWPOISON_EFDT);
}

static void page_sizes_are_checked(void **state)
{
	struct hwpoison_fdt_options options = plain;
	struct hwpoison_outcome outcome;

	(void)state;
	options.page_size = 1000;
	assert_int_equal(plan(tree_plain(), RAM, "", &options, &outcome, NULL), HWPOISON_EARGUMENT);
}

static void broken_nodes_of_ours_are_refused(void **state)
{
	(void)state;
	expect_error(tree_with("hwpoison@5000", 0, 0, "no-map"), "50000000-50001000",
		     HWPOISON_EPARSE, 0, "hwpoison@5000");
}

static void ram_is_restored_where_our_nodes_were(void **state)
{
	struct hwpoison_map map = {0};
	void *tree = tree_with("hwpoison@3000", 0x3000, 0x4000, NULL);

	(void)state;
	map_of_words("0-2000 ram, 2000-4000 reserved, 4000-5000 acpi, 5000-6000 unusable, "
		     "6800-9000 reserved",
		     &map);
	assert_int_equal(hwpoison_fdt_restore_ram(tree, fdt_totalsize(tree), &map, NULL), 0);
	assert_string_equal(map_words(&map),
			    "0-2000 ram, 2000-3000 reserved, 3000-4000 ram, 4000-5000 acpi, "
			    "5000-6000 ram, 6800-7000 ram, 7000-9000 reserved");
	hwpoison_map_free(&map);
	free(tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_frames_nothing_changes),
		cmocka_unit_test(frames_become_ranges_in_ram),
		cmocka_unit_test(frames_outside_of_ram_are_left_out),
		cmocka_unit_test(what_is_excluded_is_all_that_is_bad),
		cmocka_unit_test(frames_are_widened_to_the_next_kernels_pages),
		cmocka_unit_test(widening_stops_where_ram_stops),
		cmocka_unit_test(what_earlier_nodes_took_is_ram_again),
		cmocka_unit_test(what_the_map_has_as_unusable_is_told_again),
		cmocka_unit_test(frames_that_others_hold_are_left_to_them),
		cmocka_unit_test(what_sticks_out_of_what_others_hold_is_told),
		cmocka_unit_test(nodes_that_linux_ignores_hold_nothing),
		cmocka_unit_test(available_nodes_say_okay_or_nothing),
		cmocka_unit_test(lent_memory_cannot_be_told_of),
		cmocka_unit_test(further_tuples_cannot_be_told_of),
		cmocka_unit_test(a_further_tuple_that_is_held_as_well_does_not_matter),
		cmocka_unit_test(lent_memory_is_lent_whoever_holds_it_as_well),
		cmocka_unit_test(no_map_over_reserved_memory_cannot_be_relied_on),
		cmocka_unit_test(the_smallest_gaps_are_given_up),
		cmocka_unit_test(too_much_waste_is_refused_with_what_is_needed),
		cmocka_unit_test(no_gap_reaches_over_what_is_not_open_ram),
		cmocka_unit_test(foreign_unusable_memory_is_no_end_of_a_gap),
		cmocka_unit_test(no_range_at_all_may_be_allowed),
		cmocka_unit_test(some_ram_must_be_left),
		cmocka_unit_test(narrow_cells_cannot_express_high_frames),
		cmocka_unit_test(odd_root_cells_are_refused_when_needed),
		cmocka_unit_test(reserved_memory_of_other_cells_is_refused_when_needed),
		cmocka_unit_test(reserved_memory_without_cells_or_ranges_is_refused),
		cmocka_unit_test(trees_that_are_none_are_refused),
		cmocka_unit_test(page_sizes_are_checked),
		cmocka_unit_test(broken_nodes_of_ours_are_refused),
		cmocka_unit_test(ram_is_restored_where_our_nodes_were),
	};

	return cmocka_run_group_tests_name("fdt_plan", tests, NULL, NULL);
}
