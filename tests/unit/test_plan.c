/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a plan decides: the map after, on each architecture and by each way; what becomes of memory
 * that is taken back; limits that the machine itself breaks; and what is refused.
 */
#include <libfdt.h>

#include "kexec/arch.h"
#include "kexec/image.h"
#include "kexec/map_edit.h"
#include "kexec/plan.h"
#include "tests/unit/capture.h"
#include "tests/unit/machine_fixture.h"
#include "tests/unit/words.h"

struct decision {
	struct machine_fixture f;
	struct hwpoison_frames frames;
	struct plan plan;
};

static void decision_x86_64(struct decision *decision)
{
	*decision = (struct decision){0};
	fixture_x86_64(&decision->f);
	decision->f.options.preserve = true;
}

/* A UEFI and ACPI machine when stub is true. */
static void decision_arm64(struct decision *decision, bool stub)
{
	char tree[4096];

	*decision = (struct decision){0};
	fixture_arm64(&decision->f);
	decision->f.options.preserve = true;
	assert_int_equal(fdt_create_empty_tree(tree, sizeof(tree)), 0);
	assert_int_equal(fdt_setprop_u32(tree, 0, "#address-cells", 2), 0);
	assert_int_equal(fdt_setprop_u32(tree, 0, "#size-cells", 2), 0);
	assert_true(fdt_add_subnode(tree, 0, stub ? "chosen" : "memory@40000000") > 0);
	fixture_bytes(&decision->f, "sys/firmware/fdt", tree, sizeof(tree));
}

static void bad(struct decision *decision, uint64_t start, uint64_t end)
{
	assert_int_equal(hwpoison_frames_add(&decision->frames, start, end, HWPOISON_SOURCE_FILE,
					     4096),
			 0);
}

static int decide(struct decision *decision)
{
	int code = fixture_read(&decision->f);

	return code ? code :
		      plan_make(&decision->f.machine, &decision->f.options, NULL, &decision->frames,
				&decision->plan);
}

static int warned(const struct decision *decision, const char *text)
{
	for (size_t i = 0; i < decision->plan.warnings.count; i++) {
		if (strstr(decision->plan.warnings.lines[i], text))
			return 1;
	}
	return 0;
}

static void refused(struct decision *decision, const char *says)
{
	const char *said;
	int code;

	capture_start();
	code = decide(decision);
	said = capture_stop();
	assert_int_equal(code, EXIT_USAGE);
	assert_non_null(strstr(said, says));
	assert_ptr_equal(strchr(said, '\n'), said + strlen(said) - 1);
}

static void decision_free(struct decision *decision)
{
	plan_free(&decision->plan);
	hwpoison_frames_free(&decision->frames);
	fixture_free(&decision->f);
}

static void e820_splits_ram(void **state)
{
	struct decision d;

	(void)state;
	decision_x86_64(&d);
	bad(&d, 0x200000, 0x201000);
	bad(&d, 0x9f000, 0xa0000);	 /* RAM in part */
	bad(&d, 0x50000000, 0x50001000); /* nothing there */
	assert_int_equal(decide(&d), 0);
	assert_int_equal(d.plan.modes, MODE_E820);
	assert_string_equal(map_words(&d.plan.before),
			    "0-9fc00 ram, 9fc00-a0000 reserved, 100000-40000000 ram");
	assert_string_equal(map_words(&d.plan.outcome.map),
			    "0-9f000 ram, 9f000-9fc00 unusable, 9fc00-a0000 reserved, "
			    "100000-200000 ram, 200000-201000 unusable, 201000-40000000 ram");
	assert_null(d.plan.next_dtb);
	assert_int_equal(d.frames.count, 0); /* the plan has them now */
	assert_int_equal(d.plan.frames.count, 3);
	decision_free(&d);
}

static void without_the_option_nothing_changes(void **state)
{
	struct decision d;

	(void)state;
	decision_x86_64(&d);
	d.f.options.preserve = false;
	fixture_memmap(&d.f, 3, 0x50000000, 0x50001000, "Unusable memory");
	bad(&d, 0x200000, 0x201000);
	assert_int_equal(decide(&d), 0);
	assert_int_equal(d.plan.modes, 0);
	assert_string_equal(map_words(&d.plan.outcome.map),
			    "0-9fc00 ram, 9fc00-a0000 reserved, 100000-40000000 ram, "
			    "50000000-50001000 unusable");
	decision_free(&d);

	decision_arm64(&d, false);
	d.f.options.preserve = false;
	assert_int_equal(decide(&d), 0);
	assert_int_equal(d.plan.next_dtb_size, d.f.machine.fdt_size);
	assert_memory_equal(d.plan.next_dtb, d.f.machine.fdt, d.f.machine.fdt_size);
	decision_free(&d);
}

