/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ranges as people write them, and the arithmetic of addresses. */
#include "tests/unit/words.h"

#include "hwpoison/internal.h"

#define LIMIT HWPOISON_ADDRESS_LIMIT

static void check_range(const char *text, uint32_t page_size, uint64_t start, uint64_t end)
{
	struct hwpoison_range range = {1, 2};

	assert_int_equal(hwpoison_range_parse(text, page_size, &range), 0);
	assert_int_equal(range.start, start);
	assert_int_equal(range.end, end);
}

static void check_refused(const char *text, int error)
{
	struct hwpoison_range range = {1, 2};

	assert_int_equal(hwpoison_range_parse(text, 4096, &range), error);
	assert_int_equal(range.start, 1);
	assert_int_equal(range.end, 2);
}

static void address_is_the_frame_around_it(void **state)
{
	(void)state;
	check_range("0x1000", 4096, 0x1000, 0x2000);
	check_range("0x1fff", 4096, 0x1000, 0x2000);
	check_range("0x1fff", 65536, 0, 0x10000);
	check_range("4096", 4096, 0x1000, 0x2000);
	check_range("0", 4096, 0, 0x1000);
	check_range("0xfffffffffffff", 4096, LIMIT - 0x1000, LIMIT);
}

static void frame_number_counts_pages(void **state)
{
	(void)state;
	check_range("pfn 0", 4096, 0, 0x1000);
	check_range("pfn 1", 4096, 0x1000, 0x2000);
	check_range("pfn 0x10", 65536, 0x100000, 0x110000);
	check_range("pfn \t 7", 16384, 0x1c000, 0x20000);
	check_range("pfn 0xffffffffff", 4096, LIMIT - 0x1000, LIMIT);
}

static void ranges_are_as_written(void **state)
{
	(void)state;
	check_range("0x1000-0x1fff", 4096, 0x1000, 0x2000);
	check_range("0x1000-0x1000", 4096, 0x1000, 0x1001);
	check_range("10-19", 65536, 10, 20);
	check_range("0-0xfffffffffffff", 4096, 0, LIMIT);
	check_range("0x1000+8K", 4096, 0x1000, 0x3000);
	check_range("0x1000+1", 4096, 0x1000, 0x1001);
	check_range("0+4096T", 4096, 0, LIMIT);
	check_range("4096+0x10", 4096, 0x1000, 0x1010);
}

static void blanks_around_are_allowed(void **state)
{
	(void)state;
	check_range("  0x1000+4K\t\r\n", 4096, 0x1000, 0x2000);
}

