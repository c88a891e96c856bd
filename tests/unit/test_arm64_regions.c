/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What others reserve in a device tree, and when a bad frame that lies there is kept by it: each is a
 * plan that the checker passes, or is refused with words.
 */
#include "kexec/check.h"
#include "tests/unit/arm64_fixture.h"
#include "tests/unit/capture.h"
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_disabled_region_holds_nothing),
		cmocka_unit_test(nothing_is_loaded_into_a_region),
		cmocka_unit_test(nothing_is_loaded_into_an_entry),
		cmocka_unit_test(a_region_that_is_loaded_into_keeps_nothing),
	};

	return cmocka_run_group_tests_name("arm64_regions", tests, NULL, NULL);
}
