/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whole plans with KHO on arm64 machines of each kind: where the kernel is told of the segment and its
 * scratch memory, what a device tree makes of its size, and both carriers together. Every plan that is
 * made passes the checker, which shares no code with what is tested here, and its tree is read by the
 * independent reader.
 */
#include <libfdt.h>

#include "tests/unit/arm64_fixture.h"
#include "tests/unit/kho_plan.h"

#define MIB(number) ((uint64_t)(number) << 20)

static void assert_nothing_in_scratch(const struct plan *plan)
{
	for (size_t i = 0; i < plan->kho.scratch_count; i++) {
		const struct hwpoison_range *area = &plan->kho.scratch[i];

		for (size_t j = 0; j < plan->segment_count; j++)
			assert_false(plan->segments[j].start < area->end &&
				     area->start <
					     plan->segments[j].start + plan->segments[j].size);
		assert_null(hwpoison_frames_find(&plan->frames, area->start, area->end));
	}
}

static void places(struct arm64_fixture *f)
{
	arm64_places(f);
	if (f->plan.modes & MODE_KHO)
		kho_plan_read(&f->plan);
}

static void arm64_start_kho(struct arm64_fixture *f, enum arm64_kind kind, const char *frames)
{
	arm64_fixture_start(f, kind, frames);
	f->files.options.preserve = true;
	f->files.options.modes = MODE_KHO;
	memcpy(f->kernel.bytes + 0x8000, "\0kho-v4", 8);
}

static uint64_t cells(const uint8_t *value, size_t at)
{
	return fdt64_ld((const fdt64_t *)(const void *)(value + 8 * at));
}

static void test_arm64(void **state)
{
	static const enum arm64_kind kinds[] = {ARM64_TREE, ARM64_EFI_TREE, ARM64_ACPI};

	(void)state;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		struct arm64_fixture f;
		const uint8_t *value;
		int length;

		arm64_start_kho(&f, kinds[i], "7f000000-7f001000, 50000000-50001000");
		places(&f);
		assert_nothing_in_scratch(&f.plan);
		assert_true(f.plan.kho.scratch_count > 0);
		assert_int_equal(hwpoison_frames_bytes(&f.plan.kho.kept), 0x2000);
		value = arm64_chosen(&f, "linux,kho-fdt", &length);
		assert_int_equal(length, 16);
		assert_int_equal(cells(value, 0), f.plan.kho.layout.fdt);
		assert_int_equal(cells(value, 1), f.plan.kho.layout.fdt_size);
		value = arm64_chosen(&f, "linux,kho-scratch", &length);
		assert_int_equal(length, 16);
		assert_int_equal(cells(value, 0), f.plan.kho.layout.scratch);
		assert_int_equal(cells(value, 1), 16 * f.plan.kho.scratch_count);
		/* No frame is told of otherwise. */
		assert_true(fdt_path_offset(f.plan.next_dtb, "/reserved-memory/hwpoison@50000000") <
			    0);
		assert_string_equal(f.plan.command_line, "quiet kho=on");
		arm64_fixture_free(&f);
	}
}

/* What the next kernel sets aside for drivers comes from scratch memory, too. */
static void test_arm64_reserved(void **state)
{
	struct arm64_fixture f;
	uint64_t without = 0, with = 0;
	void *tree = arm64_tree_make(ARM64_TREE);
	char larger[8192];
	int node;

	(void)state;
	arm64_start_kho(&f, ARM64_TREE, "50000000-50001000");
	places(&f);
	for (size_t i = 0; i < f.plan.kho.scratch_count; i++)
		without += f.plan.kho.scratch[i].end - f.plan.kho.scratch[i].start;
	assert_int_equal(fdt_open_into(tree, larger, sizeof(larger)), 0);
	node = fdt_add_subnode(larger, fdt_path_offset(larger, "/reserved-memory"), "linux,cma");
	assert_true(node > 0);
	assert_int_equal(fdt_setprop_u64(larger, node, "size", MIB(48)), 0);
	fixture_bytes(&f.files, "sys/firmware/fdt", larger, sizeof(larger));
	places(&f);
	for (size_t i = 0; i < f.plan.kho.scratch_count; i++)
		with += f.plan.kho.scratch[i].end - f.plan.kho.scratch[i].start;
	assert_int_equal(with - without, MIB(48));
	free(tree);
	arm64_fixture_free(&f);
}

/* Where devices reach only some of memory, or what is set aside must lie there, an area does, too. */
static void test_arm64_low_end(void **state)
{
	struct arm64_fixture f;
	char larger[8192];
	bool found = false;
	void *tree = arm64_tree_make(ARM64_TREE);
	int node;

	(void)state;
	assert_int_equal(fdt_open_into(tree, larger, sizeof(larger)), 0);
	node = fdt_add_subnode(larger, fdt_path_offset(larger, "/reserved-memory"), "linux,cma");
	assert_true(node > 0);
	assert_int_equal(fdt_setprop_u64(larger, node, "size", MIB(48)), 0);
	assert_int_equal(fdt_setprop_u64(larger, node, "alloc-ranges", 0x40000000), 0);
	assert_int_equal(fdt_appendprop_u64(larger, node, "alloc-ranges", MIB(512)), 0);
	arm64_start_kho(&f, ARM64_TREE, "50000000-50001000");
	fixture_bytes(&f.files, "sys/firmware/fdt", larger, sizeof(larger));
	arm64_places(&f);
	for (size_t i = 0; i < f.plan.kho.scratch_count; i++)
		found |= f.plan.kho.scratch[i].end <= 0x60000000 &&
			 f.plan.kho.scratch[i].end - f.plan.kho.scratch[i].start >= MIB(48);
	assert_true(found);
	free(tree);
	arm64_fixture_free(&f);
}

