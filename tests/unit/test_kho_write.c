/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * KHO trees. Where a frame's bit lies is worked out here by hand, from the formulas of the kernel's
 * header; everything else is read back by the independent reader (tests/kho_reader.h), for all
 * versions and page sizes, with many frames, and at the edges.
 */
#include "tests/unit/kho_fixture.h"

#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)

static const struct hwpoison_range some_scratch[] = {{64 * MIB, 128 * MIB}, {6 * GIB, 7 * GIB}};

static struct hwpoison_kho_options options_of(unsigned int abi, uint32_t page_size)
{
	return (struct hwpoison_kho_options){abi, page_size, some_scratch, 2};
}

/* What can be asked for: with pages of 16 KiB a kernel of version 2 loses the order of a page. */
static bool possible(unsigned int abi, uint32_t page_size)
{
	return abi != 2 || page_size != 16384;
}

static void make(const struct hwpoison_frames *kept, const struct hwpoison_frames *known,
		 const struct hwpoison_kho_options *options, uint64_t address,
		 struct kho_made *made)
{
	assert_int_equal(kho_write_only(kept, known, options, address, made), 0);
	assert_int_equal(made->size % options->page_size, 0);
	if (!kho_read_made(made, address, options->page_size))
		fail_msg("%s", made->read.error);
	assert_int_equal(made->read.version, options->abi);
	assert_int_equal(made->layout.fdt_size, options->page_size);
}

/* The frames that are kept, and those that are listed, are exactly these. */
static void assert_frames(const struct kho_made *made, const uint64_t *frames, size_t count)
{
	assert_int_equal(made->read.kept_count, count);
	assert_int_equal(made->read.listed_count, count);
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(made->read.kept[i], frames[i]);
		assert_int_equal(made->read.listed[i], frames[i]);
	}
}

static void assert_known(const struct kho_made *made, const char *words)
{
	const struct kho_read_blob *blob = kho_read_blob(&made->read, "hwpoison-ranges");
	struct hwpoison_frames frames = {0};

	assert_non_null(blob);
	assert_int_equal(hwpoison_kho_frames(blob->bytes, blob->size, &frames, NULL), 0);
	assert_string_equal(frames_words(&frames), words);
	hwpoison_frames_free(&frames);
}

static void assert_count(const struct kho_made *made, uint64_t expected)
{
	const struct kho_read_blob *blob = kho_read_blob(&made->read, "hwpoison");
	uint64_t count = ~expected;

	assert_non_null(blob);
	assert_int_equal(hwpoison_kho_count(blob->bytes, blob->size, &count, NULL), 0);
	assert_int_equal(count, expected);
}

static uint64_t number_at(const struct kho_made *made, uint64_t offset)
{
	uint64_t number;

	assert_true(offset + 8 <= made->size);
	memcpy(&number, made->bytes + offset, sizeof(number));
	return number;
}

/* Follows table entries of which each is the only one in its table, from the root. */
static const uint8_t *leaf_by_hand(const struct kho_made *made, uint64_t address, uint64_t root,
				   uint32_t page_size, const unsigned int *entries, size_t levels)
{
	uint64_t node = root;

	for (size_t i = 0; i < levels; i++) {
		node = number_at(made, node - address + 8 * entries[i]);
		assert_int_not_equal(node, 0);
		assert_int_equal(node % page_size, 0);
	}
	return made->bytes + (node - address);
}

/* The address of the radix tree's root, from the first property of that length in the root. */
static uint64_t map_of(const struct kho_made *made, uint64_t address)
{
	static const char name[] = "kho-v4\0\0\0\0\0\3\0\0\0\10";
	const uint8_t *found = memmem(made->bytes, 4096, name, 16);
	uint64_t map;

	assert_non_null(found);
	memcpy(&map, found + 20, sizeof(map));
	assert_true(map > address && map < address + made->size);
	return map;
}

