/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the blobs say that the kernel shows below kho/in/sub_fdts. They are made here byte by byte, as
 * doc/formats.md describes them, and broken in each way in which one can be.
 */
#include "tests/unit/tree.h"

#define PAGE 0x1000
#define LIMIT (UINT64_C(1) << 52)

struct entry {
	uint64_t start, size;
	uint32_t sources, page_size;
};

static void *ranges_blob(const char *compatible, const char *property, const void *bytes,
			 size_t size)
{
	void *tree = tree_create();

	OK(fdt_finish_reservemap(tree));
	OK(fdt_begin_node(tree, ""));
	if (compatible)
		OK(fdt_property_string(tree, "compatible", compatible));
	if (property)
		OK(fdt_property(tree, property, bytes, (int)size));
	return tree_end(tree);
}

/* Reads a blob of which size bytes are shown; frees it. A set that was there before stays. */
static void read_ranges(void *blob, size_t size, int expected, const char *words, const char *what)
{
	struct hwpoison_frames frames = {0};
	struct hwpoison_problem problem = {0};

	frames_of_words("ff000-100000 1/1000", &frames);
	assert_int_equal(hwpoison_kho_frames(blob, size, &frames, &problem), expected);
	if (expected)
		assert_string_equal(problem.what, what);
	assert_int_equal(hwpoison_frames_remove(&frames, 0xff000, 0x100000), 0);
	assert_string_equal(frames_words(&frames), words);
	assert_int_equal(hwpoison_kho_frames(blob, size, &frames, NULL), expected);
	hwpoison_frames_free(&frames);
	free(blob);
}

static void *good_blob(const struct entry *entries, size_t count)
{
	return ranges_blob("hwpoison-ranges-v1", "ranges", entries, count * sizeof(*entries));
}

static void good(const struct entry *entries, size_t count, const char *words)
{
	void *blob = good_blob(entries, count);

	read_ranges(blob, fdt_totalsize(blob), 0, words, "");
}

static void bad_entry(struct entry entry, int error)
{
	const struct entry entries[] = {{0x20000, PAGE, 1, PAGE}, entry};
	void *blob = good_blob(entries, 2);

	read_ranges(blob, fdt_totalsize(blob), error, "", "ranges");
}

static void ranges_are_learnt_with_their_page_size(void **state)
{
	static const struct entry entries[] = {
		{0x20000, PAGE, 1, PAGE},
		{0x21000, PAGE, 0x40, PAGE},
		{0x30000, 0x4000, 3, 0x10000},
		{0x34000, PAGE, 3, PAGE},
		{0x35000, 0xb000, 3, 0x10000},
		{0x100000000, 0x40000000, 0, 0x40000000},
		/* Sources that are not known yet. */
		{LIMIT - PAGE, PAGE, 0xffffffff, PAGE},
	};

	(void)state;
	good(entries, 0, "");
	good(entries, 1, "20000-21000 40/1000");
	good(entries, 7,
	     "20000-22000 40/1000, 30000-34000 40/10000, 34000-35000 40/1000, "
	     "35000-40000 40/10000, 100000000-140000000 40/40000000, "
	     "ffffffffff000-10000000000000 40/1000");
}

static void a_blob_may_be_shown_with_what_follows_it(void **state)
{
	static const struct entry entry = {0x20000, PAGE, 1, PAGE};
	void *blob = good_blob(&entry, 1);

	(void)state;
	read_ranges(blob, fdt_totalsize(blob) + 100, 0, "20000-21000 40/1000", "");
}

