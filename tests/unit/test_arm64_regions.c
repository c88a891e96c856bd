/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What others reserve in a device tree, and when a bad frame that lies there is kept by it: each is a
 * plan that the checker passes, or is refused with words.
 */
#include "kexec/check.h"
#include "tests/unit/arm64_fixture.h"
#include "tests/unit/capture.h"
#include "tests/unit/efi_map.h"
#include "tests/unit/tree.h"

#define FRAME "50000000-50001000"

/* The machine's tree with room for more, and somebody else's region in it. */
static void *tree_with(enum arm64_kind kind, uint64_t base, uint64_t size, const char *property)
{
	void *small = arm64_tree_make(kind), *tree = calloc(1, TREE_ROOM);
	int node;

	assert_non_null(tree);
	OK(fdt_open_into(small, tree, TREE_ROOM));
	free(small);
	node = fdt_add_subnode(tree, fdt_path_offset(tree, "/reserved-memory"), "vendor");
	assert_true(node > 0);
	if (property)
		OK(fdt_setprop(tree, node, property, NULL, 0));
	OK(fdt_setprop_u64(tree, node, "reg", base));
	OK(fdt_appendprop_u64(tree, node, "reg", size));
	return tree;
}

static int vendor_of(const void *tree)
{
	return fdt_path_offset(tree, "/reserved-memory/vendor");
}

static void tree_put(struct arm64_fixture *f, const void *tree)
{
	fixture_bytes(&f->files, "sys/firmware/fdt", tree, fdt_totalsize(tree));
}

/* Linux does not look at a node that is disabled: the frame in it is told as any other. */
static void a_disabled_region_holds_nothing(void **state)
{
	struct arm64_fixture f;
	void *tree = tree_with(ARM64_TREE, 0x50000000, 0x100000, NULL);

	(void)state;
	OK(fdt_setprop_string(tree, vendor_of(tree), "status", "disabled"));
	arm64_fixture_start(&f, ARM64_TREE, FRAME);
	tree_put(&f, tree);
	arm64_places(&f);
	assert_int_equal(f.plan.outcome.entries, 1);
	arm64_fixture_free(&f);
	free(tree);
}

/* Linux refuses a no-map region for what is loaded into it: nothing is, whoever told of it, and a frame
 * in it is kept. */
static void nothing_is_loaded_into_a_region(void **state)
{
	static const char *const properties[] = {"no-map", "reusable", NULL};
	struct arm64_fixture f;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		void *tree = tree_with(ARM64_TREE, 0x40000000, 0x10000000, properties[i]);

		arm64_fixture_start(&f, ARM64_TREE, i ? "" : "44000000-44001000");
		f.files.options.initrd = arm64_fixture_file(&f, "initrd", "0123456789", 10);
		f.files.options.dtb = arm64_fixture_file(&f, "other.dtb", tree, TREE_ROOM);
		f.files.options.preserve = i < 2;
		arm64_places(&f);
		assert_int_equal(f.plan.outcome.entries, i < 2 ? 0 : f.plan.outcome.map.count);
		for (size_t j = 0; j < f.plan.segment_count; j++)
			assert_true(f.plan.segments[j].start >= 0x50000000);
		f.files.options.mem_max = 0x4fffffff;
		arm64_refuses(&f, "--mem-min and --mem-max leave too little");
		OK(fdt_setprop_u64(tree, vendor_of(tree), "reg", 0));
		OK(fdt_appendprop_u64(tree, vendor_of(tree), "reg", UINT64_MAX));
		f.files.options.mem_max = UINT64_MAX;
		f.files.options.preserve = false;
		f.files.options.dtb = arm64_fixture_file(&f, "all.dtb", tree, TREE_ROOM);
		arm64_refuses(&f, "or it reserves what they have");
		arm64_fixture_free(&f);
		free(tree);
	}
}

