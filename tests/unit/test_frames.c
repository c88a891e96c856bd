/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The frame set, one promise of hwpoison.h at a time. What many random operations do together is
 * the matter of tests/property/prop_frames.c. */
#include "tests/unit/words.h"

#define LIMIT HWPOISON_ADDRESS_LIMIT

static int setup(void **state)
{
	*state = calloc(1, sizeof(struct hwpoison_frames));
	return *state ? 0 : -1;
}

static int teardown(void **state)
{
	hwpoison_frames_free(*state);
	free(*state);
	return 0;
}

/* The set after additions, as words. */
static void check_frames(void **state, const char *added, const char *expected)
{
	struct hwpoison_frames *frames = *state;

	hwpoison_frames_free(frames);
	frames_of_words(added, frames);
	assert_string_equal(frames_words(frames), expected);
}

static void empty_set_is_empty(void **state)
{
	struct hwpoison_frames *frames = *state;

	assert_int_equal(hwpoison_frames_bytes(frames), 0);
	assert_int_equal(hwpoison_frames_runs(frames), 0);
	assert_null(hwpoison_frames_find(frames, 0, LIMIT));
	hwpoison_frames_free(frames);
	hwpoison_frames_free(frames);
}

static void add_widens_to_whole_pages(void **state)
{
	check_frames(state, "1001-1002", "1000-2000 1/1000");
	check_frames(state, "1fff-2001", "1000-3000 1/1000");
	check_frames(state, "11000-12000 1/10000", "10000-20000 1/10000");
}

static void add_merges_neighbours_that_are_equal(void **state)
{
	check_frames(state, "1000-2000, 2000-3000", "1000-3000 1/1000");
	check_frames(state, "2000-3000, 1000-2000", "1000-3000 1/1000");
	check_frames(state, "1000-2000, 3000-4000, 2000-3000", "1000-4000 1/1000");
}

static void add_keeps_neighbours_that_differ(void **state)
{
	check_frames(state, "1000-2000 1/1000, 2000-3000 2/1000",
		     "1000-2000 1/1000, 2000-3000 2/1000");
	check_frames(state, "4000-8000 1/4000, 8000-9000 1/1000",
		     "4000-8000 1/4000, 8000-9000 1/1000");
}

static void add_unites_sources_where_ranges_overlap(void **state)
{
	check_frames(state, "1000-4000 1/1000, 2000-6000 2/1000",
		     "1000-2000 1/1000, 2000-4000 3/1000, 4000-6000 2/1000");
	check_frames(state, "2000-6000 2/1000, 1000-4000 1/1000",
		     "1000-2000 1/1000, 2000-4000 3/1000, 4000-6000 2/1000");
}

static void add_inside_a_range_splits_it(void **state)
{
	check_frames(state, "1000-4000 1/1000, 2000-3000 2/1000",
		     "1000-2000 1/1000, 2000-3000 3/1000, 3000-4000 1/1000");
}

static void add_over_ranges_fills_what_is_between(void **state)
{
	check_frames(state, "2000-3000 1/1000, 4000-5000 2/1000, 1000-6000 4/1000",
		     "1000-2000 4/1000, 2000-3000 5/1000, 3000-4000 4/1000, 4000-5000 6/1000, "
		     "5000-6000 4/1000");
	check_frames(state, "2000-3000, 4000-5000, 8000-9000, 1000-6000",
		     "1000-6000 1/1000, 8000-9000 1/1000");
}

static void add_again_changes_nothing(void **state)
{
	check_frames(state, "1000-3000, 1000-3000, 2000-3000, 1000-2000", "1000-3000 1/1000");
}

static void add_makes_equal_what_then_merges(void **state)
{
	check_frames(state, "1000-2000 1/1000, 2000-3000 2/1000, 1000-3000 3/1000",
		     "1000-3000 3/1000");
	check_frames(state,
		     "1000-2000 3/1000, 2000-3000 2/1000, 3000-4000 3/1000, 2000-3000 1/1000",
		     "1000-4000 3/1000");
}

static void overlap_keeps_the_smaller_page_size(void **state)
{
	check_frames(state, "0-10000 1/10000, 4000-5000 1/1000",
		     "0-4000 1/10000, 4000-5000 1/1000, 5000-10000 1/10000");
	check_frames(state, "4000-5000 1/1000, 0-10000 1/10000",
		     "0-4000 1/10000, 4000-5000 1/1000, 5000-10000 1/10000");
}

static void add_reaches_the_limit(void **state)
{
	struct hwpoison_frames *frames = *state;

	assert_int_equal(hwpoison_frames_add(frames, LIMIT - 1, LIMIT, 1, 4096), 0);
	assert_string_equal(frames_words(frames), "ffffffffff000-10000000000000 1/1000");
	assert_int_equal(hwpoison_frames_add(frames, 0, LIMIT, 1, 1u << 31), 0);
	assert_int_equal(hwpoison_frames_bytes(frames), LIMIT);
	assert_int_equal(hwpoison_frames_add(frames, 0, LIMIT, 1, 4096), 0);
	assert_string_equal(frames_words(frames), "0-10000000000000 1/1000");
}