/* A frame that is taken back is RAM again; one beside it that is still bad is not. */
static void what_is_taken_back_becomes_ram(void **state)
{
	static const char *words[] = {"0x200000"};
	struct decision d;

	(void)state;
	for (int taken = 0; taken < 2; taken++) {
		decision_x86_64(&d);
		fixture_memmap(&d.f, 2, 0x100000, 0x200000, "System RAM");
		fixture_memmap(&d.f, 3, 0x200000, 0x202000, "Unusable memory");
		fixture_memmap(&d.f, 4, 0x202000, 0x40000000, "System RAM");
		d.f.options.forget = words;
		d.f.options.forget_count = (size_t)taken;
		if (!taken)
			bad(&d, 0x200000, 0x201000);
		bad(&d, 0x201000, 0x202000);
		assert_int_equal(decide(&d), 0);
		assert_string_equal(map_words(&d.plan.outcome.map),
				    taken ? "0-9fc00 ram, 9fc00-a0000 reserved, 100000-201000 ram, "
					    "201000-202000 unusable, 202000-40000000 ram" :
					    "0-9fc00 ram, 9fc00-a0000 reserved, 100000-200000 ram, "
					    "200000-202000 unusable, 202000-40000000 ram");
		decision_free(&d);
	}
}

static void dtb_writes_nodes(void **state)
{
	struct decision d;

	(void)state;
	decision_arm64(&d, false);
	bad(&d, 0x50000000, 0x50001000);
	bad(&d, 0x48000000, 0x48001000); /* reserved by the running kernel, and RAM to the next */
	assert_int_equal(decide(&d), 0);
	assert_int_equal(d.plan.modes, MODE_DTB);
	assert_int_equal(d.plan.fdt_way, HWPOISON_FDT_NODES);
	assert_string_equal(map_words(&d.plan.outcome.map),
			    "40000000-48000000 ram, 48000000-48001000 unusable, "
			    "48001000-50000000 ram, 50000000-50001000 unusable, "
			    "50001000-80000000 ram");
	assert_true(fdt_path_offset(d.plan.next_dtb, "/reserved-memory/hwpoison@50000000") > 0);
	assert_true(fdt_path_offset(d.plan.next_dtb, "/reserved-memory/hwpoison@48000000") > 0);
	decision_free(&d);
}

/* A node there would make Linux drop ACPI, and die. */
static void acpi_machines_take_the_reserve_block(void **state)
{
	struct decision d;

	(void)state;
	decision_arm64(&d, true);
	bad(&d, 0x50000000, 0x50001000);
	assert_int_equal(decide(&d), 0);
	assert_int_equal(d.plan.fdt_way, HWPOISON_FDT_RESERVE);
	assert_true(fdt_path_offset(d.plan.next_dtb, "/reserved-memory") < 0);
	assert_int_equal(fdt_num_mem_rsv(d.plan.next_dtb), 1);
	assert_true(d.f.machine.acpi);
	decision_free(&d);

	decision_arm64(&d, true);
	d.f.options.append = "quiet acpi=on";
	d.f.options.fdt_way = FDT_WAY_NODES;
	bad(&d, 0x50000000, 0x50001000);
	assert_int_equal(decide(&d), 0);
	assert_int_equal(d.plan.fdt_way, HWPOISON_FDT_NODES);
	assert_int_equal(fdt_num_mem_rsv(d.plan.next_dtb), 0);
	assert_true(warned(&d, "a later kexec whose command line lacks acpi=on"));
	decision_free(&d);
}

static void other_memory_is_warned_of(void **state)
{
	struct decision d;

	(void)state;
	decision_x86_64(&d);
	fixture_memmap(&d.f, 3, 0x50000000, 0x50010000, "Persistent Memory");
	fixture_memmap(&d.f, 4, 0x60000000, 0x60010000, "Reserved");
	bad(&d, 0x50004000, 0x50005000);
	bad(&d, 0x60004000, 0x60005000);
	assert_int_equal(decide(&d), 0);
	assert_int_equal(d.plan.warnings.count, 1);
	assert_true(warned(&d, "the bad frame at 0x50004000 lies in memory of type pmem"));
	decision_free(&d);
}

static void a_limit_that_is_broken_already_is_not_kept(void **state)
{
	struct decision d;
	unsigned int i;

	(void)state;
	decision_x86_64(&d);
	fixture_text(&d.f, "machine.json", "{\"arch\": \"x86_64\", \"kernel_release\": \"7.2.0\"}");
	for (i = 0; i < 125; i++)
		fixture_memmap(&d.f, 10 + i, UINT64_C(0x100000000) + i * 0x200000,
			       UINT64_C(0x100100000) + i * 0x200000, "System RAM");
	bad(&d, 0x200000, 0x201000);
	bad(&d, 0x300000, 0x301000);
	assert_int_equal(decide(&d), 0);
	assert_true(d.plan.target.max_ram_regions == HWPOISON_NO_LIMIT);
	assert_int_equal(d.plan.outcome.given_up_bytes, 0);
	assert_true(warned(&d, "this machine has 127 regions of RAM"));
	decision_free(&d);
}

