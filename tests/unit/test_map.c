/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The typed map: normalising as Linux does, and keeping frames out of it. */
#include "tests/unit/words.h"

#define LIMIT HWPOISON_ADDRESS_LIMIT

static void check_normalised(const char *words, const char *expected)
{
	struct hwpoison_map map = {0};

	map_of_words(words, &map);
	assert_int_equal(hwpoison_map_normalise(&map), 0);
	assert_string_equal(map_words(&map), expected);
	assert_int_equal(hwpoison_map_normalise(&map), 0);
	assert_string_equal(map_words(&map), expected);
	hwpoison_map_free(&map);
}

static void check_poisoned(const char *words, const char *bad, const char *expected)
{
	struct hwpoison_map map = {0}, poisoned = {0};
	struct hwpoison_frames frames = {0};

	map_of_words(words, &map);
	frames_of_words(bad, &frames);
	assert_int_equal(hwpoison_map_poison(&map, &frames, &poisoned), 0);
	assert_string_equal(map_words(&poisoned), expected);
	assert_string_equal(map_words(&map), words);
	hwpoison_map_free(&map);
	hwpoison_map_free(&poisoned);
	hwpoison_frames_free(&frames);
}

static void types_have_names(void **state)
{
	(void)state;
	assert_string_equal(hwpoison_type_name(1), "ram");
	assert_string_equal(hwpoison_type_name(2), "reserved");
	assert_string_equal(hwpoison_type_name(3), "acpi");
	assert_string_equal(hwpoison_type_name(4), "nvs");
	assert_string_equal(hwpoison_type_name(5), "unusable");
	assert_string_equal(hwpoison_type_name(7), "pmem");
	assert_string_equal(hwpoison_type_name(12), "pram");
	assert_string_equal(hwpoison_type_name(0xefffffff), "soft-reserved");
	assert_string_equal(hwpoison_type_name(0), "other");
	assert_string_equal(hwpoison_type_name(6), "other");
	assert_string_equal(hwpoison_type_name(UINT32_MAX), "other");
}

static void add_refuses_ranges_that_are_none(void **state)
{
	struct hwpoison_map map = {0};

	(void)state;
	assert_int_equal(hwpoison_map_add(&map, 0, 0, 1), HWPOISON_ERANGE);
	assert_int_equal(hwpoison_map_add(&map, 1, 0, 1), HWPOISON_ERANGE);
	assert_int_equal(hwpoison_map_add(&map, 0, LIMIT + 1, 1), HWPOISON_ERANGE);
	assert_int_equal(hwpoison_map_add(&map, LIMIT, LIMIT + 1, 1), HWPOISON_ERANGE);
	assert_int_equal(hwpoison_map_add(&map, UINT64_MAX, UINT64_MAX, 1), HWPOISON_ERANGE);
	assert_int_equal(map.count, 0);
	assert_int_equal(hwpoison_map_add(&map, LIMIT - 1, LIMIT, 1), 0);
	assert_int_equal(hwpoison_map_add(&map, 0, LIMIT, 1), 0);
	assert_int_equal(map.count, 2);
	hwpoison_map_free(&map);
	hwpoison_map_free(&map);
}

static void normalise_sorts(void **state)
{
	(void)state;
	check_normalised("", "");
	check_normalised("5000-6000 ram, 1000-2000 reserved", "1000-2000 reserved, 5000-6000 ram");
}

static void normalise_merges_equal_neighbours(void **state)
{
	(void)state;
	check_normalised("1000-2000 ram, 2000-3000 ram", "1000-3000 ram");
	check_normalised("1000-2000 ram, 1800-3000 ram, 1000-1400 ram", "1000-3000 ram");
	check_normalised("1000-2000 ram, 2001-3000 ram", "1000-2000 ram, 2001-3000 ram");
	check_normalised("1000-2000 5678, 2000-3000 5678", "1000-3000 5678");
}

