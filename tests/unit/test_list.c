/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The list file: what people write, and all that they should not have written. */
#include "tests/unit/words.h"

static int parse(const char *text, size_t size, uint32_t page_size, struct hwpoison_frames *frames,
		 struct hwpoison_problem *problem)
{
	/* Exactly as long as it is, so that a sanitizer sees a look behind its end. */
	char *copy = malloc(size ? size : 1);
	int error;

	memcpy(copy, text, size);
	error = hwpoison_list_parse(copy, size, page_size, frames, problem);
	free(copy);
	return error;
}

static void good(const char *text, uint32_t page_size, const char *expected)
{
	struct hwpoison_frames frames = {0};
	struct hwpoison_problem problem;

	assert_int_equal(parse(text, strlen(text), page_size, &frames, &problem), 0);
	assert_string_equal(frames_words(&frames), expected);
	hwpoison_frames_free(&frames);
}

static void bad_bytes(const char *text, size_t size, int expected, unsigned long line)
{
	struct hwpoison_frames frames = {0};
	struct hwpoison_problem problem = {0};

	frames_of_words("7000-8000 1/1000", &frames);
	assert_int_equal(parse(text, size, 4096, &frames, &problem), expected);
	assert_int_equal(problem.line, line);
	assert_string_equal(frames_words(&frames), "7000-8000 1/1000");
	assert_int_equal(parse(text, size, 4096, &frames, NULL), expected);
	hwpoison_frames_free(&frames);
}

static void bad(const char *text, int expected, unsigned long line)
{
	bad_bytes(text, strlen(text), expected, line);
}

static void empty_lists_have_no_frames(void **state)
{
	(void)state;
	good("", 4096, "");
	good("\n\n\n", 4096, "");
	good("# nothing\n   # at all\n\t\n", 4096, "");
	good("#", 4096, "");
}

static void a_number_is_the_address_of_a_frame(void **state)
{
	(void)state;
	good("0x1000", 4096, "1000-2000 20/1000");
	good("4096\n", 4096, "1000-2000 20/1000");
	good("0x1fff\n", 4096, "1000-2000 20/1000");
	good("0\n", 4096, "0-1000 20/1000");
}

static void pfn_is_a_frame_number(void **state)
{
	(void)state;
	good("pfn 0x123\n", 4096, "123000-124000 20/1000");
	good("pfn 10\n", 4096, "a000-b000 20/1000");
	good("pfn 5\n", 65536, "50000-60000 20/10000");
}

static void ends_are_inclusive_and_sizes_are_sizes(void **state)
{
	(void)state;
	good("0x1000-0x2fff\n", 4096, "1000-3000 20/1000");
	good("0x1000-0x3000\n", 4096, "1000-4000 20/1000");
	good("0x1000+8K\n", 4096, "1000-3000 20/1000");
	good("0x100000+1m\n", 4096, "100000-200000 20/1000");
	good("0x1000+1\n", 4096, "1000-2000 20/1000");
}

static void frames_have_the_page_size_of_the_machine(void **state)
{
	(void)state;
	good("0x1000\n", 16384, "0-4000 20/4000");
	good("0x1ffff-0x20000\n", 65536, "10000-30000 20/10000");
}

static void order_repeats_and_overlaps_do_not_matter(void **state)
{
	(void)state;
	good("0x5000\n0x1000\n0x5000\n0x3000-0x5fff\n0x1000+4K\n", 4096,
	     "1000-2000 20/1000, 3000-6000 20/1000");
}

static void blanks_comments_and_line_ends_do_not_matter(void **state)
{
	(void)state;
	good("  0x1000  # DIMM A1\n\t0x3000\t\n0x5000#x", 4096,
	     "1000-2000 20/1000, 3000-4000 20/1000, 5000-6000 20/1000");
	good("# from Windows\r\n\r\n0x1000\r\n", 4096, "1000-2000 20/1000");
	good("0x1000", 4096, "1000-2000 20/1000");
}

static void a_long_list_does_not_take_for_ever(void **state)
{
	struct hwpoison_frames frames = {0};
	size_t count = 200000, used = 0;
	char *text = malloc(count * 16);

	(void)state;
	for (size_t i = count; i-- > 0;)
		used += (size_t)sprintf(text + used, "0x%zx000\n", i * 2);
	assert_int_equal(parse(text, used, 4096, &frames, NULL), 0);
	assert_int_equal(frames.count, count);
	hwpoison_frames_free(&frames);
	free(text);
}

static void garbage_is_refused_with_its_line(void **state)
{
	static const char *const garbage[] = {
		"x",
		"0x",
		"0xg",
		"-",
		"+",
		"0x1000-",
		"-0x1000",
		"0x1000+",
		"+4K",
		"0x1000 0x2000",
		"0x1000,0x2000",
		"0x1000-0x2000-0x3000",
		"0x1000+4K+4K",
		"0x1000-0x2000+4K",
		"0x1000+4Q",
		"0x1000+K",
		"0x1000+-4K",
		"0x1000--0x2000",
		"4096.5",
		"1e3",
		"pfn",
		"pfn x",
		"pfn 5-9",
		"pfn 5+1",
		"pfn 5+4K",
		"pfn5",
		"pfn pfn 5",
		"page 5",
		"0x10 00",
		"1000h",
		("\xef\xbb\xbf"
		 "0x1000"),
		"0x1000;",
		"\"0x1000\"",
		"0x1000..0x2000",
		"\v0x1000",
		"0x1000\f",
		"\x80",
		"0X",
		"0x1000+4KK",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(garbage) / sizeof(garbage[0]); i++) {
		char text[128];

		snprintf(text, sizeof(text), "0x1000\n# fine\n%s\n0x2000\n", garbage[i]);
		bad(text, HWPOISON_EPARSE, 3);
		bad(garbage[i], HWPOISON_EPARSE, 1);
	}
}

