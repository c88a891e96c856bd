/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words for errors and sources. */
#include "tests/unit/words.h"

#include "hwpoison/internal.h"

static void every_error_has_its_own_words(void **state)
{
	int a, b;

	(void)state;
	for (a = HWPOISON_EFIRMWARE; a <= 0; a++) {
		assert_string_not_equal(hwpoison_strerror(a), "");
		assert_string_not_equal(hwpoison_strerror(a), "unknown error");
		for (b = HWPOISON_EFIRMWARE; b < a; b++)
			assert_string_not_equal(hwpoison_strerror(a), hwpoison_strerror(b));
	}
	assert_string_equal(hwpoison_strerror(HWPOISON_ENOMEM), "out of memory");
}

static void other_errors_are_unknown(void **state)
{
	static const int other[] = {1, HWPOISON_EFIRMWARE - 1, -4095, INT32_MAX, INT32_MIN};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(other) / sizeof(other[0]); i++)
		assert_string_equal(hwpoison_strerror(other[i]), "unknown error");
}

static void every_source_has_its_own_name(void **state)
{
	unsigned int a, b;

	(void)state;
	for (a = 1; a <= HWPOISON_SOURCE_OFFLINE; a <<= 1) {
		assert_string_not_equal(hwpoison_source_name((enum hwpoison_source)a), "unknown");
		for (b = 1; b < a; b <<= 1)
			assert_string_not_equal(hwpoison_source_name((enum hwpoison_source)a),
						hwpoison_source_name((enum hwpoison_source)b));
	}
	assert_string_equal(hwpoison_source_name(HWPOISON_SOURCE_KPAGEFLAGS), "kpageflags");
	assert_string_equal(hwpoison_source_name((enum hwpoison_source)0), "unknown");
	assert_string_equal(hwpoison_source_name((enum hwpoison_source)3), "unknown");
	assert_string_equal(hwpoison_source_name((enum hwpoison_source)(1 << 20)), "unknown");
}

static void problem_is_cleared_and_named(void **state)
{
	struct hwpoison_problem problem;

	(void)state;
	memset(&problem, 0xff, sizeof(problem));
	hwpoison_problem_set(&problem, "node memory@0 and more", 13);
	assert_string_equal(problem.what, "node memory@0");
	assert_int_equal(problem.line, 0);
	assert_int_equal(problem.start, 0);
	assert_int_equal(problem.end, 0);
	assert_int_equal(problem.os_error, 0);
	assert_int_equal(problem.fdt_error, 0);
	hwpoison_problem_set(&problem, NULL, 0);
	assert_string_equal(problem.what, "");
	hwpoison_problem_set(NULL, "nobody asks", 11);
}

static void problem_cuts_what_is_long(void **state)
{
	struct hwpoison_problem problem;
	char text[500];

	(void)state;
	memset(text, 'x', sizeof(text));
	hwpoison_problem_set(&problem, text, sizeof(text));
	assert_int_equal(strlen(problem.what), sizeof(problem.what) - 1);
}

static void problem_has_no_bytes_that_do_not_print(void **state)
{
	struct hwpoison_problem problem;

	(void)state;
	hwpoison_problem_set(&problem, "a\033[2J\0\n\x7f\xff z", 10);
	assert_string_equal(problem.what, "a?[2J???? ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_error_has_its_own_words),
		cmocka_unit_test(other_errors_are_unknown),
		cmocka_unit_test(every_source_has_its_own_name),
		cmocka_unit_test(problem_is_cleared_and_named),
		cmocka_unit_test(problem_cuts_what_is_long),
		cmocka_unit_test(problem_has_no_bytes_that_do_not_print),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
