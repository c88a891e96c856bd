/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A good hand-over by KHO, made by the library, passes, for each version and page size; then one thing
 * of the plan is broken at a time, and the checks must find it: what is kept, where the next kernel
 * starts, which segment has it.
 */
#include "kexec/image.h"
#include "tests/unit/kho_scene.h"

static void test_good(void **state)
{
	static const struct {
		unsigned int abi;
		uint32_t page;
	} kinds[] = {{4, 4096},	 {3, 4096},  {2, 4096},	 {4, 16384},
		     {3, 16384}, {4, 65536}, {2, 65536}, {3, 65536}};

	(void)state;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		struct scene scene;

		scene_start(&scene, kinds[i].abi, kinds[i].page);
		assert_string_equal(scene_check(&scene), ok);
		scene_free(&scene);
	}
}

static void test_without_frames(void **state)
{
	struct scene scene;

	(void)state;
	scene_start(&scene, 4, 4096);
	scene.plan.frames.count = 0;
	kept_find(&scene.plan);
	scene_write(&scene);
	assert_string_equal(scene_check(&scene), ok);
	scene_free(&scene);
}

/* So many that the array has more than a chunk, and tables more than a page. */
static void test_many_frames(void **state)
{
	struct scene scene;

	(void)state;
	scene_start(&scene, 4, 4096);
	scene.plan.frames.count = 0;
	hwpoison_map_free(&scene.plan.outcome.map);
	map_of_words("0-a0000 ram, 100000-80000000 ram, 100000000-4000000000 ram",
		     &scene.plan.outcome.map);
	for (uint64_t i = 0; i < 30000; i++)
		assert_int_equal(hwpoison_frames_add(&scene.plan.frames, 0x100000000 + i * 0x801000,
						     0x100000000 + i * 0x801000 + 0x1000,
						     HWPOISON_SOURCE_FILE, 4096),
				 0);
	/* As much RAM wants more scratch: 4 GiB of struct pages. */
	scene.plan.kho.scratch[2] = (struct hwpoison_range){0x60000000, 0x68000000};
	scene.plan.kho.scratch[3] = (struct hwpoison_range){0x3ea0000000, 0x4000000000};
	scene.plan.kho.scratch_count = 4;
	kept_find(&scene.plan);
	scene_write(&scene);
	assert_string_equal(scene_check(&scene), ok);
	/* The second entry of the second chunk. */
	scene.plan.kho.kept.count--;
	assert_non_null(strstr(scene_check(&scene), "not kept"));
	scene.plan.kho.kept.count++;
	scene_free(&scene);
}

/* --- what is planned ------------------------------------------------------------------------------- */

#define SCRATCH s->plan.kho.scratch
#define KEPT s->plan.kho.kept

static void frame_add(struct hwpoison_frames *frames, uint64_t start, uint64_t end)
{
	assert_int_equal(hwpoison_frames_add(frames, start, end, HWPOISON_SOURCE_FILE, 4096), 0);
}

static void map_add(struct hwpoison_map *map, uint64_t start, uint64_t end)
{
	assert_int_equal(hwpoison_map_add(map, start, end, HWPOISON_RESERVED), 0);
}

REWRITE(kept_less, KEPT.count--)
REWRITE(kept_cut, KEPT.ranges[1].end -= 0x1000)
REWRITE(kept_more, frame_add(&KEPT, 0x3000000, 0x3001000))
REWRITE(kept_no_ram, frame_add(&KEPT, 0xfee00000, 0xfee01000))
REWRITE(kept_nowhere, frame_add(&KEPT, 0x900000000, 0x900001000))
BREAK(kept_unwritten, frame_add(&s->plan.frames, 0x3000000, 0x3001000);
      frame_add(&KEPT, 0x3000000, 0x3001000))
