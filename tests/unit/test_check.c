/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A good plan is broken in one way at a time, as a fault in the planner might: the check that is
 * there for it must refuse the plan. Every check of the registry must be proved so at least once.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kexec/bytes.h"
#include "kexec/check.h"
#include "kexec/failure.h"
#include "purgatory/purgatory.h"
#include "tests/unit/capture.h"
#include "tests/unit/image_fixture.h"
#include "tests/unit/plan_fixture.h"
#include "tests/unit/words.h"

#define MAP "0-9fc00 ram, 9fc00-a0000 reserved, 100000-80000000 ram, 100000000-110000000 ram"

static struct segment *find(struct plan_fixture *fixture, const char *name)
{
	for (size_t i = 0; i < fixture->plan.segment_count; i++) {
		if (strcmp(fixture->plan.segments[i].name, name) == 0)
			return &fixture->plan.segments[i];
	}
	return NULL;
}

static uint8_t *bytes_of(struct plan_fixture *fixture, const char *name)
{
	return (uint8_t *)(uintptr_t)find(fixture, name)->bytes;
}

#define PAGE bytes_of(f, "boot_params")
#define PARAMETERS                                                                                 \
	((struct purgatory_parameters *)(bytes_of(f, "purgatory") +                                \
					 purgatory_x86_64.parameters_offset))
#define ENTRIES f->plan.outcome.map.entries

/* The entry of the outcome that has this start. */
static struct hwpoison_map_entry *entry_at(struct plan_fixture *f, uint64_t start)
{
	for (size_t i = 0; i < f->plan.outcome.map.count; i++) {
		if (ENTRIES[i].start == start)
			return &ENTRIES[i];
	}
	fail_msg("no entry");
	return NULL;
}

/* The entry of the map that the plan starts from in which an address lies. */
static struct hwpoison_map_entry *reference_at(struct plan_fixture *f, uint64_t address)
{
	const struct hwpoison_map *bare = &f->machine.bare;

	return (struct hwpoison_map_entry *)(uintptr_t)
		hwpoison_map_find(bare->count ? bare : &f->plan.before, address);
}

/* Each breaks one thing. The bad frames are 0x2000000-0x2001000 and 0x10ffff000-0x110000000. */
#define BREAK(name, statement)                                                                     \
	static void name(struct plan_fixture *f)                                                   \
	{                                                                                          \
		statement;                                                                         \
	}

BREAK(frames_unaligned, f->plan.frames.ranges[0].end += 1)
BREAK(frames_order, f->plan.frames.ranges[1].start = f->plan.frames.ranges[0].start)
BREAK(frames_empty, f->plan.frames.ranges[0].end = f->plan.frames.ranges[0].start)
BREAK(map_empty, f->plan.outcome.map.count = 0)
BREAK(map_overlap, ENTRIES[1].start -= 0x1000)
BREAK(map_inverted, ENTRIES[0].end = 0)
BREAK(frame_is_ram, entry_at(f, 0x2000000)->type = HWPOISON_RAM)
BREAK(frame_beside, (entry_at(f, 0x2000000)->start += 0x800, entry_at(f, 0x100000)->end += 0x800))
BREAK(larger_pages, f->plan.target.page_size = 16384)
BREAK(frame_soft_reserved, reference_at(f, 0x2000000)->type = HWPOISON_SOFT_RESERVED)
BREAK(ram_lost, entry_at(f, 0x100000000)->end -= 0x1000)
BREAK(ram_gained, entry_at(f, 0x100000)->start -= 0x1000)
BREAK(type_changed, entry_at(f, 0x9fc00)->type = HWPOISON_NVS)
BREAK(ram_unusable, (entry_at(f, 0x2000000)->start -= 0x1000, entry_at(f, 0x100000)->end -= 0x1000))
BREAK(without_option, f->plan.modes = 0)
BREAK(given_sum, f->plan.outcome.given_up_bytes = 4096)
BREAK(given_no_ram, (map_of_words("f0000-f1000 unusable", &f->plan.outcome.given_up),
		     f->plan.outcome.given_up_bytes = 4096))
