/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The text of /proc/iomem: real ones, ones without privileges, and ones that no kernel printed. */
#include "tests/unit/words.h"

static int parse(const char *text, size_t size, struct hwpoison_iomem *iomem,
		 struct hwpoison_problem *problem)
{
	char *copy = calloc(1, size ? size : 1);
	int error;

	memcpy(copy, text, size);
	error = hwpoison_iomem_parse(copy, size, iomem, problem);
	free(copy);
	return error;
}

/* "1000-2000 0/0, …": start-end depth/kind. */
static const char *iomem_words(const struct hwpoison_iomem *iomem)
{
	static char words[WORDS_SIZE];
	size_t used = 0;

	words[0] = '\0';
	for (size_t i = 0; i < iomem->count && used < WORDS_SIZE - 100; i++)
		used += (size_t)snprintf(words + used, WORDS_SIZE - used, "%s%llx-%llx %u/%d",
					 i ? ", " : "", (unsigned long long)iomem->entries[i].start,
					 (unsigned long long)iomem->entries[i].end,
					 iomem->entries[i].depth, (int)iomem->entries[i].kind);
	return words;
}

static void good(const char *text, const char *expected)
{
	struct hwpoison_iomem iomem = {0};
	struct hwpoison_problem problem;

	assert_int_equal(parse(text, strlen(text), &iomem, &problem), 0);
	assert_string_equal(iomem_words(&iomem), expected);
	hwpoison_iomem_free(&iomem);
	assert_null(iomem.entries);
}

static void bad_bytes(const char *text, size_t size, int expected, unsigned long line)
{
	struct hwpoison_iomem iomem = {0};
	struct hwpoison_problem problem = {.line = 99};

	assert_int_equal(parse(text, size, &iomem, &problem), expected);
	assert_int_equal(problem.line, line);
	assert_int_equal(iomem.count, 0);
	assert_null(iomem.entries);
	assert_int_equal(parse(text, size, &iomem, NULL), expected);
}

static void bad(const char *text, int expected, unsigned long line)
{
	bad_bytes(text, strlen(text), expected, line);
}

static void ram_of(const char *text, const char *expected)
{
	struct hwpoison_iomem iomem = {0};
	struct hwpoison_map ram = {0};

	assert_int_equal(parse(text, strlen(text), &iomem, NULL), 0);
	assert_int_equal(hwpoison_iomem_ram(&iomem, &ram), 0);
	assert_string_equal(map_words(&ram), expected);
	hwpoison_iomem_free(&iomem);
	hwpoison_map_free(&ram);
}

static void entries_have_exclusive_ends_and_depth(void **state)
{
	(void)state;
	good("00000000-00000fff : Reserved\n"
	     "00001000-0009ffff : System RAM\n"
	     "40000000-bfffffff : System RAM\n"
	     "  41000000-41ffffff : Kernel code\n"
	     "    41000000-4100ffff : deep\n",
	     "0-1000 0/1, 1000-a0000 0/0, 40000000-c0000000 0/0, 41000000-42000000 1/9, "
	     "41000000-41010000 2/10");
}

static void every_kind_is_known_by_its_name(void **state)
{
	(void)state;
	good("1-1 : System RAM\n1-1 : System RAM (kmem)\n1-1 : System RAM (virtio_mem)\n"
	     "1-1 : reserved\n1-1 : Reserved\n1-1 : ACPI Tables\n1-1 : ACPI Non-volatile Storage\n"
	     "1-1 : Unusable memory\n1-1 : Persistent Memory\n1-1 : Persistent Memory (legacy)\n"
	     "1-1 : Soft Reserved\n1-1 : Crash kernel\n1-1 : Kernel code\n1-1 : Kernel data\n"
	     "1-1 : Kernel rodata\n1-1 : Kernel bss\n",
	     "1-2 0/0, 1-2 0/0, 1-2 0/0, 1-2 0/1, 1-2 0/1, 1-2 0/2, 1-2 0/3, 1-2 0/4, 1-2 0/5, "
	     "1-2 0/6, 1-2 0/7, 1-2 0/8, 1-2 0/9, 1-2 0/9, 1-2 0/9, 1-2 0/9");
}