static void ranges_that_make_no_sense_are_refused(void **state)
{
	(void)state;
	bad_entry((struct entry){0x30000, 0, 1, PAGE}, HWPOISON_ERANGE);
	bad_entry((struct entry){LIMIT, PAGE, 1, PAGE}, HWPOISON_ERANGE);
	bad_entry((struct entry){LIMIT - PAGE, 2 * PAGE, 1, PAGE}, HWPOISON_ERANGE);
	bad_entry((struct entry){0x30000, UINT64_MAX - 0xfff, 1, PAGE}, HWPOISON_ERANGE);
	bad_entry((struct entry){UINT64_MAX - 0xfff, PAGE, 1, PAGE}, HWPOISON_ERANGE);
	bad_entry((struct entry){0x30000, PAGE, 1, 0}, HWPOISON_EPARSE);
	bad_entry((struct entry){0x30000, PAGE, 1, 2048}, HWPOISON_EPARSE);
	bad_entry((struct entry){0x30000, PAGE, 1, 12288}, HWPOISON_EPARSE);
	bad_entry((struct entry){0x30000, 0x800, 1, PAGE}, HWPOISON_EPARSE);
	bad_entry((struct entry){0x30800, PAGE, 1, PAGE}, HWPOISON_EPARSE);
	/* Not rising. */
	bad_entry((struct entry){0x10000, PAGE, 1, PAGE}, HWPOISON_EPARSE);
	bad_entry((struct entry){0x20000, PAGE, 1, PAGE}, HWPOISON_EPARSE);
}

static void the_range_that_is_refused_is_named(void **state)
{
	static const struct entry entries[] = {{LIMIT - PAGE, 2 * PAGE, 1, PAGE},
					       {LIMIT - PAGE, UINT64_MAX, 1, PAGE}};
	struct hwpoison_frames frames = {0};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct hwpoison_problem problem = {0};
		void *blob = good_blob(&entries[i], 1);

		assert_int_equal(hwpoison_kho_frames(blob, fdt_totalsize(blob), &frames, &problem),
				 HWPOISON_ERANGE);
		assert_int_equal(problem.start, LIMIT - PAGE);
		assert_int_equal(problem.end, i ? UINT64_MAX : LIMIT + PAGE);
		free(blob);
	}
}

static void other_blobs_are_refused(void **state)
{
	static const struct entry entry = {0x20000, PAGE, 1, PAGE};
	struct hwpoison_frames frames = {0};
	void *blob;

	(void)state;
	blob = ranges_blob("hwpoison-ranges-v2", "ranges", &entry, sizeof(entry));
	read_ranges(blob, fdt_totalsize(blob), HWPOISON_EPARSE, "", "compatible");
	blob = ranges_blob(NULL, "ranges", &entry, sizeof(entry));
	read_ranges(blob, fdt_totalsize(blob), HWPOISON_EPARSE, "", "compatible");
	blob = ranges_blob("hwpoison-ranges-v1", NULL, NULL, 0);
	read_ranges(blob, fdt_totalsize(blob), HWPOISON_EPARSE, "", "ranges");
	blob = ranges_blob("hwpoison-ranges-v1", "range", &entry, sizeof(entry));
	read_ranges(blob, fdt_totalsize(blob), HWPOISON_EPARSE, "", "ranges");
	for (size_t size = 1; size < sizeof(entry); size++) {
		blob = ranges_blob("hwpoison-ranges-v1", "ranges", &entry, size);
		read_ranges(blob, fdt_totalsize(blob), HWPOISON_EPARSE, "", "ranges");
	}
	blob = good_blob(&entry, 1);
	read_ranges(blob, fdt_totalsize(blob) - 1, HWPOISON_EFDT, "", "device tree");
	blob = calloc(1, 4096);
	read_ranges(blob, 4096, HWPOISON_EFDT, "", "device tree");
	assert_int_equal(hwpoison_kho_frames("", 0, &frames, NULL), HWPOISON_EFDT);
}

/* ------------------------------------------------------------------------------ the other blob */

/* In memory of exactly that size, for the sanitizer. */
static void counted(const void *bytes, size_t size, int expected, uint64_t expected_count,
		    const char *what)
{
	struct hwpoison_problem problem = {0};
	uint64_t count = 0x5a5a;
	void *blob = malloc(size ? size : 1);

	memcpy(blob, bytes, size);
	assert_int_equal(hwpoison_kho_count(blob, size, &count, &problem), expected);
	assert_int_equal(count, expected ? 0x5a5a : expected_count);
	assert_string_equal(problem.what, what);
	assert_int_equal(hwpoison_kho_count(blob, size, &count, NULL), expected);
	free(blob);
}