static void add_refuses_ranges_that_are_none(void **state)
{
	struct hwpoison_frames *frames = *state;
	static const struct hwpoison_range wrong[] = {
		{0, 0},
		{0x1000, 0x1000},
		{0x2000, 0x1000},
		{0, LIMIT + 1},
		{LIMIT, LIMIT + 0x1000},
		{UINT64_MAX, UINT64_MAX},
		{0, UINT64_MAX},
		{UINT64_MAX - 1, UINT64_MAX},
		{0x1000, 0xfff},
		{UINT64_MAX, 0x1000},
	};
	size_t i;

	frames_of_words("5000-6000", frames);
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(hwpoison_frames_add(frames, wrong[i].start, wrong[i].end, 1, 4096),
				 HWPOISON_ERANGE);
	assert_string_equal(frames_words(frames), "5000-6000 1/1000");
}

static void add_refuses_page_sizes_that_are_none(void **state)
{
	struct hwpoison_frames *frames = *state;
	static const uint32_t wrong[] = {0, 1, 2048, 4095, 4097, 12288, UINT32_MAX};
	size_t i;

	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(hwpoison_frames_add(frames, 0, 4096, 1, wrong[i]),
				 HWPOISON_EARGUMENT);
	assert_int_equal(frames->count, 0);
}

static void add_refuses_frames_that_nobody_named(void **state)
{
	struct hwpoison_frames *frames = *state;

	assert_int_equal(hwpoison_frames_add(frames, 0, 4096, 0, 4096), HWPOISON_EARGUMENT);
	assert_int_equal(frames->count, 0);
}

static void appending_seldom_grows_the_array(void **state)
{
	struct hwpoison_frames *frames = *state;
	size_t i, capacity = 0, grown = 0;

	for (i = 0; i < 100000; i++) {
		assert_int_equal(hwpoison_frames_add(frames, i * 8192, i * 8192 + 1, 1, 4096), 0);
		grown += frames->capacity != capacity;
		capacity = frames->capacity;
	}
	assert_int_equal(frames->count, 100000);
	assert_true(grown < 20);
}

static void check_removed(void **state, const char *added, uint64_t start, uint64_t end,
			  const char *expected)
{
	struct hwpoison_frames *frames = *state;

	hwpoison_frames_free(frames);
	frames_of_words(added, frames);
	assert_int_equal(hwpoison_frames_remove(frames, start, end), 0);
	assert_string_equal(frames_words(frames), expected);
}

static void remove_takes_whole_frames(void **state)
{
	check_removed(state, "1000-4000", 0x2000, 0x2001, "1000-2000 1/1000, 3000-4000 1/1000");
	check_removed(state, "1000-4000", 0x1fff, 0x2001, "3000-4000 1/1000");
	check_removed(state, "10000-30000 1/10000", 0x1ffff, 0x20000, "20000-30000 1/10000");
}

static void remove_at_the_ends_and_of_all(void **state)
{
	check_removed(state, "1000-4000", 0, 0x1000, "1000-4000 1/1000");
	check_removed(state, "1000-4000", 0x4000, 0x5000, "1000-4000 1/1000");
	check_removed(state, "1000-4000", 0, 0x2000, "2000-4000 1/1000");
	check_removed(state, "1000-4000", 0x3000, LIMIT, "1000-3000 1/1000");
	check_removed(state, "1000-4000, 6000-7000", 0, LIMIT, "");
	check_removed(state, "", 0, LIMIT, "");
}

static void remove_takes_a_frame_that_another_split(void **state)
{
	/* The frame at 0 has 64 KiB; the one at 4000 was learnt on its own. */
	check_removed(state, "0-10000 1/10000, 4000-5000 2/1000", 0, 1, "4000-5000 3/1000");
	check_removed(state, "0-10000 1/10000, 4000-5000 2/1000", 0x8000, 0x8001,
		      "4000-5000 3/1000");
	check_removed(state, "0-10000 1/10000, 4000-5000 2/1000", 0x4000, 0x5000, "");
}

static void remove_refuses_ranges_that_are_none(void **state)
{
	struct hwpoison_frames *frames = *state;

	frames_of_words("1000-2000", frames);
	assert_int_equal(hwpoison_frames_remove(frames, 0x1000, 0x1000), HWPOISON_ERANGE);
	assert_int_equal(hwpoison_frames_remove(frames, 0x2000, 0x1000), HWPOISON_ERANGE);
	assert_int_equal(hwpoison_frames_remove(frames, 0, LIMIT + 1), HWPOISON_ERANGE);
	assert_string_equal(frames_words(frames), "1000-2000 1/1000");
}

static void unite_takes_both(void **state)
{
	struct hwpoison_frames *frames = *state, other = {0};

	frames_of_words("1000-4000 1/1000, 8000-9000 1/1000", frames);
	frames_of_words("2000-3000 2/1000, 7000-8000 1/1000", &other);
	assert_int_equal(hwpoison_frames_unite(frames, &other), 0);
	assert_string_equal(frames_words(frames), "1000-2000 1/1000, 2000-3000 3/1000, "
						  "3000-4000 1/1000, 7000-9000 1/1000");
	assert_string_equal(frames_words(&other), "2000-3000 2/1000, 7000-8000 1/1000");
	hwpoison_frames_free(&other);
}