static void a_bit_is_where_the_kernel_looks_for_it(void **state)
{
	/* 4 KiB: key = 1 << 52 | 0x1234567; six levels, of which the tables decide bits 51, 42, 33,
	 * 24 and 15 upwards, nine each, and the bitmap the lowest 15. */
	static const unsigned int small[] = {1 << 1, 0, 0, 1, 0x234567 >> 15};
	/* 16 KiB: key = 1 << 50 | 0x48d159; tables of 11 bits, from 50, 39, 28 and 17. */
	static const unsigned int medium[] = {1, 0, 0, 0x48d159 >> 17};
	/* 64 KiB: key = 1 << 48 | 0x123456; tables of 13 bits, from 45, 32 and 19. */
	static const unsigned int large[] = {1 << 3, 0, 0x123456 >> 19};
	static const struct {
		uint32_t page_size;
		const unsigned int *entries;
		size_t levels;
		uint32_t bit;
	} cases[] = {
		{4096, small, 5, 0x1234567 & 0x7fff},
		{16384, medium, 4, 0x48d159 & 0x1ffff},
		{65536, large, 3, 0x123456 & 0x7ffff},
	};
	uint64_t address = 0x8000000;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct hwpoison_kho_options options = options_of(4, cases[i].page_size);
		struct hwpoison_frames bad = {0};
		struct kho_made made;
		const uint8_t *leaf;

		frames_of_words("1234567000-1234568000", &bad);
		make(&bad, &bad, &options, address, &made);
		leaf = leaf_by_hand(&made, address, map_of(&made, address), cases[i].page_size,
				    cases[i].entries, cases[i].levels);
		for (uint32_t byte = 0; byte < cases[i].page_size; byte++)
			assert_int_equal(leaf[byte],
					 byte == cases[i].bit / 8 ? 1 << cases[i].bit % 8 : 0);
		kho_made_free(&made);
		hwpoison_frames_free(&bad);
	}
}

static void each_version_and_page_size_is_written(void **state)
{
	static const uint32_t sizes[] = {4096, 16384, 65536};

	(void)state;
	for (unsigned int abi = 2; abi <= 4; abi++) {
		for (size_t i = 0; i < 3; i++) {
			struct hwpoison_kho_options options = options_of(abi, sizes[i]);
			uint64_t size = sizes[i], page = 0x23456000 / size * size;
			struct hwpoison_frames bad = {0};
			struct kho_made made;

			if (!possible(abi, sizes[i]))
				continue;
			frames_of_words("23456000-23457000 1/1000, 23457000-23458000 4/1000, "
					"140000000-140020000 3/10000",
					&bad);
			make(&bad, &bad, &options, 0x8000000, &made);
			assert_known(&made, "23456000-23458000 40/1000, 140000000-140020000 "
					    "40/10000");
			assert_int_equal(made.read.kept[0], page);
			assert_count(&made, (size == 4096 ? 2 : 1) + 0x20000 / size);
			assert_int_equal(made.read.kept_count, made.read.listed_count);
			assert_int_equal(made.read.scratch_count, 2);
			for (size_t area = 0; area < 2; area++) {
				assert_int_equal(made.read.scratch[area].address,
						 some_scratch[area].start);
				assert_int_equal(made.read.scratch[area].size,
						 some_scratch[area].end - some_scratch[area].start);
			}
			assert_int_equal(made.read.blob_count, 2);
			kho_made_free(&made);
			hwpoison_frames_free(&bad);
		}
	}
}

static void frames_are_widened_to_the_next_kernels_pages(void **state)
{
	struct hwpoison_kho_options options = options_of(4, 65536);
	static const uint64_t frames[] = {0x20000000, 0x20010000, 0x20030000};
	struct hwpoison_frames bad = {0};
	struct kho_made made;

	(void)state;
	frames_of_words("2000f000-20011000, 20012000-20013000, 2003f000-20040000", &bad);
	make(&bad, &bad, &options, 0x40000000, &made);
	assert_frames(&made, frames, 3);
	assert_known(&made, "2000f000-20011000 40/1000, 20012000-20013000 40/1000, "
			    "2003f000-20040000 40/1000");
	kho_made_free(&made);
	hwpoison_frames_free(&bad);
}

static void what_is_known_need_not_be_kept(void **state)
{
	static const uint64_t frame = 0x30000000;
	struct hwpoison_frames kept = {0}, known = {0};
	struct hwpoison_kho_options options = options_of(3, 4096);
	struct kho_made made;

	(void)state;
	frames_of_words("30000000-30001000", &kept);
	/* Cut by a range that was learnt at smaller pages; in scratch and in the buffer. */
	frames_of_words("30000000-30010000 2/10000, 30004000-30005000 1/1000, 4000000-4001000, "
			"50000000-50001000, fffffffff0000-10000000000000 8/10000",
			&known);
	make(&kept, &known, &options, 0x50000000, &made);
	assert_frames(&made, &frame, 1);
	assert_known(&made, "4000000-4001000 40/1000, 30000000-30004000 40/10000, "
			    "30004000-30005000 40/1000, 30005000-30010000 40/10000, "
			    "50000000-50001000 40/1000, fffffffff0000-10000000000000 40/10000");
	kho_made_free(&made);
	hwpoison_frames_free(&kept);
	hwpoison_frames_free(&known);
}