BREAK(kept_bounded, s->plan.command_line = (char *)"quiet mem=1G")
BREAK(kept_mapped, s->plan.command_line = (char *)"memmap=4K$0x2000000 quiet")
BREAK(kept_without, s->plan.modes = MODE_E820)
BREAK(kept_bounded_first, s->plan.command_line = (char *)"mem=1G mem=nopentium")
#define LINE(name, words) BREAK(name, s->plan.command_line = (char *)(words))
LINE(line_memtest, "kho=on memtest")
LINE(line_memtest_value, "kho=on memtest=4")
LINE(line_movable, "movable_node kho=on")
LINE(line_hugetlb_cma, "hugetlb_cma=1G kho=on")
LINE(line_crash, "crashkernel=64M crashkernel=512M,cma kho=on")
LINE(line_gigantic, "hugepagesz=1024M hugepages=2 kho=on")
LINE(line_gigantic_usual, "hugepages=2 default_hugepagesz=1G kho=on")
LINE(line_without, "quiet")
LINE(line_none, NULL)
BREAK(kept_absent, map_of_words("0-40000000 ram", &s->plan.present))
BREAK(kept_doubtful, map_of_words("7fff1000-7fff2000 ram", &s->plan.unseen))
BREAK(scratch_regions,
      for (uint64_t at = 0x52000000; at < 0x52000000 + 8 * 0x2000; at += 0x2000)
	      assert_int_equal(hwpoison_map_add(&s->plan.outcome.map, at, at + 0x1000, 5), 0);
      assert_int_equal(hwpoison_map_normalise(&s->plan.outcome.map), 0);
      s->plan.target.max_ram_regions = 5)
BREAK(scratch_array,
      for (uint64_t at = 0x52000000; at < 0x52000000 + 60 * 0x2000; at += 0x2000)
	      assert_int_equal(hwpoison_map_add(&s->plan.outcome.map, at, at + 0x1000, 5), 0);
      assert_int_equal(hwpoison_map_normalise(&s->plan.outcome.map), 0);
      s->plan.target.first_regions = 128)
REWRITE(scratch_unaligned, SCRATCH[0].start += 0x200000)
REWRITE(scratch_end_unaligned, SCRATCH[1].end += 0x1000)
REWRITE(scratch_order, SCRATCH[0] = ((struct hwpoison_range){0x34000000, 0x36000000}))
REWRITE(scratch_overlap, SCRATCH[0].end = 0x30400000)
REWRITE(scratch_twice, SCRATCH[1] = SCRATCH[0])
BREAK(scratch_empty, SCRATCH[1].end = SCRATCH[1].start)
BREAK(scratch_high, SCRATCH[1].end = UINT64_C(1) << 53)
BREAK(scratch_no_ram, SCRATCH[1] = ((struct hwpoison_range){0x7fc00000, 0x82000000}))
REWRITE(scratch_hole, s->plan.outcome.map.entries[2].end = 0x31000000; assert_int_equal(
		hwpoison_map_add(&s->plan.outcome.map, 0x31001000, 0x80000000, HWPOISON_RAM), 0);
	assert_int_equal(hwpoison_map_normalise(&s->plan.outcome.map), 0))
BREAK(scratch_poison, SCRATCH[0] = ((struct hwpoison_range){0x6000000, 0x8400000}))
REWRITE(scratch_excluded, frame_add(&s->plan.outcome.excluded, 0x31000000, 0x31001000))
REWRITE(scratch_given_up, map_add(&s->plan.outcome.given_up, 0x31000000, 0x31001000))
REWRITE(scratch_held, map_add(&s->machine.in_use, 0x31000000, 0x31001000))
BREAK(scratch_segment, SCRATCH[1] = ((struct hwpoison_range){0x50000000, 0x52000000}))
BREAK(scratch_itself, SCRATCH[1] = ((struct hwpoison_range){0x40c00000, 0x42c00000}))
REWRITE(scratch_area, s->plan.areas[0] = ((struct working_area){"x", 0x31fff000, 0x32001000});
	s->plan.area_count = 1)
REWRITE(scratch_small, SCRATCH[1].end = 0x30c00000)
REWRITE(scratch_pieces_low, assert_int_equal(hwpoison_map_add(&s->plan.outcome.map, 0x100000000,
							      0x180000000, HWPOISON_RAM),
					     0);
	SCRATCH[2] = ((struct hwpoison_range){0x100000000, 0x110000000});
	s->plan.kho.scratch_count = 3)
REWRITE(scratch_all_high, s->plan.outcome.map.entries[2].end = 0x40000000; assert_int_equal(
		hwpoison_map_add(&s->plan.outcome.map, 0x100000000, 0x180000000, HWPOISON_RAM), 0);
	SCRATCH[0] = ((struct hwpoison_range){0x100000000, 0x110000000});
	s->plan.kho.scratch_count = 1; kept_find(&s->plan))