BREAK(given_much, (map_of_words("30000000-40000000 unusable", &f->plan.outcome.given_up),
		   f->plan.outcome.given_up_bytes = 0x10000000))
BREAK(too_many_entries, f->plan.target.max_entries = f->plan.outcome.map.count - 1)
BREAK(too_many_regions, f->plan.target.max_ram_regions = 3)
BREAK(too_many_used, f->plan.outcome.limit = f->plan.outcome.entries - 1)
BREAK(no_segments, f->plan.segment_count = 0)
BREAK(too_many_segments, f->plan.segment_count = 17)
BREAK(segment_unaligned, find(f, "initrd")->start += 8)
BREAK(segment_size, find(f, "initrd")->size -= 1)
BREAK(segment_short, find(f, "initrd")->size = 4096)
BREAK(segment_nothing, find(f, "initrd")->bytes = NULL)
BREAK(segment_high, find(f, "initrd")->start = UINT64_MAX - 4095)
BREAK(area_inverted, f->plan.areas[0].end = f->plan.areas[0].start)
BREAK(overlap, find(f, "initrd")->start = find(f, "kernel")->start + 0x1000)
BREAK(overlap_area, f->plan.areas[0].start = find(f, "initrd")->start;
      f->plan.areas[0].end = find(f, "initrd")->start + 0x1000)
BREAK(outside_ram, find(f, "initrd")->start = 0xc0000000)
BREAK(outside_ram_end, find(f, "initrd")->start = 0x7ffff000)
BREAK(area_outside_ram, f->plan.areas[0].end = 0xa0000)
BREAK(on_poison, find(f, "initrd")->start = 0x1fff000)
BREAK(on_poison_padding, find(f, "kernel")->start = 0x1e00000)
BREAK(area_on_poison, f->plan.areas[0] = ((struct working_area){"x", 0x1ffffff, 0x2000001}))
BREAK(in_use, map_of_words("10e000000-110000000 ram", &f->machine.in_use))
BREAK(not_ram, f->machine.ram.entries[2].end = 0x108000000)
BREAK(below_min, f->options.mem_min = find(f, "kernel")->start + 1)
BREAK(above_max, f->options.mem_max = find(f, "purgatory")->start)
BREAK(entry_nowhere, f->plan.entry = 0x1000)
BREAK(page_lost, find(f, "boot_params")->name = "x")
BREAK(page_sentinel, PAGE[0x1ef] = 1)
BREAK(page_magic, PAGE[0x202] = 0)
BREAK(page_header, PAGE[0x260] ^= 1)
BREAK(page_loader, PAGE[0x210] = 0)
BREAK(kernel_alignment, find(f, "kernel")->start -= 0x100000)
BREAK(kernel_low, find(f, "kernel")->start = 0x800000)
BREAK(kernel_short, find(f, "kernel")->size -= 0x1000)
BREAK(kernel_bytes, find(f, "kernel")->bytes = f->image.kernel)
BREAK(kernel_high, (PAGE[0x236] &= (uint8_t)~2, f->image.kernel[0x236] &= (uint8_t)~2))
BREAK(line_address, PAGE[0x228] ^= 0x10)
BREAK(line_high, PAGE[0xc8] ^= 1)
BREAK(line_bytes, PAGE[4096] ^= 1)
BREAK(line_long, put_le32(PAGE + 0x238, 4); put_le32(f->image.kernel + 0x238, 4))
BREAK(initrd_address, PAGE[0x21a] ^= 1)
BREAK(initrd_high, PAGE[0xc0] ^= 1)
BREAK(initrd_size, PAGE[0x21c] ^= 1)
BREAK(initrd_lost, find(f, "initrd")->name = "x")
BREAK(data_address, put_le64(PAGE + 0x250, 0x1000))
BREAK(data_cycle, put_le64(bytes_of(f, "setup_data"), find(f, "setup_data")->start))
BREAK(data_length, put_le32(bytes_of(f, "setup_data") + 12, 0x10000))
BREAK(data_type, put_le32(bytes_of(f, "setup_data") + 8, 77))
BREAK(data_none, put_le32(bytes_of(f, "setup_data") + 8, 0))
BREAK(data_gap, put_le64(PAGE + 0x250, find(f, "setup_data")->start + 8))
BREAK(data_cut, put_le64(bytes_of(f, "setup_data"), 0))
BREAK(kho_kept, assert_int_equal(hwpoison_frames_add(&f->plan.kho.kept, 0x2000000, 0x2001000,
						     HWPOISON_SOURCE_FILE, 4096),
				 0))
