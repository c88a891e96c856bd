/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What no KHO tree is made of: versions, places, scratch memory and frames with which the next kernel
 * would die without a word. Beside each place that is refused lies one that is not.
 */
#include "tests/unit/kho_fixture.h"

#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)

static const struct hwpoison_range some_scratch[] = {{64 * MIB, 128 * MIB}, {6 * GIB, 7 * GIB}};

static struct hwpoison_kho_options options_of(unsigned int abi, uint32_t page_size)
{
	return (struct hwpoison_kho_options){abi, page_size, some_scratch, 2};
}

static int try(const char *kept, const struct hwpoison_kho_options *options, uint64_t address)
{
	struct hwpoison_frames bad = {0};
	struct kho_made made;
	int error;

	frames_of_words(kept, &bad);
	error = kho_write_only(&bad, &bad, options, address, &made);
	if (error) {
		assert_int_equal(made.layout.fdt, 0);
		assert_int_equal(made.layout.scratch_size, 0);
	} else {
		if (!kho_read_made(&made, address, options->page_size))
			fail_msg("%s", made.read.error);
	}
	kho_made_free(&made);
	hwpoison_frames_free(&bad);
	return error;
}

static void other_versions_and_page_sizes_are_refused(void **state)
{
	static const struct {
		unsigned int abi;
		uint32_t page_size;
	} bad[] = {{0, 4096}, {1, 4096},  {5, 4096},	  {UINT32_MAX, 4096}, {4, 0},
		   {4, 4095}, {4, 2048},  {4, 8192},	  {4, 12288},	      {4, 131072},
		   {4, 1},    {2, 16384}, {4, 0x80000000}};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct hwpoison_kho_options options = options_of(bad[i].abi, bad[i].page_size);
		struct hwpoison_frames none = {0};
		struct hwpoison_kho_layout layout;
		uint8_t bytes[16];
		size_t size = 77;

		assert_int_equal(hwpoison_kho_size(&none, &none, &options, &size),
				 HWPOISON_EARGUMENT);
		assert_int_equal(size, 77);
		assert_int_equal(hwpoison_kho_write(&none, &none, &options, 0x8000000, bytes,
						    sizeof(bytes), &layout),
				 HWPOISON_EARGUMENT);
	}
}

static void only_the_exact_size_is_written(void **state)
{
	struct hwpoison_kho_options options = options_of(4, 4096);
	struct hwpoison_frames bad = {0};
	struct hwpoison_kho_layout layout;
	size_t size;
	void *bytes;

	(void)state;
	frames_of_words("20000000-20001000", &bad);
	assert_int_equal(hwpoison_kho_size(&bad, &bad, &options, &size), 0);
	bytes = calloc(1, size + 4096);
	for (int pages = -1; pages <= 1; pages++)
		assert_int_equal(hwpoison_kho_write(&bad, &bad, &options, 0x8000000, bytes,
						    size + (size_t)(pages * 4096), &layout),
				 pages ? HWPOISON_EARGUMENT : 0);
	free(bytes);
	hwpoison_frames_free(&bad);
}

static void a_place_must_be_of_pages_and_memory(void **state)
{
	struct hwpoison_kho_options options = options_of(4, 4096);
	struct hwpoison_frames bad = {0};
	size_t size;

	(void)state;
	frames_of_words("20000000-20001000", &bad);
	assert_int_equal(hwpoison_kho_size(&bad, &bad, &options, &size), 0);
	hwpoison_frames_free(&bad);
	assert_int_equal(try("20000000-20001000", &options, 0), HWPOISON_EARGUMENT);
	assert_int_equal(try("20000000-20001000", &options, 0x8000800), HWPOISON_EARGUMENT);
	assert_int_equal(try("20000000-20001000", &options, UINT64_C(1) << 52), HWPOISON_ERANGE);
	assert_int_equal(try("20000000-20001000", &options, (UINT64_C(1) << 52) - size + 4096),
			 HWPOISON_ERANGE);
	assert_int_equal(try("20000000-20001000", &options, (UINT64_C(1) << 52) - size), 0);
	assert_int_equal(try("20000000-20001000", &options, UINT64_MAX - 4095), HWPOISON_ERANGE);
	assert_int_equal(try("20000000-20001000", &options, 4096), 0);
	options.page_size = 65536;
	assert_int_equal(try("20000000-20001000", &options, 0x8008000), HWPOISON_EARGUMENT);
}