static void unite_does_not_widen_pieces_of_large_frames(void **state)
{
	struct hwpoison_frames *frames = *state, other = {0};

	frames_of_words("0-10000 1/10000, 4000-5000 1/1000", &other);
	assert_int_equal(hwpoison_frames_remove(&other, 0x4000, 0x4001), 0);
	frames_of_words("4000-5000 1/1000, 0-10000 1/10000", frames);
	assert_int_equal(hwpoison_frames_unite(frames, frames), 0);
	assert_int_equal(hwpoison_frames_unite(frames, &other), 0);
	assert_string_equal(frames_words(frames),
			    "0-4000 1/10000, 4000-5000 1/1000, 5000-10000 1/10000");
	hwpoison_frames_free(&other);
}

static void unite_with_nothing(void **state)
{
	struct hwpoison_frames *frames = *state, other = {0}, none = {0};

	assert_int_equal(hwpoison_frames_unite(frames, &none), 0);
	assert_int_equal(frames->count, 0);
	frames_of_words("1000-2000", &other);
	assert_int_equal(hwpoison_frames_unite(frames, &other), 0);
	assert_int_equal(hwpoison_frames_unite(frames, &none), 0);
	assert_string_equal(frames_words(frames), "1000-2000 1/1000");
	hwpoison_frames_free(&other);
}

static void round_widens_and_unites(void **state)
{
	struct hwpoison_frames *frames = *state, rounded = {0};

	frames_of_words("1000-2000 1/1000, 3000-4000 2/1000, 1f000-20000 1/1000, 20000-21000 1/1000",
			frames);
	assert_int_equal(hwpoison_frames_round(frames, 0x10000, &rounded), 0);
	assert_string_equal(frames_words(&rounded), "0-10000 3/1000, 10000-30000 1/1000");
	hwpoison_frames_free(&rounded);
	assert_int_equal(hwpoison_frames_round(frames, 4096, &rounded), 0);
	assert_int_equal(rounded.count, frames->count);
	hwpoison_frames_free(&rounded);
	assert_int_equal(hwpoison_frames_round(frames, 5000, &rounded), HWPOISON_EARGUMENT);
	assert_null(rounded.ranges);
}

static void bytes_and_runs_count_frames_once(void **state)
{
	struct hwpoison_frames *frames = *state;

	frames_of_words("1000-3000 1/1000, 2000-4000 2/1000, 4000-5000 4/1000, 7000-8000", frames);
	assert_int_equal(hwpoison_frames_bytes(frames), 0x5000);
	assert_int_equal(hwpoison_frames_runs(frames), 2);
}

static void find_gives_the_first_that_intersects(void **state)
{
	struct hwpoison_frames *frames = *state;

	frames_of_words("1000-2000, 4000-5000, 8000-9000", frames);
	assert_null(hwpoison_frames_find(frames, 0, 0x1000));
	assert_null(hwpoison_frames_find(frames, 0x2000, 0x4000));
	assert_null(hwpoison_frames_find(frames, 0x9000, LIMIT));
	assert_null(hwpoison_frames_find(frames, 0x1800, 0x1800));
	assert_ptr_equal(hwpoison_frames_find(frames, 0x1fff, 0x2000), &frames->ranges[0]);
	assert_ptr_equal(hwpoison_frames_find(frames, 0x2000, LIMIT), &frames->ranges[1]);
	assert_ptr_equal(hwpoison_frames_find(frames, 0x4fff, 0x8001), &frames->ranges[1]);
	assert_ptr_equal(hwpoison_frames_find(frames, 0x8800, 0x8801), &frames->ranges[2]);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(empty_set_is_empty),
		TEST(add_widens_to_whole_pages),
		TEST(add_merges_neighbours_that_are_equal),
		TEST(add_keeps_neighbours_that_differ),
		TEST(add_unites_sources_where_ranges_overlap),
		TEST(add_inside_a_range_splits_it),
		TEST(add_over_ranges_fills_what_is_between),
		TEST(add_again_changes_nothing),
		TEST(add_makes_equal_what_then_merges),
		TEST(overlap_keeps_the_smaller_page_size),
		TEST(add_reaches_the_limit),
		TEST(add_refuses_ranges_that_are_none),
		TEST(add_refuses_page_sizes_that_are_none),
		TEST(add_refuses_frames_that_nobody_named),
		TEST(appending_seldom_grows_the_array),
		TEST(remove_takes_whole_frames),
		TEST(remove_at_the_ends_and_of_all),
		TEST(remove_takes_a_frame_that_another_split),
		TEST(remove_refuses_ranges_that_are_none),
		TEST(unite_takes_both),
		TEST(unite_does_not_widen_pieces_of_large_frames),
		TEST(unite_with_nothing),
		TEST(round_widens_and_unites),
		TEST(bytes_and_runs_count_frames_once),
		TEST(find_gives_the_first_that_intersects),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
