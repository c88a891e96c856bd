/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers and sizes as people write them. */
#include "tests/unit/words.h"

#include "hwpoison/internal.h"

static void check_size(const char *text, uint64_t expected)
{
	uint64_t size = 0xabad1dea;

	assert_int_equal(hwpoison_size_parse(text, &size), 0);
	assert_int_equal(size, expected);
}

static void check_refused(const char *text, int error)
{
	uint64_t size = 0xabad1dea;

	assert_int_equal(hwpoison_size_parse(text, &size), error);
	assert_int_equal(size, 0xabad1dea);
}

static void decimal_and_hex(void **state)
{
	(void)state;
	check_size("0", 0);
	check_size("00012", 12);
	check_size("4096", 4096);
	check_size("0x0", 0);
	check_size("0x1000", 4096);
	check_size("0XaBcDeF", 0xabcdef);
	check_size("18446744073709551615", UINT64_MAX);
	check_size("0xffffffffffffffff", UINT64_MAX);
	check_size("0x0000000000000000000000001", 1);
}

static void suffixes_of_either_case(void **state)
{
	(void)state;
	check_size("1K", 1024);
	check_size("3k", 3072);
	check_size("64M", UINT64_C(64) << 20);
	check_size("0x10m", UINT64_C(16) << 20);
	check_size("2G", UINT64_C(2) << 30);
	check_size("2g", UINT64_C(2) << 30);
	check_size("16T", UINT64_C(16) << 40);
	check_size("0t", 0);
	check_size("16777215T", UINT64_C(16777215) << 40);
}

static void past_64_bits_is_out_of_range(void **state)
{
	(void)state;
	check_refused("18446744073709551616", HWPOISON_ERANGE);
	check_refused("0x10000000000000000", HWPOISON_ERANGE);
	check_refused("99999999999999999999999999", HWPOISON_ERANGE);
	check_refused("16777216T", HWPOISON_ERANGE);
	check_refused("0xffffffffffffffffK", HWPOISON_ERANGE);
}

static void what_is_no_number_is_refused(void **state)
{
	static const char *const wrong[] = {"",	     " ",
					    "K",     "0x",
					    "0xK",   "x10",
					    "-1",    "+1",
					    " 1",    "1 ",
					    "1KB",   "1KK",
					    "1.5",   "1e3",
					    "1P",    "0x0x1",
					    "one",   "0xg",
					    "1\n",   "10a",
					    "1,000", "99999999999999999999999999z"};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		check_refused(wrong[i], HWPOISON_EPARSE);
}

static void reading_stops_at_the_first_other_byte(void **state)
{
	const char *text = "123-456", *at = text;
	size_t size = strlen(text);
	uint64_t value = 0;

	(void)state;
	assert_int_equal(hwpoison_number_read(&at, &size, &value), 0);
	assert_int_equal(value, 123);
	assert_ptr_equal(at, text + 3);
	assert_int_equal(size, 4);
	/* Nothing to read: nothing is stepped over. */
	assert_int_equal(hwpoison_number_read(&at, &size, &value), HWPOISON_EPARSE);
	assert_ptr_equal(at, text + 3);
	assert_int_equal(size, 4);
}

static void reading_heeds_the_size(void **state)
{
	const char *at = "1234K";
	size_t size = 2;
	uint64_t value = 0;

	(void)state;
	assert_int_equal(hwpoison_size_read(&at, &size, &value), 0);
	assert_int_equal(value, 12);
	assert_int_equal(size, 0);
	assert_int_equal(hwpoison_size_read(&at, &size, &value), HWPOISON_EPARSE);
	at = "0x12";
	size = 2;
	assert_int_equal(hwpoison_number_read(&at, &size, &value), HWPOISON_EPARSE);
	size = 1;
	assert_int_equal(hwpoison_number_read(&at, &size, &value), 0);
	assert_int_equal(value, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decimal_and_hex),
		cmocka_unit_test(suffixes_of_either_case),
		cmocka_unit_test(past_64_bits_is_out_of_range),
		cmocka_unit_test(what_is_no_number_is_refused),
		cmocka_unit_test(reading_stops_at_the_first_other_byte),
		cmocka_unit_test(reading_heeds_the_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