BREAK(kho_scratch, f->plan.kho.scratch_count = 1)
BREAK(kho_node, put_le32(bytes_of(f, "setup_data") + 8, 10))
BREAK(e820_lost, PAGE[0x1e8]--)
BREAK(e820_many, PAGE[0x1e8] = 129)
BREAK(e820_start, PAGE[0x2d0 + 40] ^= 1)
BREAK(e820_size, PAGE[0x2d0 + 48] ^= 1)
BREAK(e820_type, PAGE[0x2d0 + 16] = 2)
BREAK(e820_extension, PAGE[0x2d0 + 60] = 0; PAGE[0x1e8] = 3)
BREAK(efi_address, PAGE[0x1d1] ^= 0x10)
BREAK(efi_size, PAGE[0x1d4] ^= 4)
BREAK(efi_descriptor, PAGE[0x1c8] = 48)
BREAK(efi_signature, PAGE[0x1c0] = 0)
BREAK(efi_untold, put_le32(bytes_of(f, "setup_data") + 8, 2))
BREAK(efi_unwanted, f->options.no_efi = true)
BREAK(trampoline_lost, f->plan.area_count = 0)
BREAK(trampoline_moved, f->plan.areas[0].start -= 0x1000; f->plan.areas[0].end -= 0x1000)
BREAK(purgatory_lost, find(f, "purgatory")->name = "x")
BREAK(purgatory_code, bytes_of(f, "purgatory")[100] ^= 1)
BREAK(purgatory_magic, PARAMETERS->magic ^= 1)
BREAK(purgatory_entry, f->plan.entry += 4)
BREAK(purgatory_kernel, PARAMETERS->kernel_entry += 0x200)
BREAK(purgatory_handover, PARAMETERS->handover += 0x1000)
BREAK(purgatory_skips, PARAMETERS->flags |= PURGATORY_SKIP_DIGESTS)
BREAK(digest_wrong, PARAMETERS->segments[0].sha256[5] ^= 1)
BREAK(digest_bytes, f->image.kernel[5 * 512 + 77] ^= 1)
BREAK(digest_short, PARAMETERS->segments[1].bytes_size--)
BREAK(digest_missing, PARAMETERS->segment_count--)
BREAK(digest_none, (PARAMETERS->segments[1].hashed = 0, find(f, "initrd")->hashed = false))
BREAK(digest_more, PARAMETERS->segment_count++)
BREAK(table_short, PARAMETERS->poison_count--)
BREAK(table_address, PARAMETERS->poison_address = 0x1000)
BREAK(table_moved, bytes_of(f, "purgatory")[find(f, "purgatory")->bytes_size - 16 + 2] ^= 0x10)
BREAK(table_wide, bytes_of(f, "purgatory")[find(f, "purgatory")->bytes_size - 16 + 1] ^= 0x10)