/* Of the entries of the reserve block, too: whole pages of them. */
static void nothing_is_loaded_into_an_entry(void **state)
{
	struct arm64_fixture f;
	void *tree = tree_with(ARM64_TREE, 0x7e000000, 0x2000000, NULL);

	(void)state;
	OK(fdt_add_mem_rsv(tree, 0x60000800, 0x1e000000));
	arm64_fixture_start(&f, ARM64_TREE, "");
	fixture_text(&f.files, "proc/iomem", "40000000-7fffffff : System RAM\n");
	f.files.options.dtb = arm64_fixture_file(&f, "other.dtb", tree, TREE_ROOM);
	arm64_places(&f);
	for (size_t i = 0; i < f.plan.segment_count; i++)
		assert_true(f.plan.segments[i].start + f.plan.segments[i].size <= 0x60000000);
	arm64_fixture_free(&f);
	free(tree);
}

/* The checker finds it by itself. */
static void a_region_that_is_loaded_into_keeps_nothing(void **state)
{
	struct arm64_fixture f;
	void *tree = tree_with(ARM64_TREE, 0x44000000, 0x100000, "no-map");

	(void)state;
	arm64_fixture_start(&f, ARM64_TREE, "44000000-44001000");
	f.files.options.dtb = arm64_fixture_file(&f, "other.dtb", tree, TREE_ROOM);
	arm64_places(&f);
	f.plan.areas[f.plan.area_count++] = (struct working_area){"kernel", 0x44080000, 0x44081000};
	capture_start();
	assert_int_equal(plan_check(&f.plan), EXIT_FAILED);
	assert_non_null(strstr(capture_stop(), "(check tree-frames)"));
	arm64_fixture_free(&f);
	free(tree);
}

#define CONTESTED "lies in part in what the device tree reserves otherwise"

/* A region that the running kernel was told of and has as RAM, it has refused; of one that is new nobody knows
 * but whether it meets what is reserved now. */
static void with_efi_a_region_that_is_ram_keeps_nothing(void **state)
{
	struct arm64_fixture f;
	void *tree = tree_with(ARM64_EFI_TREE, 0x58000000, 0x2000000, "no-map");

	(void)state;
	arm64_fixture_start(&f, ARM64_EFI_TREE, "58000000-58001000");
	f.files.options.dtb = arm64_fixture_file(&f, "other.dtb", tree, TREE_ROOM);
	arm64_places(&f);
	assert_int_equal(f.plan.outcome.entries, 0);
	tree_put(&f, tree);
	arm64_refuses(&f, CONTESTED);
	f.files.options.dtb = NULL;
	arm64_refuses(&f, CONTESTED);
	arm64_fixture_free(&f);
	free(tree);
	tree = tree_with(ARM64_EFI_TREE, 0x47000000, 0x2000000, "no-map");
	arm64_fixture_start(&f, ARM64_EFI_TREE, "47000000-47001000");
	f.files.options.dtb = arm64_fixture_file(&f, "other.dtb", tree, TREE_ROOM);
	arm64_refuses(&f, CONTESTED);
	f.files.options.dtb = NULL;
	tree_put(&f, tree);
	arm64_refuses(&f, CONTESTED);
	/* Without EFI nothing is reserved so early. */
	free(tree);
	tree = tree_with(ARM64_TREE, 0x47000000, 0x2000000, "no-map");
	tree_put(&f, tree);
	arm64_places(&f);
	arm64_fixture_free(&f);
	free(tree);
}