static void names_that_only_begin_alike_are_other(void **state)
{
	(void)state;
	good("1-1 : System RAMBUS\n1-1 : System RAM \n1-1 : system ram\n1-1 : Unusable memory 2\n"
	     "1-1 : Reserved by us\n1-1 : \n1-1 : PCI Bus 0000:00\n1-1 : Kernel\n1-1 : \xff\n",
	     "1-2 0/10, 1-2 0/10, 1-2 0/10, 1-2 0/10, 1-2 0/10, 1-2 0/10, 1-2 0/10, 1-2 0/10, "
	     "1-2 0/10");
}

static void the_last_newline_may_be_missing(void **state)
{
	(void)state;
	good("1000-1fff : System RAM", "1000-2000 0/0");
}

static void lines_may_be_long(void **state)
{
	size_t size = 300000;
	char *text = malloc(size + 1);

	(void)state;
	memset(text, 'x', size);
	text[size] = '\0';
	memcpy(text, "1000-1fff : ", 12);
	good(text, "1000-2000 0/10");
	memset(text, ' ', size);
	memcpy(text + size - 22, "1000-1fff : System RAM", 22);
	good(text, "1000-2000 149989/0");
	free(text);
}

static void zeroed_addresses_are_told_apart(void **state)
{
	const char *text = "00000000-00000000 : System RAM\n  00000000-00000000 : Kernel code\n";
	struct hwpoison_iomem iomem = {0};
	struct hwpoison_problem problem;

	(void)state;
	assert_int_equal(parse(text, strlen(text), &iomem, &problem), HWPOISON_EPARSE);
	assert_string_equal(problem.what, "zeroed");
	assert_int_equal(problem.line, 0);
	good("00000000-00000000 : x\n00001000-00001fff : System RAM\n", "0-1 0/10, 1000-2000 0/0");
}

static void an_empty_file_is_refused(void **state)
{
	struct hwpoison_iomem iomem = {0};
	struct hwpoison_problem problem;

	(void)state;
	assert_int_equal(parse("", 0, &iomem, &problem), HWPOISON_EPARSE);
	assert_string_equal(problem.what, "empty");
}

static void garbage_is_refused_with_its_line(void **state)
{
	static const char *const garbage[] = {
		"",
		" ",
		"x",
		"1000",
		"1000-",
		"1000-1fff",
		"1000-1fff :",
		"1000-1fff :System RAM",
		"1000-1fff: System RAM",
		"-1fff : System RAM",
		"1000 - 1fff : System RAM",
		" 1000-1fff : System RAM",
		"   1000-1fff : System RAM",
		"\t1000-1fff : System RAM",
		"0x1000-0x1fff : System RAM",
		"1000-1FFF : System RAM",
		"1000-1fff : System RAM\r",
		"1000-1ffg : System RAM",
		"00000000000001000-1fff : System RAM",
		"1000-00000000000001fff : System RAM",
		"1000--1fff : System RAM",
		"+1000-1fff : System RAM",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(garbage) / sizeof(garbage[0]); i++) {
		char text[128];

		snprintf(text, sizeof(text), "1000-1fff : System RAM\n%s\n2000-2fff : x\n",
			 garbage[i]);
		bad(text, HWPOISON_EPARSE, 2);
	}
}

static void zero_bytes_are_refused(void **state)
{
	(void)state;
	bad_bytes("1000-1fff : System RAM\0\n", 24, HWPOISON_EPARSE, 1);
	bad_bytes("1000-1fff : x\n\0", 15, HWPOISON_EPARSE, 2);
	bad_bytes("1000-1fff\0: System RAM\n", 23, HWPOISON_EPARSE, 1);
}

static void inverted_ranges_are_refused(void **state)
{
	(void)state;
	bad("1000-1fff : x\n2000-1fff : System RAM\n", HWPOISON_ERANGE, 2);
	bad("2000-1000 : PCI\n", HWPOISON_ERANGE, 1);
}

static void memory_past_the_limit_is_refused_and_devices_left_out(void **state)
{
	(void)state;
	bad("0-10000000000000 : System RAM\n", HWPOISON_ERANGE, 1);
	bad("1000-ffffffffffffffff : System RAM (kmem)\n", HWPOISON_ERANGE, 1);
	bad("1000-ffffffffffffffff : Unusable memory\n", HWPOISON_ERANGE, 1);
	bad("1000-ffffffffffffffff : Persistent Memory\n", HWPOISON_ERANGE, 1);
	good("0-fffffffffffff : System RAM\n1000-ffffffffffffffff : PCI\n"
	     "1000-10000000000000 : Reserved\n",
	     "0-10000000000000 0/0");
}

