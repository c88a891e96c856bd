/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The e820 carrier, one promise at a time. Random maps against exhaustive search are the matter of
 * tests/property/prop_e820.c. */
#include "tests/unit/words.h"

#define LIMIT HWPOISON_ADDRESS_LIMIT

static const struct hwpoison_limits unlimited = {HWPOISON_NO_LIMIT, HWPOISON_NO_LIMIT, UINT64_MAX,
						 4096};

static int plan(const char *map_text, const char *bad, const struct hwpoison_limits *limits,
		struct hwpoison_outcome *outcome)
{
	struct hwpoison_frames frames = {0};
	struct hwpoison_map map = {0};
	int error;

	memset(outcome, 0xee, sizeof(*outcome));
	map_of_words(map_text, &map);
	frames_of_words(bad, &frames);
	error = hwpoison_e820_plan(&map, &frames, limits, outcome);
	hwpoison_map_free(&map);
	hwpoison_frames_free(&frames);
	return error;
}

/* The map and what was given up. */
static void check_plan(const char *map, const char *bad, const struct hwpoison_limits *limits,
		       const char *expected, const char *given_up)
{
	struct hwpoison_outcome outcome;

	assert_int_equal(plan(map, bad, limits, &outcome), 0);
	assert_string_equal(map_words(&outcome.map), expected);
	assert_string_equal(map_words(&outcome.given_up), given_up);
	assert_int_equal(outcome.given_up_bytes, hwpoison_map_bytes(&outcome.given_up, 1));
	assert_int_equal(outcome.entries, outcome.map.count);
	assert_int_equal(outcome.limit, limits->max_entries);
	assert_int_equal(outcome.ram_regions, hwpoison_map_entries(&outcome.map, HWPOISON_RAM));
	assert_int_equal(outcome.waste_needed, 0);
	assert_true(outcome.entries <= limits->max_entries);
	assert_true(outcome.ram_regions <= limits->max_ram_regions);
	hwpoison_outcome_free(&outcome);
	assert_null(outcome.map.entries);
}

static void check_refused(const char *map, const char *bad, const struct hwpoison_limits *limits,
			  int error, uint64_t waste, size_t entries, size_t regions)
{
	struct hwpoison_outcome outcome;

	assert_int_equal(plan(map, bad, limits, &outcome), error);
	assert_int_equal(outcome.waste_needed, waste);
	assert_int_equal(outcome.entries_needed, entries);
	assert_int_equal(outcome.ram_regions_needed, regions);
	assert_null(outcome.map.entries);
	assert_null(outcome.excluded.ranges);
	assert_null(outcome.given_up.entries);
	assert_int_equal(outcome.given_up_bytes + outcome.rounded_bytes + outcome.entries +
				 outcome.limit + outcome.ram_regions,
			 0);
	hwpoison_outcome_free(&outcome);
}

static void without_frames_the_map_stays(void **state)
{
	const char *map = "0-9fc00 ram, 9fc00-a0000 reserved, f0000-100000 reserved, "
			  "100000-7ffe0000 ram, 7ffe0000-80000000 acpi";

	(void)state;
	check_plan(map, "", &unlimited, map, "");
}

static void frames_split_ram(void **state)
{
	(void)state;
	check_plan("100000-200000 ram", "140000-141000", &unlimited,
		   "100000-140000 ram, 140000-141000 unusable, 141000-200000 ram", "");
}

static void frames_outside_ram_change_nothing(void **state)
{
	(void)state;
	check_plan("0-1000 reserved, 100000-200000 ram, 300000-400000 nvs",
		   "0-1000, 200000-202000, 300000-301000, fffffffffe000-10000000000000", &unlimited,
		   "0-1000 reserved, 100000-200000 ram, 300000-400000 nvs", "");
}

static void frames_are_widened_to_the_next_page_size(void **state)
{
	struct hwpoison_limits limits = unlimited;
	struct hwpoison_outcome outcome;

	(void)state;
	limits.page_size = 65536;
	/* 64 KiB are taken of which 4 KiB are bad and 8 KiB are no RAM. */
	assert_int_equal(plan("100000-14e000 ram, 150000-200000 ram", "148000-149000", &limits,
			      &outcome),
			 0);
	assert_string_equal(map_words(&outcome.map),
			    "100000-140000 ram, 140000-14e000 unusable, 150000-200000 ram");
	assert_int_equal(outcome.rounded_bytes, 0xe000 - 0x1000);
	assert_int_equal(outcome.given_up_bytes, 0);
	assert_string_equal(frames_words(&outcome.excluded), "140000-150000 1/1000");
	hwpoison_outcome_free(&outcome);
}