static void normalise_lets_the_highest_type_win(void **state)
{
	(void)state;
	check_normalised("0-10000 ram, 4000-6000 unusable",
			 "0-4000 ram, 4000-6000 unusable, 6000-10000 ram");
	check_normalised("4000-6000 ram, 0-10000 unusable", "0-10000 unusable");
	check_normalised("0-4000 unusable, 2000-6000 pmem, 3000-8000 ram",
			 "0-2000 unusable, 2000-6000 pmem, 6000-8000 ram");
	check_normalised("0-4000 soft-reserved, 2000-6000 pmem",
			 "0-4000 soft-reserved, 4000-6000 pmem");
	check_normalised("0-9000 ram, 1000-8000 reserved, 2000-7000 acpi, 3000-6000 nvs",
			 "0-1000 ram, 1000-2000 reserved, 2000-3000 acpi, 3000-6000 nvs, "
			 "6000-7000 acpi, 7000-8000 reserved, 8000-9000 ram");
}

static void normalise_keeps_devices_apart(void **state)
{
	(void)state;
	check_normalised("0-1000 pram, 1000-2000 pram", "0-1000 pram, 1000-2000 pram");
	check_normalised("0-1000 soft-reserved, 1000-2000 soft-reserved",
			 "0-1000 soft-reserved, 1000-2000 soft-reserved");
	check_normalised("0-1000 pmem, 1000-2000 pmem", "0-2000 pmem");
	check_normalised("0-4000 pram, 1000-2000 ram", "0-4000 pram");
}

static void normalise_keeps_bytes_that_are_no_page(void **state)
{
	(void)state;
	check_normalised("0-9fc00 ram, 9fc00-a0000 reserved", "0-9fc00 ram, 9fc00-a0000 reserved");
}

static void copy_is_apart(void **state)
{
	struct hwpoison_map map = {0}, copy = {0};

	(void)state;
	map_of_words("0-1000 ram", &map);
	assert_int_equal(hwpoison_map_copy(&map, &copy), 0);
	assert_int_equal(hwpoison_map_add(&map, 0x1000, 0x2000, 2), 0);
	assert_string_equal(map_words(&copy), "0-1000 ram");
	hwpoison_map_free(&map);
	assert_string_equal(map_words(&copy), "0-1000 ram");
	hwpoison_map_free(&copy);
	assert_int_equal(hwpoison_map_copy(&map, &copy), 0);
	assert_int_equal(copy.count, 0);
	hwpoison_map_free(&copy);
}

static void poison_splits_ram(void **state)
{
	(void)state;
	check_poisoned("0-10000 ram", "4000-5000",
		       "0-4000 ram, 4000-5000 unusable, 5000-10000 ram");
	check_poisoned("0-10000 ram", "0-1000, f000-10000",
		       "0-1000 unusable, 1000-f000 ram, f000-10000 unusable");
	check_poisoned("0-10000 ram", "", "0-10000 ram");
	check_poisoned("", "1000-2000", "");
}

static void poison_leaves_other_types(void **state)
{
	(void)state;
	check_poisoned("0-1000 reserved, 1000-2000 acpi, 2000-3000 nvs, 3000-4000 unusable, "
		       "4000-5000 pmem, 5000-6000 pram, 6000-7000 soft-reserved, 7000-8000 99",
		       "0-8000",
		       "0-1000 reserved, 1000-2000 acpi, 2000-3000 nvs, 3000-4000 unusable, "
		       "4000-5000 pmem, 5000-6000 pram, 6000-7000 soft-reserved, 7000-8000 99");
}

static void poison_outside_the_map_changes_nothing(void **state)
{
	(void)state;
	check_poisoned("4000-5000 ram", "3000-4000, 5000-6000", "4000-5000 ram");
}

static void poison_spans_entries_and_holes(void **state)
{
	(void)state;
	check_poisoned("0-2000 ram, 2000-3000 reserved, 4000-7000 ram", "1000-6000",
		       "0-1000 ram, 1000-2000 unusable, 2000-3000 reserved, 4000-6000 unusable, "
		       "6000-7000 ram");
}

static void poison_joins_what_was_unusable(void **state)
{
	(void)state;
	check_poisoned("0-2000 ram, 2000-3000 unusable, 3000-5000 ram", "1000-2000, 3000-4000",
		       "0-1000 ram, 1000-4000 unusable, 4000-5000 ram");
}

static void poison_joins_frames_of_different_sources(void **state)
{
	(void)state;
	check_poisoned("0-5000 ram", "1000-2000 1/1000, 2000-3000 2/1000",
		       "0-1000 ram, 1000-3000 unusable, 3000-5000 ram");
}