REWRITE(scratch_little_low, assert_int_equal(hwpoison_map_add(&s->plan.outcome.map, 0x100000000,
							      0x180000000, HWPOISON_RAM),
					     0);
	SCRATCH[1] = ((struct hwpoison_range){0x100000000, 0x110000000}))
BREAK(scratch_none, s->plan.kho.scratch_count = 0)
BREAK(scratch_many, s->plan.kho.scratch_count = KHO_SCRATCH_MAX + 1)
BREAK(scratch_other, SCRATCH[1].end += 0x400000)
BREAK(scratch_one_more, SCRATCH[2] = ((struct hwpoison_range){0x38000000, 0x38400000});
      s->plan.kho.scratch_count = 3)
BREAK(abi_other, s->plan.kho.abi = 3)
BREAK(abi_unknown, s->plan.kho.abi = 5)
BREAK(abi_sizeless, s->plan.kho.abi = 2)
BREAK(pages_other, s->plan.target.page_size = 16384)
BREAK(list_other, s->plan.frames.ranges[0].sources ^= HWPOISON_SOURCE_FDT)
BREAK(list_page, s->plan.frames.ranges[0].page_size = 16384)
BREAK(list_more, frame_add(&s->plan.frames, 0xfef00000, 0xfef01000))
BREAK(list_less, s->plan.frames.count--)
BREAK(segment_lost, s->plan.segments[0].name = "x")
BREAK(segment_moved, s->plan.segments[0].start += 0x1000)
BREAK(segment_cut, s->plan.segments[0].bytes_size = 0x8000)
BREAK(segment_odd, s->plan.segments[0].bytes_size -= 8)
BREAK(segment_empty, s->plan.segments[0].bytes_size = 0)
BREAK(mode_lost, s->plan.modes = 0; KEPT.count = 0; s->plan.kho.scratch_count = 0)
BREAK(handed_fdt, s->handed.fdt += 0x1000; s->plan.kho.layout.fdt += 0x1000)
BREAK(handed_size, s->handed.fdt_size = 512; s->plan.kho.layout.fdt_size = 512)
BREAK(handed_scratch, s->handed.scratch += 16; s->plan.kho.layout.scratch += 16)
BREAK(handed_areas, s->handed.scratch_size -= 16; s->plan.kho.layout.scratch_size -= 16)
BREAK(handed_elsewhere, s->handed.fdt = 0x50000000; s->plan.kho.layout.fdt = 0x50000000)
BREAK(layout_fdt, s->plan.kho.layout.fdt ^= 8)
BREAK(layout_scratch, s->plan.kho.layout.scratch_size ^= 8)