static void zero_bytes_are_refused(void **state)
{
	(void)state;
	bad_bytes("0x1000\0\n", 8, HWPOISON_EPARSE, 1);
	bad_bytes("\0", 1, HWPOISON_EPARSE, 1);
	bad_bytes("0x1000\n\0\0\0", 10, HWPOISON_EPARSE, 2);
}

static void lines_of_any_length_are_refused_or_read(void **state)
{
	size_t size = 1000000;
	char *text = malloc(size + 1);

	(void)state;
	memset(text, '1', size);
	text[size] = '\0';
	bad_bytes(text, size, HWPOISON_ERANGE, 1);
	memset(text, ' ', size);
	memcpy(text + size - 6, "0x1000", 6);
	good(text, 4096, "1000-2000 20/1000");
	text[0] = '#';
	good(text, 4096, "");
	free(text);
}

static void what_is_out_of_range_is_refused_with_its_line(void **state)
{
	(void)state;
	bad("0x1000\n0x10000000000000\n", HWPOISON_ERANGE, 2);
	bad("0x2000-0x1000\n", HWPOISON_ERANGE, 1);
	bad("0xffffffffffffffff\n", HWPOISON_ERANGE, 1);
	bad("0x10000000000000000\n", HWPOISON_ERANGE, 1);
	bad("0x1000+0\n", HWPOISON_ERANGE, 1);
	bad("0x1000-0xffffffffffffffff\n", HWPOISON_ERANGE, 1);
	bad("0x1000+0xffffffffffffffff\n", HWPOISON_ERANGE, 1);
	bad("0x1000+16777216T\n", HWPOISON_ERANGE, 1);
	bad("pfn 0x10000000000\n", HWPOISON_ERANGE, 1);
	bad("pfn 0xffffffffffffffff\n", HWPOISON_ERANGE, 1);
}

static void the_last_frame_below_the_limit_is_one(void **state)
{
	(void)state;
	good("0xfffffffffffff\n", 4096, "ffffffffff000-10000000000000 20/1000");
	good("pfn 0xffffffffff\n", 4096, "ffffffffff000-10000000000000 20/1000");
}

static void the_problem_says_what_was_written(void **state)
{
	struct hwpoison_frames frames = {0};
	struct hwpoison_problem problem;

	(void)state;
	assert_int_equal(parse("0x1000\nDIMM A1\n", 15, 4096, &frames, &problem), HWPOISON_EPARSE);
	assert_string_equal(problem.what, "DIMM A1");
}

static void page_sizes_are_checked(void **state)
{
	struct hwpoison_frames frames = {0};

	(void)state;
	assert_int_equal(parse("0x1000", 6, 0, &frames, NULL), HWPOISON_EARGUMENT);
	assert_int_equal(parse("", 0, 5000, &frames, NULL), HWPOISON_EARGUMENT);
}

static void what_was_known_stays_known(void **state)
{
	struct hwpoison_frames frames = {0};

	(void)state;
	frames_of_words("1000-3000 1/1000", &frames);
	assert_int_equal(parse("0x2000+8K", 9, 4096, &frames, NULL), 0);
	assert_string_equal(frames_words(&frames),
			    "1000-2000 1/1000, 2000-3000 21/1000, 3000-4000 20/1000");
	hwpoison_frames_free(&frames);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(empty_lists_have_no_frames),
		cmocka_unit_test(a_number_is_the_address_of_a_frame),
		cmocka_unit_test(pfn_is_a_frame_number),
		cmocka_unit_test(ends_are_inclusive_and_sizes_are_sizes),
		cmocka_unit_test(frames_have_the_page_size_of_the_machine),
		cmocka_unit_test(order_repeats_and_overlaps_do_not_matter),
		cmocka_unit_test(blanks_comments_and_line_ends_do_not_matter),
		cmocka_unit_test(a_long_list_does_not_take_for_ever),
		cmocka_unit_test(garbage_is_refused_with_its_line),
		cmocka_unit_test(zero_bytes_are_refused),
		cmocka_unit_test(lines_of_any_length_are_refused_or_read),
		cmocka_unit_test(what_is_out_of_range_is_refused_with_its_line),
		cmocka_unit_test(the_last_frame_below_the_limit_is_one),
		cmocka_unit_test(the_problem_says_what_was_written),
		cmocka_unit_test(page_sizes_are_checked),
		cmocka_unit_test(what_was_known_stays_known),
	};

	return cmocka_run_group_tests_name("list", tests, NULL, NULL);
}