/* Larger pages of the next kernel reach from ACPI's tables, and what else is reserved, into a region. */
static void larger_pages_may_make_a_region_meet_more(void **state)
{
	static const struct {
		uint64_t end, tables;
		bool meets;
	} cases[] = {
		{0x50001000, 0x50002000, true},
		{0x50010000, 0x50010000, false},
		{0x50001000, 0x7b000000, false},
		{0x7e000000 + 0x101000, 0x7b000000, true},
	};
	struct arm64_fixture f;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const uint64_t start = cases[i].end & ~UINT64_C(0x3fffff),
			       size = cases[i].end - start;
		const struct efi_row rows[] = {
			{7, 0x40000000, cases[i].tables, EFI_WB, 0},
			{9, cases[i].tables, cases[i].tables + 0x1000, EFI_WB, 0},
			{7, cases[i].tables + 0x1000, 0x80000000, EFI_WB, 0},
		};
		void *tree = tree_with(ARM64_EFI_TREE, start, size, "no-map"),
		     *map = efi_map_of_rows(rows, 3);
		char iomem[256];
		int chosen = fdt_path_offset(tree, "/chosen");

		OK(fdt_del_node(tree, fdt_path_offset(tree, "/reserved-memory/firmware@7e000000")));
		chosen = fdt_path_offset(tree, "/chosen");
		OK(fdt_setprop_u32(tree, chosen, "linux,uefi-mmap-desc-size", EFI_STEP));
		OK(fdt_setprop_u32(tree, chosen, "linux,uefi-mmap-size", 3 * EFI_STEP));
		arm64_fixture_start(&f, ARM64_EFI_TREE, "");
		OK(hwpoison_frames_add(&f.frames, start, start + 0x1000, HWPOISON_SOURCE_FILE,
				       4096));
		fixture_bytes(&f.files, EFI_MAP_FILE, map, 3 * EFI_STEP);
		snprintf(iomem, sizeof(iomem),
			 "40000000-%llx : System RAM\n%llx-%llx : reserved\n"
			 "%llx-7fffffff : System RAM\n  7e101000-7e101fff : reserved\n",
			 (unsigned long long)start - 1, (unsigned long long)start,
			 (unsigned long long)cases[i].end - 1, (unsigned long long)cases[i].end);
		fixture_text(&f.files, "proc/iomem", iomem);
		tree_put(&f, tree);
		arm64_places(&f);
		f.kernel.bytes[24] = (uint8_t)((f.kernel.bytes[24] & ~6u) | 3u << 1);
		if (cases[i].meets)
			arm64_refuses(&f, CONTESTED);
		else
			arm64_places(&f);
		arm64_fixture_free(&f);
		free(tree);
		free(map);
	}
}

static enum check_state frames_state(const struct arm64_fixture *f)
{
	struct check_report report;

	checks_run(&f->plan, &report);
	for (size_t i = 0; i < report.count; i++) {
		if (strcmp(report.results[i].check->name, "tree-frames") == 0)
			return report.results[i].state;
	}
	return CHECK_WAITING;
}

/* The checker finds both by itself. */
static void with_efi_the_checker_looks_at_regions(void **state)
{
	static const enum check_state states[] = {CHECK_PASSED, CHECK_FAILED, CHECK_FAILED};
	struct arm64_fixture f;

	(void)state;
	for (int i = 0; i < 3; i++) {
		struct machine *machine = &f.files.machine;

		arm64_fixture_start(&f, ARM64_EFI_TREE, "7e000000-7e001000");
		arm64_places(&f);
		for (size_t j = 0; j < machine->bare.count; j++) {
			if (machine->bare.entries[j].start == 0x7e000000)
				machine->bare.entries[j].type = HWPOISON_RAM;
		}
		for (size_t j = 0; i == 1 && j < machine->iomem.count; j++) {
			if (machine->iomem.entries[j].start == 0x7e000000)
				machine->iomem.entries[j].kind = HWPOISON_IOMEM_RAM;
		}
		if (i == 2)
			OK(hwpoison_map_add(&machine->in_use, 0x7e0ff000, 0x7e102000,
					    HWPOISON_RESERVED));
		assert_int_equal(frames_state(&f), states[i]);
		arm64_fixture_free(&f);
	}
}

/* The tree with a region that Linux finds a place for, and somebody's entry of the reserve block. */
static void floating_put(struct arm64_fixture *f, bool disabled)
{
	void *tree = tree_with(ARM64_TREE, 0, 0, "reusable");
	int node = vendor_of(tree);

	OK(fdt_delprop(tree, node, "reg"));
	OK(fdt_setprop_u64(tree, node, "size", 0x10000000));
	if (disabled)
		OK(fdt_setprop_string(tree, node, "status", "disabled"));
	tree_put(f, tree);
	free(tree);
}