static void page_size_must_be_one(void **state)
{
	struct hwpoison_limits limits = unlimited;

	(void)state;
	limits.page_size = 0;
	check_refused("0-1000 ram", "", &limits, HWPOISON_EARGUMENT, 0, 0, 0);
	limits.page_size = 5000;
	check_refused("0-1000 ram", "", &limits, HWPOISON_EARGUMENT, 0, 0, 0);
}

static void map_must_be_normalised(void **state)
{
	(void)state;
	check_refused("5000-6000 ram, 0-1000 ram", "", &unlimited, HWPOISON_EARGUMENT, 0, 0, 0);
	check_refused("0-2000 ram, 1000-3000 reserved", "", &unlimited, HWPOISON_EARGUMENT, 0, 0,
		      0);
}

static void the_inner_gap_saves_two_entries(void **state)
{
	struct hwpoison_limits limits = unlimited;

	(void)state;
	limits.max_entries = 3;
	check_plan("100000-200000 ram", "140000-141000, 150000-151000", &limits,
		   "100000-140000 ram, 140000-151000 unusable, 151000-200000 ram",
		   "141000-150000 ram");
}

static void the_edge_saves_one_entry(void **state)
{
	struct hwpoison_limits limits = unlimited;

	(void)state;
	limits.max_entries = 4;
	check_plan("100000-200000 ram", "101000-102000, 150000-151000", &limits,
		   "100000-102000 unusable, 102000-150000 ram, 150000-151000 unusable, "
		   "151000-200000 ram",
		   "100000-101000 ram");
}

static void regions_are_limited_too(void **state)
{
	struct hwpoison_limits limits = unlimited;

	(void)state;
	limits.max_ram_regions = 2;
	check_plan("100000-200000 ram", "101000-102000, 150000-151000", &limits,
		   "100000-102000 unusable, 102000-150000 ram, 150000-151000 unusable, "
		   "151000-200000 ram",
		   "100000-101000 ram");
	limits.max_ram_regions = 1;
	check_plan("100000-200000 ram", "101000-102000, 150000-151000", &limits,
		   "100000-151000 unusable, 151000-200000 ram",
		   "100000-101000 ram, 102000-150000 ram");
}

static void poison_of_earlier_kernels_is_a_neighbour(void **state)
{
	struct hwpoison_limits limits = unlimited;

	(void)state;
	limits.max_entries = 3;
	check_plan("100000-140000 ram, 140000-141000 unusable, 141000-200000 ram", "143000-144000",
		   &limits, "100000-140000 ram, 140000-144000 unusable, 144000-200000 ram",
		   "141000-143000 ram");
}

static void ram_that_touches_no_poison_stays(void **state)
{
	struct hwpoison_limits limits = unlimited;

	(void)state;
	/* The smallest RAM is no candidate: it would only become another entry. */
	limits.max_ram_regions = 2;
	check_plan("100000-101000 ram, 102000-103000 reserved, 200000-300000 ram", "240000-241000",
		   &limits,
		   "100000-101000 ram, 102000-103000 reserved, 200000-241000 unusable, "
		   "241000-300000 ram",
		   "200000-240000 ram");
	/* A hole between poison and RAM keeps them apart. */
	limits.max_ram_regions = 1;
	check_refused("100000-101000 ram, 102000-103000 unusable, 200000-300000 ram", "", &limits,
		      HWPOISON_EFULL, 0, 3, 2);
}