static void ram_is_sorted_and_merged(void **state)
{
	(void)state;
	ram_of("8000-8fff : System RAM\n1000-1fff : System RAM\n2000-2fff : System RAM\n"
	       "1800-27ff : System RAM\n4000-4fff : Reserved\n",
	       "1000-3000 ram, 8000-9000 ram");
}

static void ram_of_drivers_counts_at_any_depth(void **state)
{
	(void)state;
	ram_of("1000-1fff : System RAM\n"
	       "100000000-1ffffffff : Soft Reserved\n"
	       "  100000000-1ffffffff : dax0.0\n"
	       "    100000000-1ffffffff : System RAM (kmem)\n"
	       "240000000-33fffffff : virtio0\n"
	       "  240000000-2bfffffff : System RAM (virtio_mem)\n",
	       "1000-2000 ram, 100000000-200000000 ram, 240000000-2c0000000 ram");
}

static void ram_that_is_reserved_inside_is_still_ram(void **state)
{
	(void)state;
	ram_of("40000000-bfffffff : System RAM\n  41000000-41ffffff : reserved\n",
	       "40000000-c0000000 ram");
	ram_of("1000-1fff : Reserved\n", "");
}

static void unusable_memory_becomes_frames(void **state)
{
	const char *text = "1000-1fff : System RAM\n2000-27ff : Unusable memory\n"
			   "8000-9fff : Unusable memory\na000-afff : Reserved\n"
			   "b000-ffff : System RAM\n  c000-c0ff : Unusable memory\n";
	struct hwpoison_iomem iomem = {0};
	struct hwpoison_frames frames = {0};

	(void)state;
	frames_of_words("1000-2000 1/1000", &frames);
	assert_int_equal(parse(text, strlen(text), &iomem, NULL), 0);
	assert_int_equal(hwpoison_iomem_frames(&iomem, 4096, &frames), 0);
	assert_string_equal(frames_words(&frames), "1000-2000 1/1000, 2000-3000 8/1000, "
						   "8000-a000 8/1000, c000-d000 8/1000");
	assert_int_equal(hwpoison_iomem_frames(&iomem, 5, &frames), HWPOISON_EARGUMENT);
	hwpoison_frames_free(&frames);
	hwpoison_iomem_free(&iomem);
}

static void parsing_again_replaces_what_was_there(void **state)
{
	struct hwpoison_iomem iomem = {0};

	(void)state;
	assert_int_equal(parse("1000-1fff : x\n", 14, &iomem, NULL), 0);
	assert_int_equal(parse("2000-2fff : x\n", 14, &iomem, NULL), 0);
	assert_string_equal(iomem_words(&iomem), "2000-3000 0/10");
	assert_int_equal(parse("nonsense", 8, &iomem, NULL), HWPOISON_EPARSE);
	assert_string_equal(iomem_words(&iomem), "2000-3000 0/10");
	hwpoison_iomem_free(&iomem);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(entries_have_exclusive_ends_and_depth),
		cmocka_unit_test(every_kind_is_known_by_its_name),
		cmocka_unit_test(names_that_only_begin_alike_are_other),
		cmocka_unit_test(the_last_newline_may_be_missing),
		cmocka_unit_test(lines_may_be_long),
		cmocka_unit_test(zeroed_addresses_are_told_apart),
		cmocka_unit_test(an_empty_file_is_refused),
		cmocka_unit_test(garbage_is_refused_with_its_line),
		cmocka_unit_test(zero_bytes_are_refused),
		cmocka_unit_test(inverted_ranges_are_refused),
		cmocka_unit_test(memory_past_the_limit_is_refused_and_devices_left_out),
		cmocka_unit_test(ram_is_sorted_and_merged),
		cmocka_unit_test(ram_of_drivers_counts_at_any_depth),
		cmocka_unit_test(ram_that_is_reserved_inside_is_still_ram),
		cmocka_unit_test(unusable_memory_becomes_frames),
		cmocka_unit_test(parsing_again_replaces_what_was_there),
	};

	return cmocka_run_group_tests_name("iomem", tests, NULL, NULL);
}