static void poison_of_a_part_of_a_page_at_the_edge(void **state)
{
	(void)state;
	check_poisoned("0-9fc00 ram, 9fc00-a0000 reserved", "9f000-a0000",
		       "0-9f000 ram, 9f000-9fc00 unusable, 9fc00-a0000 reserved");
}

static void sums_are_of_one_type(void **state)
{
	struct hwpoison_map map = {0};

	(void)state;
	map_of_words("0-1000 ram, 1000-3000 reserved, 4000-8000 ram", &map);
	assert_int_equal(hwpoison_map_bytes(&map, HWPOISON_RAM), 0x5000);
	assert_int_equal(hwpoison_map_entries(&map, HWPOISON_RAM), 2);
	assert_int_equal(hwpoison_map_bytes(&map, HWPOISON_RESERVED), 0x2000);
	assert_int_equal(hwpoison_map_entries(&map, HWPOISON_UNUSABLE), 0);
	hwpoison_map_free(&map);
}

static void find_gives_the_entry_around_an_address(void **state)
{
	struct hwpoison_map map = {0};

	(void)state;
	assert_null(hwpoison_map_find(&map, 0));
	map_of_words("1000-2000 ram, 2000-3000 reserved, 5000-6000 ram", &map);
	assert_null(hwpoison_map_find(&map, 0xfff));
	assert_ptr_equal(hwpoison_map_find(&map, 0x1000), &map.entries[0]);
	assert_ptr_equal(hwpoison_map_find(&map, 0x1fff), &map.entries[0]);
	assert_ptr_equal(hwpoison_map_find(&map, 0x2000), &map.entries[1]);
	assert_null(hwpoison_map_find(&map, 0x3000));
	assert_ptr_equal(hwpoison_map_find(&map, 0x5fff), &map.entries[2]);
	assert_null(hwpoison_map_find(&map, 0x6000));
	assert_null(hwpoison_map_find(&map, UINT64_MAX));
	hwpoison_map_free(&map);
}

static void unusable_entries_become_frames(void **state)
{
	struct hwpoison_frames frames = {0};
	struct hwpoison_map map = {0};

	(void)state;
	map_of_words("8800-9000 unusable, 0-1000 ram, 2000-4000 unusable, 3000-5000 unusable",
		     &map);
	frames_of_words("2000-3000 1/1000", &frames);
	assert_int_equal(hwpoison_map_frames(&map, 4096, HWPOISON_SOURCE_FIRMWARE_MAP, &frames), 0);
	assert_string_equal(frames_words(&frames),
			    "2000-3000 5/1000, 3000-5000 4/1000, 8000-9000 4/1000");
	assert_int_equal(hwpoison_map_frames(&map, 4096, 0, &frames), HWPOISON_EARGUMENT);
	assert_int_equal(hwpoison_map_frames(&map, 1, 4, &frames), HWPOISON_EARGUMENT);
	assert_int_equal(frames.count, 3);
	hwpoison_frames_free(&frames);
	hwpoison_map_free(&map);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(types_have_names),
		cmocka_unit_test(add_refuses_ranges_that_are_none),
		cmocka_unit_test(normalise_sorts),
		cmocka_unit_test(normalise_merges_equal_neighbours),
		cmocka_unit_test(normalise_lets_the_highest_type_win),
		cmocka_unit_test(normalise_keeps_devices_apart),
		cmocka_unit_test(normalise_keeps_bytes_that_are_no_page),
		cmocka_unit_test(copy_is_apart),
		cmocka_unit_test(poison_splits_ram),
		cmocka_unit_test(poison_leaves_other_types),
		cmocka_unit_test(poison_outside_the_map_changes_nothing),
		cmocka_unit_test(poison_spans_entries_and_holes),
		cmocka_unit_test(poison_joins_what_was_unusable),
		cmocka_unit_test(poison_joins_frames_of_different_sources),
		cmocka_unit_test(poison_of_a_part_of_a_page_at_the_edge),
		cmocka_unit_test(sums_are_of_one_type),
		cmocka_unit_test(find_gives_the_entry_around_an_address),
		cmocka_unit_test(unusable_entries_become_frames),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