/* Memory that was added to a machine with ACPI is not there when the next kernel starts: nothing is put
 * there, and what is bad there is not left to KHO. */
static void test_arm64_added(void **state)
{
	static const enum arm64_kind kinds[] = {ARM64_TREE, ARM64_ACPI_MAP};

	(void)state;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		struct arm64_fixture f;

		arm64_start_kho(&f, kinds[i], "50000000-50001000, 60000000-60001000");
		fixture_text(&f.files, "proc/iomem",
			     "30000000-3fffffff : System RAM\n"
			     "40000000-7fffffff : System RAM\n");
		f.files.options.mem_max = 0x48ffffff;
		arm64_refuses(&f, "no room for");
		f.files.options.mem_max = HWPOISON_ADDRESS_LIMIT;
		places(&f);
		for (size_t j = 0; j < f.plan.segment_count; j++)
			assert_true(f.plan.segments[j].start >= 0x40000000);
		for (size_t j = 0; j < f.plan.kho.scratch_count; j++)
			assert_true(f.plan.kho.scratch[j].start >= 0x40000000);
		arm64_fixture_free(&f);
		arm64_start_kho(&f, kinds[i], "30000000-30001000");
		fixture_text(&f.files, "proc/iomem",
			     "30000000-3fffffff : System RAM\n"
			     "40000000-7fffffff : System RAM\n");
		arm64_refuses(&f,
			      "0x30000000-0x30000fff is not in the memory that the next kernel");
		arm64_fixture_free(&f);
	}
}

static void test_arm64_both(void **state)
{
	struct arm64_fixture f;

	(void)state;
	arm64_start_kho(&f, ARM64_TREE, "50000000-50001000, 60000000-60001000");
	f.files.options.modes = MODE_DTB | MODE_KHO;
	f.files.options.max_ranges = 1;
	f.files.options.max_waste = 0;
	places(&f);
	assert_string_equal(frames_words(&f.plan.kho.kept), "60000000-60001000 1/1000");
	assert_true(fdt_path_offset(f.plan.next_dtb, "/reserved-memory/hwpoison@50000000") > 0);
	arm64_fixture_free(&f);
	/* A kernel without KHO, alone and in combination. */
	arm64_start_kho(&f, ARM64_TREE, "50000000-50001000");
	memset(f.kernel.bytes + 0x8000, 0, 8);
	arm64_refuses(&f, "without CONFIG_KEXEC_HANDOVER");
	f.files.options.modes = MODE_DTB | MODE_KHO;
	places(&f);
	assert_int_equal(f.plan.modes, MODE_DTB);
	assert_true(arm64_warned(&f, "nothing is handed over by KHO"));
	assert_null(arm64_chosen(&f, "linux,kho-fdt", NULL));
	arm64_fixture_free(&f);
}

/* Ranges that the tree tells of, and areas of scratch memory, are in one array, which cannot grow before
 * all of them are. Without CONFIG_EFI it has 128 entries. */
static void test_arm64_regions(void **state)
{
	static const enum hwpoison_fdt_way ways[] = {HWPOISON_FDT_NODES, HWPOISON_FDT_RESERVE};
	static char words[63 * 32];
	size_t used = 0;

	(void)state;
	/* Between them are holes of 12 MiB. */
	for (unsigned long long at = 0x40000000; at < 0x7f000000; at += MIB(16))
		used += (size_t)snprintf(words + used, sizeof(words) - used, "%s%llx-%llx",
					 used ? ", " : "", at, at + 0x1000);
	for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
		struct arm64_fixture f;
		const struct target *target = &f.plan.target;
		size_t told;

		arm64_start_kho(&f, ARM64_TREE, words);
		memset(f.kernel.bytes, 0, 2);
		f.files.options.modes = MODE_DTB | MODE_KHO;
		f.files.options.fdt_way = ways[i] == HWPOISON_FDT_RESERVE ? FDT_WAY_RESERVE :
									    FDT_WAY_NODES;
		f.files.options.max_waste = 0;
		arm64_places(&f);
		assert_int_equal(f.plan.fdt_way, ways[i]);
		assert_int_equal(target->first_regions, 128);
		told = ways[i] == HWPOISON_FDT_NODES ? f.plan.outcome.entries : 0;
		assert_true(f.plan.kho.scratch_count > 8);
		assert_true(2 * (told + f.plan.kho.scratch_count) <= target->free_regions);
		/* The others are kept by KHO. */
		if (told) {
			assert_true(told > 20 && told < 50);
			assert_int_equal(hwpoison_frames_bytes(&f.plan.kho.kept),
					 (63 - told) * 0x1000);
		}
		/* Also when the user says that it bears more. */
		if (told) {
			f.files.options.max_ranges = 50;
			arm64_places(&f);
			assert_true(2 * (f.plan.outcome.entries + f.plan.kho.scratch_count) <=
				    target->free_regions);
		}
		arm64_fixture_free(&f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_arm64),	      cmocka_unit_test(test_arm64_reserved),
		cmocka_unit_test(test_arm64_low_end), cmocka_unit_test(test_arm64_added),
		cmocka_unit_test(test_arm64_both),    cmocka_unit_test(test_arm64_regions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