static void past_the_limit_is_out_of_range(void **state)
{
	static const char *const wrong[] = {
		"0x10000000000000",
		"0xffffffffffffffff",
		"0x1ffffffffffffffff",
		"0-0x10000000000000",
		"0x10000000000000-0x10000000000001",
		"0+0x10000000000001",
		"1+4096T",
		"0xfffffffffffff+2",
		"0xffffffffffffffff+1",
		"1+0xffffffffffffffff",
		"pfn 0x10000000000",
		"pfn 0xffffffffffffffff",
		"pfn 0x10000000000001",
		"1+16777216T",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		check_refused(wrong[i], HWPOISON_ERANGE);
}

static void empty_and_inverted_are_out_of_range(void **state)
{
	(void)state;
	check_refused("0x1000+0", HWPOISON_ERANGE);
	check_refused("0x2000-0x1fff", HWPOISON_ERANGE);
	check_refused("1-0", HWPOISON_ERANGE);
}

static void what_is_no_range_is_refused(void **state)
{
	static const char *const wrong[] = {
		"",
		" ",
		"-",
		"+",
		"pfn",
		"pfn ",
		"pfn1",
		"pfn 0x",
		"pfn 1-2",
		"pfn 1+1",
		"1-",
		"1+",
		"-1",
		"1--2",
		"1 - 2",
		"0x1000 4",
		"1-2-3",
		"1+2+3",
		"1+2-3",
		"4K",
		"1K-2K",
		"1-2K",
		"abc",
		"0x1000-xyz",
		"pfn abc",
		"0x1000,1",
		"PFN 1",
		"1+1P",
		"pfn pfn 1",
		"0x2000-0x1000z",
		"99999999999999999999 x",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		check_refused(wrong[i], HWPOISON_EPARSE);
}

static void page_size_must_be_one(void **state)
{
	struct hwpoison_range range = {1, 2};

	(void)state;
	assert_int_equal(hwpoison_range_parse("1", 0, &range), HWPOISON_EARGUMENT);
	assert_int_equal(hwpoison_range_parse("1", 2048, &range), HWPOISON_EARGUMENT);
	assert_int_equal(hwpoison_range_parse("1", 4097, &range), HWPOISON_EARGUMENT);
	assert_int_equal(range.start, 1);
}

static void text_need_not_end_with_a_zero(void **state)
{
	char *text = malloc(6);
	struct hwpoison_range range;

	(void)state;
	memcpy(text, "0x1000", 6);
	assert_int_equal(hwpoison_range_read(text, 6, 4096, &range), 0);
	assert_int_equal(range.start, 0x1000);
	assert_int_equal(hwpoison_range_read(text, 0, 4096, &range), HWPOISON_EPARSE);
	memcpy(text, "pfn 12", 6);
	assert_int_equal(hwpoison_range_read(text, 5, 4096, &range), 0);
	assert_int_equal(range.start, 0x1000);
	assert_int_equal(hwpoison_range_read(text, 3, 4096, &range), HWPOISON_EPARSE);
	assert_int_equal(hwpoison_range_read(text, 2, 4096, &range), HWPOISON_EPARSE);
	free(text);
}

static void rounding_keeps_what_is_round(void **state)
{
	(void)state;
	assert_int_equal(hwpoison_round_down(0x1fff, 0x1000), 0x1000);
	assert_int_equal(hwpoison_round_up(0x1001, 0x1000), 0x2000);
	assert_int_equal(hwpoison_round_up(0x2000, 0x1000), 0x2000);
	assert_int_equal(hwpoison_round_up(0, 0x1000), 0);
	assert_int_equal(hwpoison_round_up(LIMIT, UINT64_C(1) << 31), LIMIT);
	assert_int_equal(hwpoison_round_up(LIMIT - 1, 0x1000), LIMIT);
}

static void reserve_grows_and_keeps(void **state)
{
	uint64_t *array = NULL;
	size_t capacity = 0, grown;

	(void)state;
	assert_int_equal(hwpoison_reserve(&array, &capacity, 0, sizeof(*array)), 0);
	assert_null(array);
	assert_int_equal(hwpoison_reserve(&array, &capacity, 1, sizeof(*array)), 0);
	assert_true(capacity >= 1);
	array[0] = 42;
	grown = capacity + 1;
	assert_int_equal(hwpoison_reserve(&array, &capacity, grown, sizeof(*array)), 0);
	assert_true(capacity >= 2 * (grown - 1));
	assert_int_equal(array[0], 42);
	/* More than there can be is refused, and what was there stays. */
	grown = capacity;
	assert_int_equal(hwpoison_reserve(&array, &capacity, SIZE_MAX / 2, sizeof(*array)),
			 HWPOISON_ENOMEM);
	assert_int_equal(capacity, grown);
	assert_int_equal(array[0], 42);
	free(array);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(address_is_the_frame_around_it),
		cmocka_unit_test(frame_number_counts_pages),
		cmocka_unit_test(ranges_are_as_written),
		cmocka_unit_test(blanks_around_are_allowed),
		cmocka_unit_test(past_the_limit_is_out_of_range),
		cmocka_unit_test(empty_and_inverted_are_out_of_range),
		cmocka_unit_test(what_is_no_range_is_refused),
		cmocka_unit_test(page_size_must_be_one),
		cmocka_unit_test(text_need_not_end_with_a_zero),
		cmocka_unit_test(rounding_keeps_what_is_round),
		cmocka_unit_test(reserve_grows_and_keeps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
