/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The choice of gaps, on cases small enough to see. That it is the best one always is the matter
 * of tests/property/prop_coalesce.c. */
#include "tests/unit/words.h"

#include "hwpoison/internal.h"

#define MIB (UINT64_C(1) << 20)

/* Gaps of these sizes (KiB, negative: it saves two entries), from 1 MiB on, 1 MiB apart. */
static void check_choice(const int *sizes, size_t count, size_t entries, size_t gaps_wanted,
			 const char *chosen, uint64_t kib)
{
	struct hwpoison_gap gaps[16] = {{0}};
	char got[17] = "";
	uint64_t bytes = 0;
	size_t i;

	for (i = 0; i < count; i++) {
		gaps[i].start = (i + 1) * MIB;
		gaps[i].end = gaps[i].start + (uint64_t)abs(sizes[i]) * 1024;
		gaps[i].saves = sizes[i] < 0 ? 2 : 1;
		gaps[i].chosen = true;
	}
	assert_int_equal(hwpoison_gaps_choose(gaps, count, entries, gaps_wanted, &bytes), 0);
	for (i = 0; i < count; i++)
		got[i] = gaps[i].chosen ? 'x' : '.';
	assert_string_equal(got, chosen);
	assert_int_equal(bytes, kib * 1024);
}

static void nothing_wanted_takes_nothing(void **state)
{
	static const int sizes[] = {4, -8};
	uint64_t bytes = 1;

	(void)state;
	check_choice(sizes, 2, 0, 0, "..", 0);
	assert_int_equal(hwpoison_gaps_choose(NULL, 0, 0, 0, &bytes), 0);
	assert_int_equal(bytes, 0);
}

static void smallest_come_first(void **state)
{
	static const int sizes[] = {16, 4, 12, 8};

	(void)state;
	check_choice(sizes, 4, 1, 0, ".x..", 4);
	check_choice(sizes, 4, 2, 0, ".x.x", 12);
	check_choice(sizes, 4, 4, 0, "xxxx", 40);
}

static void one_that_saves_two_against_two_that_save_one(void **state)
{
	static const int dear[] = {4, 8, -16}, cheap[] = {4, 8, -11};

	(void)state;
	check_choice(dear, 3, 2, 0, "xx.", 12);
	check_choice(cheap, 3, 2, 0, "..x", 11);
}

static void an_odd_one_is_not_paid_twice(void **state)
{
	/* Three entries: two of two, or one of two and one of one. */
	static const int sizes[] = {-10, -12, 11, 40};

	(void)state;
	check_choice(sizes, 4, 3, 0, "x.x.", 21);
	check_choice(sizes, 4, 4, 0, "xx..", 22);
}

static void regions_are_counted_by_gaps(void **state)
{
	static const int sizes[] = {-10, 4, 8, -6};

	(void)state;
	check_choice(sizes, 4, 0, 2, ".x.x", 10);
	check_choice(sizes, 4, 2, 3, ".xxx", 18);
	check_choice(sizes, 4, 4, 2, "x..x", 16);
}

static void too_few_gaps_is_full(void **state)
{
	struct hwpoison_gap gaps[2] = {{MIB, MIB + 4096, 1, true}, {3 * MIB, 4 * MIB, 2, true}};
	uint64_t bytes = 77;

	(void)state;
	assert_int_equal(hwpoison_gaps_choose(gaps, 2, 4, 0, &bytes), HWPOISON_EFULL);
	assert_int_equal(hwpoison_gaps_choose(gaps, 2, 0, 3, &bytes), HWPOISON_EFULL);
	assert_int_equal(hwpoison_gaps_choose(gaps, 2, SIZE_MAX, SIZE_MAX, &bytes), HWPOISON_EFULL);
	assert_int_equal(hwpoison_gaps_choose(NULL, 0, 1, 0, &bytes), HWPOISON_EFULL);
	assert_int_equal(bytes, 77);
	assert_false(gaps[0].chosen || gaps[1].chosen);
	assert_int_equal(hwpoison_gaps_choose(gaps, 2, 3, 2, &bytes), 0);
	assert_int_equal(bytes, MIB + 4096);
}

static void low_memory_comes_last(void **state)
{
	struct hwpoison_gap gaps[4] = {{0x1000, 0x2000, 1, false},
				       {0x4000, 0x6000, 1, false},
				       {0xff000, MIB + 0x1000, 1, false},
				       {8 * MIB, 16 * MIB, 1, false}};
	uint64_t bytes = 0;

	(void)state;
	assert_int_equal(hwpoison_gaps_choose(gaps, 4, 1, 0, &bytes), 0);
	assert_true(gaps[3].chosen);
	assert_int_equal(bytes, 8 * MIB);
	/* Then the least of it. */
	assert_int_equal(hwpoison_gaps_choose(gaps, 4, 2, 0, &bytes), 0);
	assert_true(gaps[0].chosen && gaps[3].chosen && !gaps[1].chosen && !gaps[2].chosen);
	assert_int_equal(hwpoison_gaps_choose(gaps, 4, 3, 0, &bytes), 0);
	assert_true(gaps[0].chosen && gaps[2].chosen && gaps[3].chosen && !gaps[1].chosen);
	assert_int_equal(bytes, 8 * MIB + 0x1000 + 0x2000);
}

static void of_equals_the_lower_is_taken(void **state)
{
	static const int sizes[] = {8, 4, 4, 4};

	(void)state;
	check_choice(sizes, 4, 2, 0, ".xx.", 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_wanted_takes_nothing),
		cmocka_unit_test(smallest_come_first),
		cmocka_unit_test(one_that_saves_two_against_two_that_save_one),
		cmocka_unit_test(an_odd_one_is_not_paid_twice),
		cmocka_unit_test(regions_are_counted_by_gaps),
		cmocka_unit_test(too_few_gaps_is_full),
		cmocka_unit_test(low_memory_comes_last),
		cmocka_unit_test(of_equals_the_lower_is_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