/* u32 version, pad; u64 count; u64 first; u32 total_pages; u16 flags, order. */
static void the_structure_is_counted(void **state)
{
	uint64_t count;
	uint8_t blob[40] = {1,	  0,	0,    0,    0,	  0, 0, 0, 0xa8, 0x61, 1, 2, 3, 4, 5, 6,
			    0x00, 0x10, 0x20, 0x30, 0x40, 0, 0, 0, 49,	 0,    0, 0, 1, 0, 0, 0};

	(void)state;
	counted(blob, 32, 0, 0x06050403020161a8, "");
	counted(blob, 40, 0, 0x06050403020161a8, "");
	counted(blob, 31, HWPOISON_EPARSE, 0, "size");
	counted(blob, 4, HWPOISON_EPARSE, 0, "size");
	counted(blob, 3, HWPOISON_EPARSE, 0, "size");
	counted(blob, 0, HWPOISON_EPARSE, 0, "size");
	blob[0] = 2;
	counted(blob, 32, HWPOISON_EPARSE, 0, "version");
	blob[0] = 1;
	blob[3] = 1;
	counted(blob, 32, HWPOISON_EPARSE, 0, "version");
	/* Not aligned. */
	memmove(blob + 5, blob, 32);
	blob[8] = 0;
	assert_int_equal(hwpoison_kho_count(blob + 5, 32, &count, NULL), 0);
	assert_int_equal(count, 0x06050403020161a8);
}

static void *tree_blob(const char *compatible, size_t count_size, size_t pfns_size)
{
	static const uint8_t count[16] = {0xa8, 0x61, 1, 2, 3, 4, 5, 6}, pfns[24] = {0};
	void *tree = tree_create();

	OK(fdt_finish_reservemap(tree));
	OK(fdt_begin_node(tree, ""));
	OK(fdt_property_string(tree, "compatible", compatible));
	if (count_size)
		OK(fdt_property(tree, "count", count, (int)count_size));
	if (pfns_size)
		OK(fdt_property(tree, "pfns", pfns, (int)pfns_size));
	return tree_end(tree);
}

static void the_tree_is_counted(void **state)
{
	static const struct {
		const char *compatible;
		size_t count_size, pfns_size;
		const char *what;
	} cases[] = {
		{"hwpoison-v1", 8, 16, ""},	   {"hwpoison-v2", 8, 16, "compatible"},
		{"hwpoison", 8, 16, "compatible"}, {"hwpoison-v1", 0, 16, "count"},
		{"hwpoison-v1", 4, 16, "count"},   {"hwpoison-v1", 16, 16, "count"},
		{"hwpoison-v1", 8, 0, "pfns"},	   {"hwpoison-v1", 8, 8, "pfns"},
		{"hwpoison-v1", 8, 24, "pfns"},
	};
	void *blob;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		blob = tree_blob(cases[i].compatible, cases[i].count_size, cases[i].pfns_size);
		counted(blob, fdt_totalsize(blob), cases[i].what[0] ? HWPOISON_EPARSE : 0,
			0x06050403020161a8, cases[i].what);
		free(blob);
	}
	blob = tree_blob("hwpoison-v1", 8, 16);
	counted(blob, fdt_totalsize(blob) - 1, HWPOISON_EPARSE, 0, "device tree");
	counted(blob, 4, HWPOISON_EPARSE, 0, "device tree");
	free(blob);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ranges_are_learnt_with_their_page_size),
		cmocka_unit_test(a_blob_may_be_shown_with_what_follows_it),
		cmocka_unit_test(ranges_that_make_no_sense_are_refused),
		cmocka_unit_test(the_range_that_is_refused_is_named),
		cmocka_unit_test(other_blobs_are_refused),
		cmocka_unit_test(the_structure_is_counted),
		cmocka_unit_test(the_tree_is_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