static void low_memory_is_kept_while_it_can_be(void **state)
{
	const char *map = "1000-9f000 ram, 100000-400000 ram";
	struct hwpoison_limits limits = unlimited;

	(void)state;
	limits.max_entries = 5;
	check_plan(map, "2000-3000, 200000-201000", &limits,
		   "1000-2000 ram, 2000-3000 unusable, 3000-9f000 ram, 100000-201000 unusable, "
		   "201000-400000 ram",
		   "100000-200000 ram");
	limits.max_entries = 4;
	check_plan(map, "2000-3000, 200000-201000", &limits,
		   "1000-2000 ram, 2000-3000 unusable, 3000-9f000 ram, 100000-400000 unusable",
		   "100000-200000 ram, 201000-400000 ram");
	limits.max_entries = 3;
	check_plan(map, "2000-3000, 200000-201000", &limits,
		   "1000-3000 unusable, 3000-9f000 ram, 100000-400000 unusable",
		   "1000-2000 ram, 100000-200000 ram, 201000-400000 ram");
}

static void waste_past_the_bound_says_what_is_needed(void **state)
{
	struct hwpoison_limits limits = unlimited;

	(void)state;
	limits.max_entries = 3;
	limits.max_waste = 0xefff;
	check_refused("100000-200000 ram", "140000-141000, 150000-151000", &limits, HWPOISON_EWASTE,
		      0xf000, 5, 3);
	limits.max_waste = 0xf000;
	check_plan("100000-200000 ram", "140000-141000, 150000-151000", &limits,
		   "100000-140000 ram, 140000-151000 unusable, 151000-200000 ram",
		   "141000-150000 ram");
}

static void rounding_is_no_waste(void **state)
{
	struct hwpoison_limits limits = unlimited;

	(void)state;
	limits.max_waste = 0;
	limits.page_size = 16384;
	check_plan("100000-200000 ram", "140000-141000, 143000-144000", &limits,
		   "100000-140000 ram, 140000-144000 unusable, 144000-200000 ram", "");
}

static void what_never_fits_is_full(void **state)
{
	struct hwpoison_limits limits = unlimited;

	(void)state;
	limits.max_entries = 1;
	check_refused("100000-200000 ram, 300000-400000 reserved", "140000-141000", &limits,
		      HWPOISON_EFULL, 0, 4, 2);
	/* To give up all RAM would fit, and is no way. */
	limits.max_entries = 2;
	check_plan("100000-200000 ram", "140000-141000", &limits,
		   "100000-141000 unusable, 141000-200000 ram", "100000-140000 ram");
	limits.max_entries = 1;
	check_refused("100000-200000 ram", "140000-141000", &limits, HWPOISON_EFULL, 0, 3, 2);
	limits.max_entries = 0;
	check_refused("100000-200000 ram", "140000-141000", &limits, HWPOISON_EFULL, 0, 3, 2);
}

static void no_ram_left_is_an_error(void **state)
{
	(void)state;
	check_refused("100000-200000 ram, 200000-300000 reserved", "100000-200000", &unlimited,
		      HWPOISON_ENORAM, 0, 0, 0);
	check_refused("", "", &unlimited, HWPOISON_ENORAM, 0, 0, 0);
	check_refused("0-1000 reserved", "", &unlimited, HWPOISON_ENORAM, 0, 0, 0);
	check_refused("0-10000000000000 ram", "0-10000000000000", &unlimited, HWPOISON_ENORAM, 0, 0,
		      0);
}

static void needs_are_told_on_success_too(void **state)
{
	struct hwpoison_limits limits = unlimited;
	struct hwpoison_outcome outcome;

	(void)state;
	limits.max_entries = 3;
	assert_int_equal(plan("100000-200000 ram", "140000-141000, 150000-151000", &limits,
			      &outcome),
			 0);
	assert_int_equal(outcome.entries_needed, 5);
	assert_int_equal(outcome.ram_regions_needed, 3);
	assert_int_equal(outcome.entries, 3);
	assert_int_equal(outcome.ram_regions, 2);
	hwpoison_outcome_free(&outcome);
}