static void nothing_kept_is_an_empty_list_that_can_be_mapped(void **state)
{
	const struct hwpoison_frames none = {0};

	(void)state;
	for (unsigned int abi = 2; abi <= 4; abi++) {
		struct hwpoison_kho_options options = options_of(abi, 4096);
		struct kho_made made;

		make(&none, &none, &options, 0x8000000, &made);
		assert_frames(&made, NULL, 0);
		assert_count(&made, 0);
		assert_known(&made, "");
		kho_made_free(&made);
	}
}

/* 25,000 frames over 800 MiB. */
static void thousands_of_frames_are_kept(void **state)
{
	struct hwpoison_kho_options options = options_of(4, 4096);
	struct hwpoison_frames bad = {0};
	static uint64_t frames[25000];
	struct kho_made made;

	(void)state;
	for (size_t i = 0; i < 25000; i++) {
		frames[i] = 0x10000000 + i * 0x8000;
		assert_int_equal(hwpoison_frames_add(&bad, frames[i], frames[i] + 1, 1, 4096), 0);
	}
	make(&bad, &bad, &options, 0x80000000, &made);
	assert_frames(&made, frames, 25000);
	assert_count(&made, 25000);
	/* Five tables, and a bitmap for each 128 MiB: seven of frames, one of our own pages. */
	assert_int_equal(made.read.radix_pages, 5 + 7 + 1);
	kho_made_free(&made);
	hwpoison_frames_free(&bad);
}

/* A chunk has 511 addresses of pages of 512 PFNs. */
static void long_lists_need_several_chunks(void **state)
{
	static const uint64_t counts[] = {511 * 512 - 1, 511 * 512, 511 * 512 + 1, 2 * 511 * 512,
					  2 * 511 * 512 + 1};
	struct hwpoison_kho_options options = options_of(4, 4096);

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		struct hwpoison_frames bad = {0};
		struct kho_made made;

		assert_int_equal(hwpoison_frames_add(&bad, 8 * GIB, 8 * GIB + counts[i] * 4096, 1,
						     4096),
				 0);
		make(&bad, &bad, &options, 0x8000000, &made);
		assert_int_equal(made.read.kept_count, counts[i]);
		assert_int_equal(made.read.listed_count, counts[i]);
		assert_int_equal(made.read.listed[counts[i] - 1],
				 8 * GIB + counts[i] * 4096 - 4096);
		kho_made_free(&made);
		hwpoison_frames_free(&bad);
	}
}

/* Around the length at which the list of ranges needs one page more. */
static void each_length_of_the_list_fits(void **state)
{
	const struct hwpoison_frames none = {0};
	struct hwpoison_kho_options options = options_of(4, 4096);
	struct hwpoison_frames known = {0}, learnt = {0};

	(void)state;
	for (uint64_t i = 0; i < 400; i++) {
		const struct kho_read_blob *blob;
		struct kho_made made;

		make(&none, &known, &options, 0x8000000, &made);
		blob = kho_read_blob(&made.read, "hwpoison-ranges");
		assert_int_equal(hwpoison_kho_frames(blob->bytes, blob->size, &learnt, NULL), 0);
		assert_int_equal(learnt.count, i);
		hwpoison_frames_free(&learnt);
		kho_made_free(&made);
		assert_int_equal(hwpoison_frames_add(&known, i * 0x3000, i * 0x3000 + 1, 1, 4096),
				 0);
	}
	hwpoison_frames_free(&known);
}

static void versions_have_names(void **state)
{
	(void)state;
	assert_string_equal(hwpoison_kho_abi_name(2), "kho-v2");
	assert_string_equal(hwpoison_kho_abi_name(3), "kho-v3");
	assert_string_equal(hwpoison_kho_abi_name(4), "kho-v4");
	assert_null(hwpoison_kho_abi_name(0));
	assert_null(hwpoison_kho_abi_name(1));
	assert_null(hwpoison_kho_abi_name(5));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_bit_is_where_the_kernel_looks_for_it),
		cmocka_unit_test(each_version_and_page_size_is_written),
		cmocka_unit_test(frames_are_widened_to_the_next_kernels_pages),
		cmocka_unit_test(what_is_known_need_not_be_kept),
		cmocka_unit_test(nothing_kept_is_an_empty_list_that_can_be_mapped),
		cmocka_unit_test(thousands_of_frames_are_kept),
		cmocka_unit_test(long_lists_need_several_chunks),
		cmocka_unit_test(each_length_of_the_list_fits),
		cmocka_unit_test(versions_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