static const struct {
	const char *check, *what;
	void (*break_plan)(struct plan_fixture *fixture);
} breaks[] = {
#define ROW(check, name)                                                                           \
	{                                                                                          \
		check, #name, name                                                                 \
	}
	ROW("frames", frames_unaligned),
	ROW("frames", frames_order),
	ROW("frames", frames_empty),
	ROW("map", map_empty),
	ROW("map", map_overlap),
	ROW("map", map_inverted),
	ROW("kept-out", frame_is_ram),
	ROW("kept-out", frame_beside),
	ROW("kept-out", larger_pages),
	ROW("reachable", frame_soft_reserved),
	ROW("nothing-else", ram_lost),
	ROW("nothing-else", ram_gained),
	ROW("nothing-else", type_changed),
	ROW("nothing-else", ram_unusable),
	ROW("nothing-else", without_option),
	ROW("given-up", given_sum),
	ROW("given-up", given_no_ram),
	ROW("given-up", given_much),
	ROW("limits", too_many_entries),
	ROW("limits", too_many_regions),
	ROW("limits", too_many_used),
	ROW("segments", no_segments),
	ROW("segments", too_many_segments),
	ROW("segments", segment_unaligned),
	ROW("segments", segment_size),
	ROW("segments", segment_short),
	ROW("segments", segment_nothing),
	ROW("segments", segment_high),
	ROW("segments", area_inverted),
	ROW("disjoint", overlap),
	ROW("disjoint", overlap_area),
	ROW("in-ram", outside_ram),
	ROW("in-ram", outside_ram_end),
	ROW("in-ram", area_outside_ram),
	ROW("never-touched", on_poison),
	ROW("never-touched", on_poison_padding),
	ROW("never-touched", area_on_poison),
	ROW("not-in-use", in_use),
	ROW("not-in-use", not_ram),
	ROW("user-limits", below_min),
	ROW("user-limits", above_max),
	ROW("entry", entry_nowhere),
	ROW("boot-params", page_lost),
	ROW("boot-params", page_sentinel),
	ROW("boot-params", page_magic),
	ROW("boot-params", page_header),
	ROW("boot-params", page_loader),
	ROW("kernel", kernel_alignment),
	ROW("kernel", kernel_low),
	ROW("kernel", kernel_short),
	ROW("kernel", kernel_bytes),
	ROW("kernel", kernel_high),
	ROW("command-line", line_address),
	ROW("command-line", line_high),
	ROW("command-line", line_bytes),
	ROW("command-line", line_long),
	ROW("initrd", initrd_address),
	ROW("initrd", initrd_high),
	ROW("initrd", initrd_size),
	ROW("initrd", initrd_lost),
	ROW("setup-data", data_address),
	ROW("setup-data", data_cycle),
	ROW("setup-data", data_length),
	ROW("setup-data", data_type),
	ROW("setup-data", data_none),
	ROW("setup-data", data_gap),
	ROW("setup-data", data_cut),
	ROW("kho-kept", kho_kept),
	ROW("kho-scratch", kho_scratch),
	ROW("kho", kho_node),
	ROW("e820", e820_lost),
	ROW("e820", e820_many),
	ROW("e820", e820_start),
	ROW("e820", e820_size),
	ROW("e820", e820_type),
	ROW("e820", e820_extension),
	ROW("efi", efi_address),
	ROW("efi", efi_size),
	ROW("efi", efi_descriptor),
	ROW("efi", efi_signature),
	ROW("efi", efi_untold),
	ROW("efi", efi_unwanted),
	ROW("trampoline", trampoline_lost),
	ROW("trampoline", trampoline_moved),
	ROW("purgatory", purgatory_lost),
	ROW("purgatory", purgatory_code),
	ROW("purgatory", purgatory_magic),
	ROW("purgatory", purgatory_entry),
	ROW("purgatory", purgatory_kernel),
	ROW("purgatory", purgatory_handover),
	ROW("purgatory", purgatory_skips),
	ROW("digests", digest_wrong),
	ROW("digests", digest_bytes),
	ROW("digests", digest_short),
	ROW("digests", digest_missing),
	ROW("digests", digest_none),
	ROW("digests", digest_more),
	ROW("poison-table", table_short),
	ROW("poison-table", table_address),
	ROW("poison-table", table_moved),
	ROW("poison-table", table_wide),
};

#define BREAKS (sizeof(breaks) / sizeof(*breaks))

static void good_plan(struct plan_fixture *fixture)
{
	struct blob initrd = blob_noise(12345, 1);

	plan_fixture_start(fixture, MAP, "2000000-2001000, 10ffff000-110000000");
	plan_fixture_efi(fixture);
	plan_fixture_command_line(fixture, "root=/dev/vda quiet");
	fixture->image.initrd = initrd.bytes;
	fixture->image.initrd_size = initrd.size;
	assert_int_equal(arch_x86_64.place(&fixture->plan), 0);
}

