/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finding room: the highest and the lowest place, alignment and offset, every kind of memory that
 * must be left alone, and what is said when there is no room. Then a whole kernel is placed with
 * poison where it would have gone.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kexec/failure.h"
#include "kexec/place.h"
#include "tests/unit/capture.h"
#include "tests/unit/image_fixture.h"
#include "tests/unit/plan_fixture.h"
#include "tests/unit/words.h"

#define MAP "0-9fc00 ram, f0000-100000 reserved, 100000-8000000 ram, 100000000-110000000 ram"

static uint64_t take(struct placement *placement, struct hole_request request)
{
	uint64_t start;

	request.name = "a piece";
	assert_int_equal(placement_take(placement, &request, &start), 0);
	return start;
}

static void assert_no_room(struct placement *placement, struct hole_request request,
			   const char *words)
{
	const char *said;
	uint64_t start;
	int error;

	request.name = "a piece";
	capture_start();
	error = placement_take(placement, &request, &start);
	said = capture_stop();
	assert_int_equal(error, EXIT_USAGE);
	if (!strstr(said, words) || !strstr(said, "no room for a piece"))
		fail_msg("said: %s", said);
}

static void test_order(void **state)
{
	struct plan_fixture fixture;
	struct placement placement;

	(void)state;
	plan_fixture_start(&fixture, MAP, "");
	assert_int_equal(placement_start(&fixture.plan, &placement), 0);
	assert_int_equal(take(&placement, (struct hole_request){.size = 1}), 0x10ffff000);
	assert_int_equal(take(&placement, (struct hole_request){.size = 4097}), 0x10fffd000);
	assert_int_equal(take(&placement, (struct hole_request){.size = 1, .lowest = true}),
			 0x100000);
	assert_int_equal(take(&placement,
			      (struct hole_request){.size = 1, .lowest = true, .align = 0x200000}),
			 0x200000);
	assert_int_equal(take(&placement,
			      (struct hole_request){.size = 0x100000, .align = 0x200000}),
			 0x10fe00000);
	assert_int_equal(take(&placement, (struct hole_request){.size = 0x1000,
								.align = 0x200000,
								.offset = 0x80000}),
			 0x10fc80000);
	assert_int_equal(take(&placement, (struct hole_request){.size = 0x1000,
								.lowest = true,
								.align = 0x200000,
								.offset = 0x80000}),
			 0x280000);
	assert_int_equal(take(&placement,
			      (struct hole_request){.size = 0x1000, .max = 0x100000000}),
			 0x7fff000);
	assert_int_equal(take(&placement, (struct hole_request){.size = 0x1000,
								.lowest = true,
								.min = 0x5000800,
								.max = 0x100000000}),
			 0x5001000);
	placement_free(&placement);
	plan_fixture_free(&fixture);
}

static void test_whole_hole(void **state)
{
	struct plan_fixture fixture;
	struct placement placement;

	(void)state;
	plan_fixture_start(&fixture, "0-9f000 ram, 100000-200800 ram, 300800-400000 ram", "");
	assert_int_equal(placement_start(&fixture.plan, &placement), 0);
	/* Pages that are RAM in part are none. */
	assert_int_equal(take(&placement, (struct hole_request){.size = 0x100000}), 0x100000);
	assert_int_equal(take(&placement, (struct hole_request){.size = 0xff000}), 0x301000);
	assert_no_room(&placement, (struct hole_request){.size = 1}, "no hole is left");
	placement_free(&placement);
	plan_fixture_free(&fixture);
}