static void frames_in_the_wrong_place_are_refused(void **state)
{
	struct hwpoison_kho_options options = options_of(4, 4096);
	struct hwpoison_frames bad = {0};
	char words[64];
	size_t size;

	(void)state;
	/* Scratch is from 0x4000000 to 0x8000000. */
	assert_int_equal(try("4000000-4001000", &options, 0x10000000), HWPOISON_EOVERLAP);
	assert_int_equal(try("7fff000-8000000", &options, 0x10000000), HWPOISON_EOVERLAP);
	assert_int_equal(try("3fff000-4000000, 8000000-8001000", &options, 0x10000000), 0);
	/* Only when it is widened to a page. */
	options.page_size = 65536;
	assert_int_equal(try("800f000-8010000", &options, 0x10000000), 0);
	assert_int_equal(try("10000000-10001000", &options, 0x10000000), HWPOISON_EOVERLAP);
	assert_int_equal(try("fff0000-10000000", &options, 0x10000000), 0);
	options.page_size = 4096;

	frames_of_words("10000000-10001000", &bad);
	assert_int_equal(hwpoison_kho_size(&bad, &bad, &options, &size), 0);
	hwpoison_frames_free(&bad);
	snprintf(words, sizeof(words), "%zx-%zx", 0x10000000 + size - 4096, 0x10000000 + size);
	assert_int_equal(try(words, &options, 0x10000000), HWPOISON_EOVERLAP);
	snprintf(words, sizeof(words), "%zx-%zx", 0x10000000 + size, 0x10000000 + size + 4096);
	assert_int_equal(try(words, &options, 0x10000000), 0);
	/* The buffer in scratch, or reaching into it. */
	assert_int_equal(try("20000000-20001000", &options, 0x4000000), HWPOISON_EOVERLAP);
	assert_int_equal(try("20000000-20001000", &options, 0x7fff000), HWPOISON_EOVERLAP);
	assert_int_equal(try("20000000-20001000", &options, 0x8000000), 0);
	assert_int_equal(try("20000000-20001000", &options, 0x4000000 - size), 0);
	assert_int_equal(try("20000000-20001000", &options, 0x4001000 - size), HWPOISON_EOVERLAP);
	assert_int_equal(try("20000000-20001000", &options, 0x1bffff000), HWPOISON_EOVERLAP);
}

static void scratch_that_cannot_be_used_is_refused(void **state)
{
	static const struct {
		struct hwpoison_range range;
		int error;
	} cases[] = {
		{{64 * MIB, 64 * MIB}, HWPOISON_ERANGE},
		{{65 * MIB, 64 * MIB}, HWPOISON_ERANGE},
		{{64 * MIB, (UINT64_C(1) << 52) + 4096}, HWPOISON_ERANGE},
		{{64 * MIB + 2048, 65 * MIB}, HWPOISON_EARGUMENT},
		{{64 * MIB, 65 * MIB + 2048}, HWPOISON_EARGUMENT},
		{{0, 64 * MIB}, 0},
	};
	static struct hwpoison_range many[16385];
	struct hwpoison_kho_options options = options_of(4, 4096);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct hwpoison_range two[] = {{6 * GIB, 7 * GIB}, cases[i].range};

		options.scratch = two;
		assert_int_equal(try("20000000-20001000", &options, 0x10000000), cases[i].error);
	}
	options.scratch_count = 0;
	assert_int_equal(try("20000000-20001000", &options, 0x10000000), HWPOISON_EARGUMENT);
	for (size_t i = 0; i < 16385; i++)
		many[i] = (struct hwpoison_range){(i + 1) * GIB, (i + 1) * GIB + 4 * MIB};
	options.scratch = many;
	options.scratch_count = 16384;
	assert_int_equal(try("20000000-20001000", &options, 0x10000000), 0);
	options.scratch_count = 16385;
	assert_int_equal(try("20000000-20001000", &options, 0x10000000), HWPOISON_EARGUMENT);
}

static void sets_that_are_none_are_refused(void **state)
{
	struct hwpoison_frame_range ranges[] = {{0x2000, 0x3000, 1, 4096},
						{0x1000, 0x2000, 1, 4096}};
	struct hwpoison_frames unsorted = {ranges, 2, 2}, none = {0};
	struct hwpoison_kho_options options = options_of(4, 4096);
	size_t size;

	(void)state;
	assert_int_equal(hwpoison_kho_size(&unsorted, &none, &options, &size), HWPOISON_EARGUMENT);
	assert_int_equal(hwpoison_kho_size(&none, &unsorted, &options, &size), HWPOISON_EARGUMENT);
	ranges[1] = (struct hwpoison_frame_range){0x3000, UINT64_C(1) << 53, 1, 4096};
	assert_int_equal(hwpoison_kho_size(&unsorted, &none, &options, &size), HWPOISON_ERANGE);
	assert_int_equal(hwpoison_kho_size(&none, &unsorted, &options, &size), HWPOISON_ERANGE);
	ranges[1] = (struct hwpoison_frame_range){0x3000, 0x3000, 1, 4096};
	assert_int_equal(hwpoison_kho_size(&unsorted, &none, &options, &size), HWPOISON_ERANGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(other_versions_and_page_sizes_are_refused),
		cmocka_unit_test(only_the_exact_size_is_written),
		cmocka_unit_test(a_place_must_be_of_pages_and_memory),
		cmocka_unit_test(frames_in_the_wrong_place_are_refused),
		cmocka_unit_test(scratch_that_cannot_be_used_is_refused),
		cmocka_unit_test(sets_that_are_none_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