static const struct scene_break breaks[] = {
	ROW(kept_less, "is RAM, and not kept"),
	ROW(kept_cut, "is RAM, and not kept"),
	ROW(kept_more, "is no poisoned RAM"),
	ROW(kept_no_ram, "is no poisoned RAM"),
	ROW(kept_nowhere, "is no poisoned RAM"),
	ROW(kept_unwritten, "hwpoison counts"),
	ROW(kept_without, "kept without KHO"),
	ROW(kept_bounded, "mem= on its command line"),
	ROW(kept_mapped, "memmap= on its command line"),
	ROW(kept_bounded_first, "mem= on its command line"),
	ROW(line_memtest, "memtest on its command line writes"),
	ROW(line_memtest_value, "memtest= on its command line"),
	ROW(line_movable, "movable_node on its command line"),
	ROW(line_hugetlb_cma, "hugetlb_cma= on its command line eats"),
	ROW(line_crash, "crashkernel=512M,cma on its command line eats"),
	ROW(line_gigantic, "gigantic pages"),
	ROW(line_gigantic_usual, "gigantic pages"),
	ROW(line_without, "has no kho="),
	ROW(line_none, "has no kho="),
	ROW(kept_absent, "is kept, and is no memory"),
	ROW(kept_doubtful, "is kept, and may be no memory"),
	ROW(scratch_regions, "there are 14 regions of RAM"),
	ROW(scratch_array, "there are 128 regions of memory"),
	ROW(scratch_unaligned, "not aligned"),
	ROW(scratch_end_unaligned, "not aligned"),
	ROW(scratch_order, "out of order"),
	ROW(scratch_overlap, "out of order"),
	ROW(scratch_twice, "out of order"),
	ROW(scratch_empty, "is empty"),
	ROW(scratch_high, "no memory"),
	ROW(scratch_no_ram, "not RAM"),
	ROW(scratch_hole, "not RAM"),
	ROW(scratch_poison, "poisoned memory"),
	ROW(scratch_excluded, "kept out"),
	ROW(scratch_given_up, "given up"),
	ROW(scratch_held, "held by the running kernel"),
	ROW(scratch_segment, "meets other"),
	ROW(scratch_itself, "meets kho"),
	ROW(scratch_area, "meets x"),
	ROW(scratch_small, "less than the 47 MiB"),
	ROW(scratch_pieces_low, "32 MiB of it are below 4 GiB in one piece"),
	ROW(scratch_all_high, "below 4 GiB"),
	ROW(scratch_little_low, "below 4 GiB"),
	ROW(scratch_none, "0 areas"),
	ROW(scratch_many, "65 areas"),
	ROW(scratch_other, "not what was planned"),
	ROW(scratch_one_more, "bytes of scratch areas"),
	ROW(abi_other, "of another version"),
	ROW(abi_unknown, "the version is not known"),
	ROW(abi_sizeless, "of another version"),
	ROW(pages_other, ""),
	ROW(list_other, "not what was learnt"),
	ROW(list_page, "not what was learnt"),
	ROW(list_more, "number of ranges"),
	ROW(list_less, "number of ranges"),
	ROW(segment_lost, "no segment"),
	ROW(segment_moved, ""),
	ROW(segment_cut, ""),
	ROW(segment_odd, "not whole pages"),
	ROW(segment_empty, "not whole pages"),
	ROW(mode_lost, "without being asked for"),
	ROW(handed_fdt, "header"),
	ROW(handed_size, "0x200 bytes"),
	ROW(handed_scratch, ""),
	ROW(handed_areas, "bytes of scratch areas"),
	ROW(handed_elsewhere, "not in the segment"),
	ROW(layout_fdt, "not what was planned"),
	ROW(layout_scratch, "not what was planned"),
};

static void test_broken(void **state)
{
	(void)state;
	breaks_try(breaks, sizeof(breaks) / sizeof(*breaks));
}

/* On x86 the kernel itself goes into scratch memory. */
static void test_kernel_in_scratch(void **state)
{
	struct image image = {.memory_size = 0x1000000};
	struct scene scene;

	(void)state;
	scene_start(&scene, 4, 4096);
	scene.plan.image = &image;
	assert_string_equal(scene_check(&scene), ok);
	scene.machine.arch = &arch_x86_64;
	assert_string_equal(scene_check(&scene), ok);
	image.memory_size += 0x200000;
	assert_non_null(strstr(scene_check(&scene), "64 MiB are less than the 65 MiB"));
	scene_free(&scene);
}

/* What is harmless, or for init; a kernel with KHO on by default needs no word. */
static void test_lines(void **state)
{
	static const char *const lines[] = {
		"kho=on mem=nopentium memtest=0 hugetlb_cma=0",
		"kho=on hugepagesz=1G hugepages=0",
		"kho=on hugepagesz=2M hugepages=8",
		"kho=off crashkernel=1G,high crashkernel=72M,low",
		"kho=on -- memtest hugetlb_cma=1G",
	};
	struct scene scene;

	(void)state;
	scene_start(&scene, 4, 4096);
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		scene.plan.command_line = (char *)lines[i];
		assert_string_equal(scene_check(&scene), ok);
	}
	scene.plan.target.handover_on = CONFIG_YES;
	scene.plan.command_line = NULL;
	assert_string_equal(scene_check(&scene), ok);
	scene_free(&scene);
}

/* Its own scratch memory stands as reserved in the running kernel's iomem, on arm64. */
static void test_own_scratch(void **state)
{
	struct hwpoison_range own = {0x30000000, 0x32000000};
	struct scene scene;

	(void)state;
	scene_start(&scene, 4, 4096);
	map_add(&scene.machine.in_use, 0x30000000, 0x32000000);
	assert_non_null(strstr(scene_check(&scene), "held"));
	scene.machine.kho_scratch = &own;
	scene.machine.kho_scratch_count = 1;
	assert_string_equal(scene_check(&scene), ok);
	own.end -= 0x400000;
	assert_non_null(strstr(scene_check(&scene), "held"));
	scene_free(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_without_frames),
		cmocka_unit_test(test_many_frames),
		cmocka_unit_test(test_broken),
		cmocka_unit_test(test_kernel_in_scratch),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_own_scratch),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