static enum check_state state_of(const struct check_report *report, const char *name)
{
	for (size_t i = 0; i < report->count; i++) {
		if (strcmp(report->results[i].check->name, name) == 0)
			return report->results[i].state;
	}
	return CHECK_WAITING;
}

static void test_good(void **state)
{
	struct plan_fixture fixture;
	struct check_report report;

	(void)state;
	good_plan(&fixture);
	checks_run(&fixture.plan, &report);
	assert_true(report.count >= 20);
	for (size_t i = 0; i < report.count; i++) {
		if (report.results[i].state != CHECK_PASSED)
			fail_msg("%s: %s", report.results[i].check->name, report.results[i].reason);
	}
	assert_int_equal(report.failed, 0);
	assert_int_equal(plan_check(&fixture.plan), 0);
	plan_fixture_free(&fixture);
}

static void test_broken(void **state)
{
	(void)state;
	for (size_t i = 0; i < BREAKS; i++) {
		struct plan_fixture fixture;
		struct check_report report;
		char words[64];
		const char *said;
		size_t count;

		good_plan(&fixture);
		count = fixture.plan.segment_count;
		breaks[i].break_plan(&fixture);
		checks_run(&fixture.plan, &report);
		if (state_of(&report, breaks[i].check) != CHECK_FAILED)
			fail_msg("%s: check %s does not fail", breaks[i].what, breaks[i].check);
		capture_start();
		assert_int_equal(plan_check(&fixture.plan), EXIT_FAILED);
		said = capture_stop();
		snprintf(words, sizeof(words), "(check %s): ", breaks[i].check);
		if (!strstr(said, words))
			fail_msg("%s: said %s", breaks[i].what, said);
		fixture.plan.segment_count = count;
		plan_fixture_free(&fixture);
	}
}

/* A check without a break above is one that nobody has seen fail. */
static void test_every_check(void **state)
{
	struct plan_fixture fixture;
	struct check_report report;

	(void)state;
	good_plan(&fixture);
	checks_run(&fixture.plan, &report);
	for (size_t i = 0; i < report.count; i++) {
		bool proved = false;

		for (size_t j = 0; j < BREAKS; j++)
			proved |= strcmp(breaks[j].check, report.results[i].check->name) == 0;
		if (!proved)
			fail_msg("nothing breaks check %s", report.results[i].check->name);
	}
	plan_fixture_free(&fixture);
}

/* What needs a check that fails does not run, and is not counted as another failure. */
static void test_needs(void **state)
{
	struct plan_fixture fixture;
	struct check_report report;

	(void)state;
	good_plan(&fixture);
	fixture.plan.frames.ranges[0].end += 1;
	checks_run(&fixture.plan, &report);
	assert_int_equal(state_of(&report, "kept-out"), CHECK_SKIPPED);
	assert_int_equal(state_of(&report, "never-touched"), CHECK_SKIPPED);
	assert_int_equal(state_of(&report, "e820"), CHECK_PASSED);
	assert_int_equal(report.failed, 1);
	plan_fixture_free(&fixture);
}

/* Only a map: nothing to place. A frame that is taken back is RAM again, where the user said so. */
static void test_without_kernel(void **state)
{
	struct plan_fixture fixture;

	(void)state;
	plan_fixture_start(&fixture, "0-9f000 ram, 100000-200000 unusable, 200000-8000000 ram", "");
	fixture.plan.image = NULL;
	assert_int_equal(plan_check(&fixture.plan), 0);
	fixture.plan.outcome.map.entries[1].type = HWPOISON_RAM;
	capture_start();
	assert_int_equal(plan_check(&fixture.plan), EXIT_FAILED);
	assert_non_null(strstr(capture_stop(), "(check nothing-else)"));
	fixture.options.forget_all = true;
	assert_int_equal(plan_check(&fixture.plan), 0);
	plan_fixture_free(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),	       cmocka_unit_test(test_broken),
		cmocka_unit_test(test_every_check),    cmocka_unit_test(test_needs),
		cmocka_unit_test(test_without_kernel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