/* Carried frames are no regions of the machine's own. */
static void carried_frames_do_not_lift_a_limit(void **state)
{
	struct decision d;
	unsigned int i;

	(void)state;
	decision_x86_64(&d);
	fixture_text(&d.f, "machine.json", "{\"arch\": \"x86_64\", \"kernel_release\": \"7.2.0\"}");
	fixture_memmap(&d.f, 2, 0x100000, 0x200000, "System RAM");
	for (i = 0; i < 130; i++) {
		uint64_t start = 0x200000 + i * 0x10000;

		fixture_memmap(&d.f, 10 + 2 * i, start, start + 0x1000, "Unusable memory");
		fixture_memmap(&d.f, 11 + 2 * i, start + 0x1000, start + 0x10000, "System RAM");
		bad(&d, start, start + 0x1000);
	}
	assert_int_equal(decide(&d), 0);
	assert_int_equal(d.plan.target.max_ram_regions, 120);
	assert_int_equal(d.plan.outcome.ram_regions, 120);
	decision_free(&d);
}

static void what_cannot_be_is_refused(void **state)
{
	struct decision d;
	unsigned int i;

	(void)state;
	decision_x86_64(&d);
	d.f.options.modes = MODE_DTB;
	refused(&d, "x86_64 kernels are not told of memory that way; auto takes e820");
	decision_free(&d);

	decision_arm64(&d, false);
	d.f.options.modes = MODE_DTB | MODE_E820;
	refused(&d, "--hwpoison-mode=e820: arm64 kernels are not told");
	decision_free(&d);

	decision_x86_64(&d);
	d.f.options.modes = MODE_KHO;
	bad(&d, 0x5000, 0x6000);
	refused(&d, "say --hwpoison-mode=e820,kho");
	decision_free(&d);

	decision_x86_64(&d);
	bad(&d, 0, 0x80000000);
	refused(&d, "no memory at all");
	decision_free(&d);

	decision_x86_64(&d);
	for (i = 0; i < 400; i++)
		bad(&d, 0x200000 + i * 0x80000, 0x201000 + i * 0x80000);
	refused(&d,
		"with 400 bad ranges (0x200000 to 0xc980fff) there are 803 entries of the memory map, where "
		"the next kernel bears 320");
	decision_free(&d);

	decision_arm64(&d, false);
	d.f.options.dtb = "/nowhere/tree";
	refused(&d, "--dtb=/nowhere/tree: No such file");
	decision_free(&d);
}

static void a_long_command_line_is_refused(void **state)
{
	struct decision d;
	struct image image = {.path = "K", .command_line_max = 5};

	(void)state;
	for (int longer = 0; longer < 2; longer++) {
		int code;

		decision_x86_64(&d);
		d.f.options.append = longer ? "123456" : "12345";
		assert_int_equal(fixture_read(&d.f), 0);
		capture_start();
		code = plan_make(&d.f.machine, &d.f.options, &image, &d.frames, &d.plan);
		capture_stop();
		assert_int_equal(code, longer ? EXIT_USAGE : 0);
		decision_free(&d);
	}
}

static void maps_are_retyped(void **state)
{
	struct hwpoison_map map = {0}, where = {0};

	(void)state;
	assert_int_equal(hwpoison_map_add(&map, 0, 0x1000, HWPOISON_RAM), 0);
	assert_int_equal(hwpoison_map_add(&map, 0x1000, 0x3000, HWPOISON_RESERVED), 0);
	assert_int_equal(hwpoison_map_add(&map, 0x4000, 0x9000, HWPOISON_RAM), 0);
	assert_int_equal(hwpoison_map_add(&where, 0x800, 0x2000, HWPOISON_RAM), 0);
	assert_int_equal(hwpoison_map_add(&where, 0x2800, 0x5000, HWPOISON_RAM), 0);
	assert_int_equal(hwpoison_map_add(&where, 0x6000, 0x7000, HWPOISON_RAM), 0);
	assert_int_equal(map_retype(&map, &where, HWPOISON_RAM, HWPOISON_UNUSABLE), 0);
	assert_string_equal(map_words(&map),
			    "0-800 ram, 800-1000 unusable, 1000-3000 reserved, "
			    "4000-5000 unusable, 5000-6000 ram, 6000-7000 unusable, "
			    "7000-9000 ram");
	assert_int_equal(map_retype(&map, &where, MAP_ANY_TYPE, HWPOISON_RAM), 0);
	assert_string_equal(map_words(&map), "0-2000 ram, 2000-2800 reserved, 2800-3000 ram, "
					     "4000-9000 ram");
	hwpoison_map_free(&map);
	hwpoison_map_free(&where);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(e820_splits_ram),
		cmocka_unit_test(without_the_option_nothing_changes),
		cmocka_unit_test(what_is_taken_back_becomes_ram),
		cmocka_unit_test(dtb_writes_nodes),
		cmocka_unit_test(acpi_machines_take_the_reserve_block),
		cmocka_unit_test(other_memory_is_warned_of),
		cmocka_unit_test(a_limit_that_is_broken_already_is_not_kept),
		cmocka_unit_test(carried_frames_do_not_lift_a_limit),
		cmocka_unit_test(what_cannot_be_is_refused),
		cmocka_unit_test(a_long_command_line_is_refused),
		cmocka_unit_test(maps_are_retyped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