/* Every kind of memory that is left alone is the highest one in turn. */
static void test_left_alone(void **state)
{
	struct hwpoison_iomem_entry crash = {0x7000000, 0x7800000, 1, HWPOISON_IOMEM_CRASH_KERNEL};
	struct plan_fixture fixture;
	struct placement placement;

	(void)state;
	plan_fixture_start(&fixture, "0-9f000 ram, 100000-8000000 ram", "7fff000-8000000");
	fixture.options.mem_max = 0x7efffff;
	fixture.options.mem_min = 0x6ff0000;
	fixture.machine.iomem.entries = &crash;
	fixture.machine.iomem.count = 1;
	map_of_words("7ef0000-7f00000 ram", &fixture.machine.in_use);
	fixture.plan.segments[0] = (struct segment){.name = "a",
						    .start = 0x7ee0000,
						    .size = 0x10000};
	fixture.plan.segment_count = 1;
	fixture.plan.areas[0] = (struct working_area){"b", 0x7ed0000, 0x7ee0000};
	fixture.plan.area_count = 1;
	assert_int_equal(placement_start(&fixture.plan, &placement), 0);
	assert_int_equal(placement.count, 2);
	assert_int_equal(placement.holes[0].start, 0x6ff0000);
	assert_int_equal(placement.holes[0].end, 0x7000000);
	assert_int_equal(placement.holes[1].start, 0x7800000);
	assert_int_equal(placement.holes[1].end, 0x7ed0000);
	placement_free(&placement);
	/* What the running kernel was told not to use. */
	fixture.machine.ram.entries[1].end = 0x7a00000;
	assert_int_equal(placement_start(&fixture.plan, &placement), 0);
	assert_int_equal(placement.holes[1].end, 0x7a00000);
	placement_free(&placement);
	fixture.machine.iomem.entries = NULL;
	fixture.machine.iomem.count = 0;
	plan_fixture_free(&fixture);
}

/* Frames that stay RAM in the map (told by another carrier) are left alone as well. */
static void test_untold_frames(void **state)
{
	struct plan_fixture fixture;
	struct placement placement;

	(void)state;
	plan_fixture_start(&fixture, "0-9f000 ram, 100000-8000000 ram", "");
	frames_of_words("7fff000-8000000", &fixture.plan.frames);
	assert_int_equal(placement_start(&fixture.plan, &placement), 0);
	assert_int_equal(take(&placement, (struct hole_request){.size = 1}), 0x7ffe000);
	placement_free(&placement);
	plan_fixture_free(&fixture);
}

static void test_no_room(void **state)
{
	struct plan_fixture fixture;
	struct placement placement;

	(void)state;
	/* A bad frame in the middle of the only large hole. */
	plan_fixture_start(&fixture, "0-9f000 ram, 100000-8000000 ram", "4000000-4001000");
	assert_int_equal(placement_start(&fixture.plan, &placement), 0);
	assert_no_room(&placement, (struct hole_request){.size = 0x5000000},
		       "poisoned frames stand");
	assert_no_room(&placement, (struct hole_request){.size = 0x5000000},
		       "largest hole is 0x4001000-0x7ffffff (65532 KiB)");
	assert_no_room(&placement, (struct hole_request){.size = 0x100000000}, "too little memory");
	assert_no_room(&placement, (struct hole_request){.size = 0x1000, .max = 0x100000},
		       "boot protocol");
	placement_free(&placement);
	fixture.options.mem_max = 0x1ffffff;
	assert_int_equal(placement_start(&fixture.plan, &placement), 0);
	assert_no_room(&placement, (struct hole_request){.size = 0x2000000}, "--mem-max");
	placement_free(&placement);
	fixture.options.mem_max = UINT64_MAX;
	map_of_words("4001000-8000000 ram", &fixture.machine.in_use);
	assert_int_equal(placement_start(&fixture.plan, &placement), 0);
	assert_no_room(&placement, (struct hole_request){.size = 0x3ff0000},
		       "running kernel holds");
	fixture.plan.segment_count = PLAN_SEGMENTS_MAX;
	capture_start();
	assert_int_equal(placement_add(&placement, &(struct hole_request){.name = "x", .size = 1},
				       &(struct segment){.name = "x"}, NULL),
			 EXIT_USAGE);
	assert_non_null(strstr(capture_stop(), "at most 16 segments"));
	fixture.plan.segment_count = 0;
	placement_free(&placement);
	plan_fixture_free(&fixture);
}