static void kernel_is_of(struct arm64_fixture *f, const char *release)
{
	char *banner = (char *)f->kernel.bytes + f->kernel.size / 2;

	sprintf(banner, "Linux version %s (x)", release);
}

/* Linux 6.12 and later do that first. */
static void the_reserve_block_is_too_late_for_a_region_without_a_place(void **state)
{
	static const struct {
		const char *release;
		bool disabled, refused;
	} cases[] = {
		{"6.12.0", false, true},  {"7.2.13", false, true},  {"", false, true},
		{"6.11.9", false, false}, {"5.10.1", false, false}, {"7.2.13", true, false},
	};
	struct arm64_fixture f;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		arm64_fixture_start(&f, ARM64_TREE, FRAME);
		floating_put(&f, cases[i].disabled);
		kernel_is_of(&f, cases[i].release);
		arm64_places(&f);
		assert_int_equal(f.plan.fdt_way, HWPOISON_FDT_NODES);
		f.files.options.fdt_way = FDT_WAY_RESERVE;
		if (cases[i].refused)
			arm64_refuses(&f, "(0x50000000 to 0x50000fff): /reserved-memory/vendor has "
					  "no place of its own");
		else
			arm64_places(&f);
		arm64_fixture_free(&f);
		/* The entry of somebody else at 0x7d000000 keeps nothing either. */
		arm64_fixture_start(&f, ARM64_TREE, "7d000000-7d001000");
		floating_put(&f, cases[i].disabled);
		kernel_is_of(&f, cases[i].release);
		if (cases[i].refused)
			arm64_refuses(&f, CONTESTED);
		else
			arm64_places(&f);
		arm64_fixture_free(&f);
	}
}

/* Where auto would have taken the reserve block, there is no way left. */
static void auto_does_not_take_the_reserve_block_then(void **state)
{
	struct arm64_fixture f;
	void *tree = tree_with(ARM64_EFI_TREE, 0, 0, "reusable");

	(void)state;
	arm64_fixture_start(&f, ARM64_EFI_TREE, "47fff000-48001000");
	arm64_places(&f);
	assert_int_equal(f.plan.fdt_way, HWPOISON_FDT_RESERVE);
	OK(fdt_delprop(tree, vendor_of(tree), "reg"));
	OK(fdt_setprop_u64(tree, vendor_of(tree), "size", 0x10000000));
	tree_put(&f, tree);
	arm64_refuses(&f, "meets what Linux may reserve before it reads");
	free(tree);
	arm64_fixture_free(&f);
}

/* The checker finds it by itself, of our entries and of others'. */
static void the_checker_does_not_believe_a_late_reserve_block(void **state)
{
	static const char *const frames[] = {FRAME, "7d000000-7d001000"};
	struct arm64_fixture f;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		arm64_fixture_start(&f, ARM64_TREE, frames[i]);
		floating_put(&f, false);
		kernel_is_of(&f, "6.11.0");
		f.files.options.fdt_way = FDT_WAY_RESERVE;
		arm64_places(&f);
		assert_int_equal(frames_state(&f), CHECK_PASSED);
		strcpy(f.image.release, "6.12.0");
		assert_int_equal(frames_state(&f), CHECK_FAILED);
		arm64_fixture_free(&f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_disabled_region_holds_nothing),
		cmocka_unit_test(nothing_is_loaded_into_a_region),
		cmocka_unit_test(nothing_is_loaded_into_an_entry),
		cmocka_unit_test(a_region_that_is_loaded_into_keeps_nothing),
		cmocka_unit_test(with_efi_a_region_that_is_ram_keeps_nothing),
		cmocka_unit_test(larger_pages_may_make_a_region_meet_more),
		cmocka_unit_test(with_efi_the_checker_looks_at_regions),
		cmocka_unit_test(the_reserve_block_is_too_late_for_a_region_without_a_place),
		cmocka_unit_test(auto_does_not_take_the_reserve_block_then),
		cmocka_unit_test(the_checker_does_not_believe_a_late_reserve_block),
	};

	return cmocka_run_group_tests_name("arm64_regions", tests, NULL, NULL);
}