static void excluded_has_frames_and_gaps(void **state)
{
	struct hwpoison_limits limits = unlimited;
	struct hwpoison_outcome outcome;

	(void)state;
	limits.max_entries = 3;
	assert_int_equal(plan("100000-200000 ram",
			      "140000-141000 1/1000, 150000-151000 2/1000, 600000-601000 1/1000",
			      &limits, &outcome),
			 0);
	/* A gap is laid to those who named its neighbours. */
	assert_string_equal(frames_words(&outcome.excluded),
			    "140000-141000 1/1000, 141000-150000 3/1000, 150000-151000 2/1000, "
			    "600000-601000 1/1000");
	hwpoison_outcome_free(&outcome);
	/* Nobody but the map itself named these. */
	limits.max_entries = 2;
	assert_int_equal(plan("100000-140000 ram, 140000-141000 unusable, 141000-200000 ram", "",
			      &limits, &outcome),
			 0);
	assert_string_equal(frames_words(&outcome.excluded), "100000-140000 4/1000");
	hwpoison_outcome_free(&outcome);
}

static void first_and_last_frame_of_memory(void **state)
{
	(void)state;
	check_plan("0-10000000000000 ram", "0-1000, fffffffffffff-10000000000000", &unlimited,
		   "0-1000 unusable, 1000-ffffffffff000 ram, ffffffffff000-10000000000000 unusable",
		   "");
}

static void planning_the_plan_changes_nothing(void **state)
{
	struct hwpoison_limits limits = unlimited;
	struct hwpoison_outcome first, second;
	char words[WORDS_SIZE];

	(void)state;
	limits.max_entries = 5;
	assert_int_equal(plan("0-9f000 ram, 100000-200000 ram, 200000-300000 reserved",
			      "110000-111000, 113000-114000, 1ff000-200000", &limits, &first),
			 0);
	limits.max_waste = 0;
	assert_int_equal(hwpoison_e820_plan(&first.map, &first.excluded, &limits, &second), 0);
	strcpy(words, map_words(&first.map));
	assert_string_equal(map_words(&second.map), words);
	assert_int_equal(second.given_up_bytes, 0);
	assert_int_equal(second.rounded_bytes, 0);
	hwpoison_outcome_free(&first);
	hwpoison_outcome_free(&second);
}

static void table_is_little_endian_and_packed(void **state)
{
	static const unsigned char expected[41] = {
		0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x02, 0, /* start */
		0,    0x10, 0,	  0,	0,    0,    0,	  0, /* size */
		1,    0,    0,	  0,			     /* type */
		0,    0,    0,	  0,	0,    0,    0x08, 0,	0,    0,    0,
		0,    0,    0,	  0x08, 0,    0xff, 0xff, 0xff, 0xef, 0x5a,
	};
	struct hwpoison_map map = {0};
	unsigned char bytes[41];

	(void)state;
	map_of_words("2334455667788-2334455668788 ram, 8000000000000-10000000000000 soft-reserved",
		     &map);
	memset(bytes, 0x5a, sizeof(bytes));
	hwpoison_e820_write(&map, bytes);
	assert_memory_equal(bytes, expected, sizeof(expected));
	hwpoison_map_free(&map);
	memset(bytes, 0x5a, sizeof(bytes));
	hwpoison_e820_write(&map, bytes);
	assert_int_equal(bytes[0], 0x5a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_frames_the_map_stays),
		cmocka_unit_test(frames_split_ram),
		cmocka_unit_test(frames_outside_ram_change_nothing),
		cmocka_unit_test(frames_are_widened_to_the_next_page_size),
		cmocka_unit_test(page_size_must_be_one),
		cmocka_unit_test(map_must_be_normalised),
		cmocka_unit_test(the_inner_gap_saves_two_entries),
		cmocka_unit_test(the_edge_saves_one_entry),
		cmocka_unit_test(regions_are_limited_too),
		cmocka_unit_test(poison_of_earlier_kernels_is_a_neighbour),
		cmocka_unit_test(ram_that_touches_no_poison_stays),
		cmocka_unit_test(low_memory_is_kept_while_it_can_be),
		cmocka_unit_test(waste_past_the_bound_says_what_is_needed),
		cmocka_unit_test(rounding_is_no_waste),
		cmocka_unit_test(what_never_fits_is_full),
		cmocka_unit_test(no_ram_left_is_an_error),
		cmocka_unit_test(needs_are_told_on_success_too),
		cmocka_unit_test(excluded_has_frames_and_gaps),
		cmocka_unit_test(first_and_last_frame_of_memory),
		cmocka_unit_test(planning_the_plan_changes_nothing),
		cmocka_unit_test(table_is_little_endian_and_packed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