static const struct segment *find(const struct plan *plan, const char *name)
{
	for (size_t i = 0; i < plan->segment_count; i++) {
		if (strcmp(plan->segments[i].name, name) == 0)
			return &plan->segments[i];
	}
	return NULL;
}

/* A kernel where nothing is bad, then with each page bad that it had: it moves, every time. */
static void test_kernel_moves(void **state)
{
	struct plan_fixture first;

	(void)state;
	plan_fixture_start(&first, MAP, "");
	plan_fixture_command_line(&first, "quiet");
	assert_int_equal(arch_x86_64.place(&first.plan), 0);
	assert_int_equal(plan_check(&first.plan), 0);
	assert_int_equal(find(&first.plan, "kernel")->start, 0x10fa00000);
	assert_int_equal(find(&first.plan, "kernel")->size, 0x500000);
	for (size_t i = 0; i < first.plan.segment_count; i++) {
		const struct segment *segment = &first.plan.segments[i];
		struct plan_fixture again;
		char frames[64];

		snprintf(frames, sizeof(frames), "%llx-%llx",
			 (unsigned long long)(segment->start + segment->size - 4096),
			 (unsigned long long)(segment->start + segment->size));
		plan_fixture_start(&again, MAP, frames);
		plan_fixture_command_line(&again, "quiet");
		assert_int_equal(arch_x86_64.place(&again.plan), 0);
		assert_int_equal(plan_check(&again.plan), 0);
		assert_int_not_equal(find(&again.plan, segment->name)->start, segment->start);
		plan_fixture_free(&again);
	}
	plan_fixture_free(&first);
}

static void test_kernel_bounds(void **state)
{
	struct plan_fixture fixture;

	(void)state;
	/* Not above 4 GiB, and the initrd below initrd_addr_max. */
	plan_fixture_start(&fixture, "0-9f000 ram, 100000-c0000000 ram, 100000000-200000000 ram",
			   "");
	fixture.image.x86.xloadflags &= (uint16_t)~2;
	fixture.image.kernel[0x236] &= (uint8_t)~2;
	fixture.image.initrd = blob_noise(5000, 1).bytes;
	fixture.image.initrd_size = 5000;
	assert_int_equal(arch_x86_64.place(&fixture.plan), 0);
	assert_int_equal(plan_check(&fixture.plan), 0);
	assert_true(find(&fixture.plan, "kernel")->start < 0xc0000000);
	assert_int_equal(find(&fixture.plan, "initrd")->start, 0x7fffe000);
	plan_fixture_free(&fixture);
	/* Not relocatable: where it was built for, or nowhere. */
	plan_fixture_start(&fixture, MAP, "");
	fixture.image.x86.relocatable = false;
	fixture.image.kernel[0x234] = 0;
	assert_int_equal(arch_x86_64.place(&fixture.plan), 0);
	assert_int_equal(plan_check(&fixture.plan), 0);
	assert_int_equal(find(&fixture.plan, "kernel")->start, 0x1000000);
	plan_fixture_free(&fixture);
	plan_fixture_start(&fixture, MAP, "1100000-1101000");
	fixture.image.x86.relocatable = false;
	fixture.image.kernel[0x234] = 0;
	capture_start();
	assert_int_equal(arch_x86_64.place(&fixture.plan), EXIT_USAGE);
	assert_non_null(strstr(capture_stop(), "poisoned frames stand"));
	plan_fixture_free(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),	      cmocka_unit_test(test_whole_hole),
		cmocka_unit_test(test_left_alone),    cmocka_unit_test(test_untold_frames),
		cmocka_unit_test(test_no_room),	      cmocka_unit_test(test_kernel_moves),
		cmocka_unit_test(test_kernel_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
