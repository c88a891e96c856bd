/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A good arm64 plan is broken in one way at a time, as a fault in the planner might: the check that
 * is there for it must refuse the plan. Every check of this architecture must be proved so at
 * least once; the common ones are by test_check.c.
 */
#include "kexec/bytes.h"
#include "kexec/check.h"
#include "purgatory/purgatory.h"
#include "tests/unit/arm64_fixture.h"
#include "tests/unit/capture.h"
#include "tests/unit/tree.h"

#define FRAMES "50000000-50001000, 50004000-50006000, 7b000000-7b001000, 7e000000-7e001000"

struct fault {
	const char *check, *what;
	enum arm64_kind kind;
	void (*make)(struct arm64_fixture *f);
};

static void *tree_of(struct arm64_fixture *f)
{
	return f->plan.next_dtb;
}

static int node_of(struct arm64_fixture *f, const char *path)
{
	int node = fdt_path_offset(tree_of(f), path);

	assert_true(node >= 0);
	return node;
}

static struct purgatory_parameters *parameters_of(struct arm64_fixture *f)
{
	return (struct purgatory_parameters *)((uint8_t *)(uintptr_t)arm64_segment(f, "purgatory")
						       ->bytes +
					       purgatory_find("arm64")->parameters_offset);
}

/* The tree in a larger buffer, for what does not fit in place. */
static void tree_grow(struct arm64_fixture *f)
{
	size_t size = f->plan.next_dtb_size + 4096;
	void *tree = calloc(1, size);

	OK(fdt_open_into(f->plan.next_dtb, tree, (int)size));
	free(f->plan.next_dtb);
	f->plan.next_dtb = tree;
	f->plan.next_dtb_size = size;
	arm64_segment(f, "dtb")->bytes = tree;
	arm64_segment(f, "dtb")->bytes_size = size;
	arm64_segment(f, "dtb")->size = (size + 4095) & ~(size_t)4095;
}

#define RESERVED "/reserved-memory"
#define OURS "/reserved-memory/hwpoison@50000000"
#define FAULT(name, statement)                                                                     \
	static void name(struct arm64_fixture *f)                                                  \
	{                                                                                          \
		statement;                                                                         \
	}
#define IN_TREE(name, statement)                                                                   \
	static void name(struct arm64_fixture *f)                                                  \
	{                                                                                          \
		tree_grow(f);                                                                      \
		OK(statement);                                                                     \
	}

FAULT(damaged, fdt_set_size_dt_struct(tree_of(f), 8))
FAULT(tree_elsewhere, arm64_segment(f, "dtb")->bytes = f->plan.base_dtb)
FAULT(tree_over_edge, arm64_segment(f, "dtb")->start += (2 << 20) - 4096; tree_grow(f))
FAULT(tree_unaligned, arm64_segment(f, "dtb")->start += 4)
FAULT(frame_told_wrong,
      fdt64_st((uint8_t *)(uintptr_t)fdt_getprop(tree_of(f), node_of(f, OURS), "reg", NULL),
	       0x51000000))
FAULT(frame_told_short,
      fdt64_st((uint8_t *)(uintptr_t)fdt_getprop(tree_of(f),
						 node_of(f, "/reserved-memory/hwpoison@50004000"),
						 "reg", NULL) +
		       8,
	       0x1000))
IN_TREE(frame_disabled, fdt_setprop_string(tree_of(f), node_of(f, OURS), "status", "disabled"))
IN_TREE(node_gone, fdt_del_node(tree_of(f), node_of(f, OURS)))
#define BUFFER "/reserved-memory/buffer@7b000000"
IN_TREE(other_disabled, fdt_setprop_string(tree_of(f), node_of(f, BUFFER), "status", "disabled"))
IN_TREE(other_reusable, fdt_setprop(tree_of(f), node_of(f, BUFFER), "reusable", "", 0))
IN_TREE(entry_over_node, fdt_add_mem_rsv(tree_of(f), 0x50000000, 0x1000))
IN_TREE(cells_differ, fdt_setprop_u32(tree_of(f), node_of(f, RESERVED), "#size-cells", 1))
IN_TREE(ranges_gone, fdt_delprop(tree_of(f), node_of(f, RESERVED), "ranges"))
IN_TREE(two_tuples, fdt_appendprop_u64(tree_of(f), node_of(f, OURS), "reg", 0x60000000) ||
			    fdt_appendprop_u64(tree_of(f), node_of(f, OURS), "reg", 0x1000))
IN_TREE(no_map_gone, fdt_delprop(tree_of(f), node_of(f, OURS), "no-map"))
IN_TREE(name_differs, fdt_set_name(tree_of(f), node_of(f, OURS), "hwpoison@60000000"))
IN_TREE(one_too_many, fdt_add_subnode(tree_of(f), node_of(f, RESERVED), "hwpoison@60000000") < 0)

static void ours_first(struct arm64_fixture *f)
{
	int node;

	tree_grow(f);
	/* libfdt adds subnodes in front of all others, so ours comes before it when it is added last. */
	node = fdt_add_subnode(tree_of(f), node_of(f, RESERVED), "hwpoison@40000000");
	assert_true(node > 0);
	OK(fdt_setprop_u64(tree_of(f), node, "reg", 0x40000000));
	OK(fdt_appendprop_u64(tree_of(f), node, "reg", 0x1000));
	OK(fdt_setprop(tree_of(f), node, "no-map", "", 0));
	f->plan.outcome.entries++;
}

IN_TREE(acpi_lost, fdt_add_subnode(tree_of(f), 0, "reserved-memory") < 0)
IN_TREE(property_added, fdt_setprop_u32(tree_of(f), node_of(f, "/cpus"), "new", 1))
IN_TREE(property_changed,
	fdt_setprop_string(tree_of(f), node_of(f, "/cpus"), "enable-method", "pscj"))
IN_TREE(property_gone, fdt_delprop(tree_of(f), node_of(f, "/chosen"), "vendor,thing"))
IN_TREE(node_added, fdt_add_subnode(tree_of(f), 0, "new") < 0)
IN_TREE(other_gone, fdt_del_node(tree_of(f), node_of(f, "/cpus")))
IN_TREE(memory_changed,
	fdt_setprop_u64(tree_of(f), node_of(f, "/memory@40000000"), "reg", 0x40000000))
FAULT(boot_cpu, fdt_set_boot_cpuid_phys(tree_of(f), 1))
IN_TREE(entry_gone, fdt_del_mem_rsv(tree_of(f), 0))
IN_TREE(entry_added, fdt_add_mem_rsv(tree_of(f), 0x60000000, 0x1000))
FAULT(kernel_moved, arm64_segment(f, "kernel")->start += 4096)
FAULT(kernel_short, arm64_segment(f, "kernel")->size -= 4096)
FAULT(kernel_other, arm64_segment(f, "kernel")->bytes = f->kernel.bytes)
FAULT(kernel_big_endian, f->image.kernel[24] |= 1)
FAULT(kernel_old, f->image.kernel[24] &= (uint8_t)~8; arm64_segment(f, "dtb")->start += 1 << 30)
FAULT(kernel_no_size, put_le64(f->image.kernel + 16, 0); put_le64(f->image.kernel + 8, 0x80000);
      arm64_segment(f, "kernel")->start += 0x280000)
IN_TREE(line_differs, fdt_setprop_string(tree_of(f), node_of(f, "/chosen"), "bootargs", "quie"))
IN_TREE(initrd_elsewhere,
	fdt_setprop_u64(tree_of(f), node_of(f, "/chosen"), "linux,initrd-start", 0))
IN_TREE(initrd_longer, fdt_setprop_u64(tree_of(f), node_of(f, "/chosen"), "linux,initrd-end",
				       UINT64_C(0x80000000)))
FAULT(initrd_far, arm64_segment(f, "initrd")->start += UINT64_C(32) << 30; tree_grow(f);
      OK(fdt_setprop_u64(tree_of(f), node_of(f, "/chosen"), "linux,initrd-start",
			 arm64_start(f, "initrd")));
      OK(fdt_setprop_u64(tree_of(f), node_of(f, "/chosen"), "linux,initrd-end",
			 arm64_start(f, "initrd") + 10)))
FAULT(initrd_gone, arm64_segment(f, "initrd")->name = "other")
IN_TREE(seed_zero, fdt_setprop_u64(tree_of(f), node_of(f, "/chosen"), "kaslr-seed", 0))
IN_TREE(seed_short, fdt_setprop_u64(tree_of(f), node_of(f, "/chosen"), "rng-seed", 7))
IN_TREE(crash_left, fdt_setprop_u64(tree_of(f), node_of(f, "/chosen"), "linux,elfcorehdr", 7))
IN_TREE(kho_left, fdt_setprop_u64(tree_of(f), node_of(f, "/chosen"), "linux,kho-fdt", 7))
IN_TREE(efi_differs, fdt_setprop_u64(tree_of(f), node_of(f, "/chosen"), "linux,uefi-mmap-start", 7))
IN_TREE(efi_gone, fdt_delprop(tree_of(f), node_of(f, "/chosen"), "linux,uefi-secure-boot"))
FAULT(memory_short,
      fdt64_st((uint8_t *)(uintptr_t)fdt_getprop(tree_of(f), node_of(f, "/memory@40000000"), "reg",
						 NULL) +
		       8,
	       0x100000))
FAULT(jump_elsewhere, parameters_of(f)->kernel_entry += 4)
FAULT(hands_over_else, parameters_of(f)->handover += 8)
FAULT(not_checked, parameters_of(f)->flags = PURGATORY_SKIP_DIGESTS)
FAULT(digest_wrong, ((uint8_t *)(uintptr_t)arm64_segment(f, "initrd")->bytes)[3] ^= 1)
FAULT(table_short, parameters_of(f)->poison_count--)
FAULT(table_wrong, ((uint8_t *)(uintptr_t)arm64_segment(f, "purgatory")
			    ->bytes)[purgatory_find("arm64")->memory_size + 9] += 16)

/* The copy of the EFI memory map, and a number of its descriptor i. */
static uint8_t *efi_map_of(struct arm64_fixture *f)
{
	return (uint8_t *)(uintptr_t)arm64_segment(f, "efi-map")->bytes;
}

static void efi_map_change(struct arm64_fixture *f, size_t i, size_t at, uint64_t change)
{
	uint64_t number;

	memcpy(&number, efi_map_of(f) + i * 48 + at, 8);
	number ^= change;
	memcpy(efi_map_of(f) + i * 48 + at, &number, 8);
}

static void *efi_noted(struct arm64_fixture *f, const char *name)
{
	return (void *)(uintptr_t)fdt_getprop(tree_of(f), node_of(f, "/chosen"), name, NULL);
}

/* Of the copy, the first descriptor is RAM and the second the frame behind it. */
FAULT(efi_frame_is_ram, efi_map_change(f, 1, 0, 8 ^ 7))
FAULT(efi_good_is_bad, efi_map_change(f, 0, 0, 8 ^ 7))
FAULT(efi_type_differs, efi_map_change(f, 0, 0, 6 ^ 7))
FAULT(efi_attributes_differ, efi_map_change(f, 0, 32, 2))
FAULT(efi_virtual_differs, efi_map_change(f, 0, 16, 0x1000))
FAULT(efi_tail_differs, efi_map_change(f, 0, 40, 1))
FAULT(efi_gap, efi_map_change(f, 1, 8, 0x1000))
FAULT(efi_cut, arm64_segment(f, "efi-map")->bytes_size -= 48)
FAULT(efi_half, arm64_segment(f, "efi-map")->bytes_size -= 8)
FAULT(efi_moved, arm64_segment(f, "efi-map")->start += 4096)
FAULT(efi_not_firmware, ((uint8_t *)efi_noted(f, "hwpoison,efi-map"))[47] ^= 1)
FAULT(efi_range_too_long, fdt64_st((fdt64_t *)efi_noted(f, "hwpoison,efi-ranges") + 1, 0x3000))
IN_TREE(efi_not_carried, fdt_delprop(tree_of(f), node_of(f, "/chosen"), "hwpoison,efi-map"))
IN_TREE(efi_range_less, fdt_setprop(tree_of(f), node_of(f, "/chosen"), "hwpoison,efi-ranges",
				    efi_noted(f, "hwpoison,efi-ranges"), 16))
IN_TREE(efi_table_differs,
	fdt_setprop_u64(tree_of(f), node_of(f, "/chosen"), "linux,uefi-system-table", 0x1000))

/* The record by which the next hop learns. */
#define RECORD "hwpoison,frames"
static void record_cut(struct arm64_fixture *f, int less)
{
	int length, chosen = node_of(f, "/chosen");
	uint8_t copy[24 * 8];
	const void *value = fdt_getprop(tree_of(f), chosen, RECORD, &length);

	assert_in_range(length, less, sizeof(copy));
	memcpy(copy, value, (size_t)length);
	OK(fdt_setprop(tree_of(f), chosen, RECORD, copy, length - less));
}

FAULT(record_moved, fdt64_st((fdt64_t *)efi_noted(f, RECORD), 0x51000000))
FAULT(record_of_other_pages, fdt64_st((fdt64_t *)efi_noted(f, RECORD) + 2, 65536))
FAULT(record_falls, fdt64_st((fdt64_t *)efi_noted(f, RECORD) + 3, 0x50000000))
FAULT(record_short, record_cut(f, 24))
FAULT(record_torn, record_cut(f, 8))
IN_TREE(record_gone, fdt_delprop(tree_of(f), node_of(f, "/chosen"), RECORD))
FAULT(kernel_of_other_pages, ((uint8_t *)(uintptr_t)f->plan.image->kernel)[24] ^= 6)

/* A tree that told of a frame, which is not in the plan. */
static void source_tells(struct arm64_fixture *f)
{
	void *tree = plan_own(&f->plan, calloc(1, TREE_ROOM));

	assert_non_null(tree);
	OK(fdt_open_into(f->plan.source_dtb, tree, TREE_ROOM));
	f->plan.source_dtb = tree;
}

static void source_has_record(struct arm64_fixture *f)
{
	const fdt64_t record[] = {cpu_to_fdt64(0x60000000), cpu_to_fdt64(0x1000),
				  cpu_to_fdt64(0x1000)};

	source_tells(f);
	OK(fdt_setprop((void *)(uintptr_t)f->plan.source_dtb,
		       fdt_path_offset(f->plan.source_dtb, "/chosen"), "hwpoison,frames", record,
		       sizeof(record)));
}

static void source_has_node(struct arm64_fixture *f)
{
	void *tree;
	int node;

	source_tells(f);
	tree = (void *)(uintptr_t)f->plan.source_dtb;
	node = fdt_add_subnode(tree, fdt_path_offset(tree, RESERVED), "hwpoison@60000000");
	OK(fdt_setprop_u64(tree, node, "reg", 0x60000000));
	OK(fdt_appendprop_u64(tree, node, "reg", 0x1000));
}

/* One that says that it is recorded, and is not. */
static void source_has_less_record(struct arm64_fixture *f)
{
	const fdt64_t record[] = {cpu_to_fdt64(0x50000000), cpu_to_fdt64(0x1000),
				  cpu_to_fdt64(0x1000)};
	void *tree;

	source_has_node(f);
	tree = (void *)(uintptr_t)f->plan.source_dtb;
	OK(fdt_setprop(tree, fdt_path_offset(tree, "/reserved-memory/hwpoison@60000000"),
		       "hwpoison,recorded", "", 0));
	OK(fdt_setprop(tree, fdt_path_offset(tree, "/chosen"), "hwpoison,frames", record,
		       sizeof(record)));
}

static void source_has_entry(struct arm64_fixture *f)
{
	const fdt64_t noted[] = {cpu_to_fdt64(0x60000000), cpu_to_fdt64(0x1000)};
	void *tree;

	source_tells(f);
	tree = (void *)(uintptr_t)f->plan.source_dtb;
	OK(fdt_add_mem_rsv(tree, 0x60000000, 0x1000));
	OK(fdt_setprop(tree, fdt_path_offset(tree, "/chosen"), "hwpoison,reserve-entries", noted,
		       sizeof(noted)));
}

static const struct fault faults[] = {
	{"tree", "a tree that libfdt cannot read", ARM64_TREE, damaged},
	{"tree", "another tree is loaded", ARM64_TREE, tree_elsewhere},
	{"tree", "over a multiple of 2 MiB", ARM64_TREE, tree_over_edge},
	{"tree-frames", "a frame is told elsewhere", ARM64_TREE, frame_told_wrong},
	{"tree-frames", "a frame is told in part", ARM64_TREE, frame_told_short},
	{"tree-frames", "a node is disabled", ARM64_TREE, frame_disabled},
	{"tree-frames", "a node is gone", ARM64_TREE, node_gone},
	{"tree-frames", "what others reserved is not", ARM64_TREE, other_disabled},
	{"tree-frames", "what others reserved is lent", ARM64_TREE, other_reusable},
	{"tree-frames", "an entry is gone", ARM64_ACPI, entry_gone},
	{"tree-frames", "Linux ignores all nodes", ARM64_TREE, ranges_gone},
	{"tree-frames", "Linux cannot read the nodes", ARM64_TREE, cells_differ},
	{"tree-source", "a record is dropped", ARM64_TREE, source_has_record},
	{"tree-source", "a node is dropped", ARM64_TREE, source_has_node},
	{"tree-source", "an entry is dropped", ARM64_TREE, source_has_entry},
	{"tree-source", "no record accounts for a node", ARM64_TREE, source_has_less_record},
	{"tree-rules", "an entry lies over a node", ARM64_TREE, entry_over_node},
	{"tree-rules", "cells differ", ARM64_TREE, cells_differ},
	{"tree-rules", "no ranges", ARM64_TREE, ranges_gone},
	{"tree-rules", "two ranges in a node", ARM64_TREE, two_tuples},
	{"tree-rules", "no no-map", ARM64_TREE, no_map_gone},
	{"tree-rules", "another name", ARM64_TREE, name_differs},
	{"tree-rules", "a node too many", ARM64_TREE, one_too_many},
	{"tree-rules", "before the others", ARM64_TREE, ours_first},
	{"tree-rules", "an entry less than planned", ARM64_ACPI, entry_gone},
	{"tree-record", "a frame is recorded elsewhere", ARM64_TREE, record_moved},
	{"tree-record", "of pages that it was not learnt at", ARM64_TREE, record_of_other_pages},
	{"tree-record", "two records of a frame", ARM64_TREE, record_falls},
	{"tree-record", "a frame is forgotten", ARM64_TREE, record_short},
	{"tree-record", "the same in the reserve block", ARM64_ACPI, record_short},
	{"tree-record", "the same in the EFI memory map", ARM64_ACPI_MAP, record_short},
	{"tree-record", "half a triple", ARM64_TREE, record_torn},
	{"tree-record", "no record", ARM64_TREE, record_gone},
	{"tree-acpi", "a node beside /chosen", ARM64_ACPI, acpi_lost},
	{"tree-rest", "a property more", ARM64_TREE, property_added},
	{"tree-rest", "a property changed", ARM64_TREE, property_changed},
	{"tree-rest", "a property less", ARM64_TREE, property_gone},
	{"tree-rest", "a node more", ARM64_TREE, node_added},
	{"tree-rest", "a node less", ARM64_TREE, other_gone},
	{"tree-rest", "other memory", ARM64_TREE, memory_changed},
	{"tree-rest", "another boot processor", ARM64_TREE, boot_cpu},
	{"tree-rest", "EFI changed in the machine's own tree", ARM64_EFI_TREE, efi_differs},
	{"tree-entries", "an entry of somebody else's is gone", ARM64_TREE, entry_gone},
	{"tree-entries", "an entry more", ARM64_TREE, entry_added},
	{"kernel", "not aligned", ARM64_TREE, kernel_moved},
	{"kernel", "less than image_size", ARM64_TREE, kernel_short},
	{"kernel", "another kernel", ARM64_TREE, kernel_other},
	{"kernel", "big-endian", ARM64_TREE, kernel_big_endian},
	{"kernel", "of other pages", ARM64_TREE, kernel_of_other_pages},
	{"kernel", "an old kernel's tree far away", ARM64_TREE, kernel_old},
	{"kernel", "an old kernel's page tables", ARM64_TREE, kernel_no_size},
	{"command-line", "another line", ARM64_TREE, line_differs},
	{"initrd", "another place", ARM64_TREE, initrd_elsewhere},
	{"initrd", "another size", ARM64_TREE, initrd_longer},
	{"initrd", "past 32 GiB", ARM64_TREE, initrd_far},
	{"initrd", "told, and not there", ARM64_TREE, initrd_gone},
	{"seeds", "an old seed", ARM64_TREE, seed_zero},
	{"seeds", "a seed of another size", ARM64_TREE, seed_short},
	{"leftovers", "a crash kernel's", ARM64_TREE, crash_left},
	{"leftovers", "Kexec HandOver's", ARM64_ACPI, kho_left},
	{"kho", "Kexec HandOver's", ARM64_TREE, kho_left},
	{"efi", "another EFI memory map", ARM64_ACPI, efi_differs},
	{"efi", "less of EFI", ARM64_EFI_TREE, efi_gone},
	{"efi", "another table beside our map", ARM64_ACPI_MAP, efi_table_differs},
	{"tree-frames", "a frame is RAM in the EFI memory map", ARM64_ACPI_MAP, efi_frame_is_ram},
	{"efi-map", "the same", ARM64_ACPI_MAP, efi_frame_is_ram},
	{"efi-map", "good memory is unusable", ARM64_ACPI_MAP, efi_good_is_bad},
	{"efi-map", "another type", ARM64_ACPI_MAP, efi_type_differs},
	{"efi-map", "other attributes", ARM64_ACPI_MAP, efi_attributes_differ},
	{"efi-map", "mapped elsewhere", ARM64_ACPI_MAP, efi_virtual_differs},
	{"efi-map", "what nobody knows", ARM64_ACPI_MAP, efi_tail_differs},
	{"efi-map", "memory that is not in it", ARM64_ACPI_MAP, efi_gap},
	{"efi-map", "a descriptor less", ARM64_ACPI_MAP, efi_cut},
	{"efi-map", "half a descriptor", ARM64_ACPI_MAP, efi_half},
	{"efi-map", "the tree points elsewhere", ARM64_ACPI_MAP, efi_moved},
	{"efi-map", "not made of the firmware's", ARM64_ACPI_MAP, efi_not_firmware},
	{"efi-map", "more is noted than is bad", ARM64_ACPI_MAP, efi_range_too_long},
	{"efi-map", "the firmware's is not carried", ARM64_ACPI_MAP, efi_not_carried},
	{"efi-map", "a range less is noted", ARM64_ACPI_MAP, efi_range_less},
	{"tree-rules", "the same", ARM64_ACPI_MAP, efi_range_less},
	{"memory", "no memory where the kernel is", ARM64_TREE, memory_short},
	{"purgatory", "a jump elsewhere", ARM64_TREE, jump_elsewhere},
	{"purgatory", "another tree handed over", ARM64_TREE, hands_over_else},
	{"purgatory", "no digests", ARM64_TREE, not_checked},
	{"digests", "a flipped bit", ARM64_TREE, digest_wrong},
	{"poison-table", "a frame less", ARM64_TREE, table_short},
	{"poison-table", "another frame", ARM64_TREE, table_wrong},
	{"segments", "a tree that is not whole pages", ARM64_TREE, tree_unaligned},
};

#define FAULTS (sizeof(faults) / sizeof(*faults))

static void good_plan(struct arm64_fixture *f, enum arm64_kind kind)
{
	arm64_fixture_start(f, kind, FRAMES);
	f->files.options.initrd = arm64_fixture_file(f, "initrd", "0123456789", 10);
	assert_int_equal(arm64_fixture_plan(f), 0);
}

static enum check_state state_of(const struct check_report *report, const char *name)
{
	for (size_t i = 0; i < report->count; i++) {
		if (strcmp(report->results[i].check->name, name) == 0)
			return report->results[i].state;
	}
	fail_msg("there is no check %s", name);
	return CHECK_WAITING;
}

static void test_good(void **state)
{
	(void)state;
	for (int kind = ARM64_TREE; kind <= ARM64_ACPI_MAP; kind++) {
		struct arm64_fixture f;
		struct check_report report;

		good_plan(&f, (enum arm64_kind)kind);
		checks_run(&f.plan, &report);
		for (size_t i = 0; i < report.count; i++) {
			if (report.results[i].state != CHECK_PASSED)
				fail_msg("%s: %s", report.results[i].check->name,
					 report.results[i].reason);
		}
		arm64_fixture_free(&f);
	}
}

static void test_faults(void **state)
{
	(void)state;
	for (size_t i = 0; i < FAULTS; i++) {
		struct arm64_fixture f;
		struct check_report report;

		good_plan(&f, faults[i].kind);
		faults[i].make(&f);
		checks_run(&f.plan, &report);
		if (state_of(&report, faults[i].check) != CHECK_FAILED)
			fail_msg("%s: check %s does not fail", faults[i].what, faults[i].check);
		capture_start();
		assert_int_equal(plan_check(&f.plan), EXIT_FAILED);
		capture_stop();
		arm64_fixture_free(&f);
	}
}

/* A check that nothing above breaks is one that nobody has seen fail. */
static void test_every_check(void **state)
{
	(void)state;
	for (const struct plan_check *check = arch_arm64.checks; check->name; check++) {
		bool proved = false;

		for (size_t i = 0; i < FAULTS; i++)
			proved |= strcmp(faults[i].check, check->name) == 0;
		if (!proved)
			fail_msg("nothing breaks check %s", check->name);
	}
}

/* Nodes on a machine with ACPI pass with the word that makes them work, and not without. */
static void test_acpi_on(void **state)
{
	struct arm64_fixture f;

	(void)state;
	arm64_fixture_start(&f, ARM64_ACPI, FRAMES);
	f.files.options.fdt_way = FDT_WAY_NODES;
	f.files.options.append = "quiet acpi=on";
	assert_int_equal(arm64_fixture_plan(&f), 0);
	assert_int_equal(plan_check(&f.plan), 0);
	f.files.options.append = "quiet -- acpi=on";
	capture_start();
	assert_int_equal(arm64_fixture_again(&f), EXIT_USAGE);
	assert_non_null(strstr(capture_stop(), "dies before its console"));
	arm64_fixture_free(&f);
}

/* acpi=off rules, before acpi=on or behind it. */
static void test_acpi_off(void **state)
{
	static const char *const lines[] = {"acpi=on acpi=off", "acpi=off acpi=force"};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct check_report report;
		struct arm64_fixture f;

		arm64_fixture_start(&f, ARM64_ACPI, FRAMES);
		f.files.options.fdt_way = FDT_WAY_NODES;
		f.files.options.append = "acpi=on";
		assert_int_equal(arm64_fixture_plan(&f), 0);
		free(f.plan.command_line);
		f.plan.command_line = strdup(lines[i]);
		checks_run(&f.plan, &report);
		assert_int_equal(state_of(&report, "tree-acpi"), CHECK_FAILED);
		f.files.options.append = lines[i];
		arm64_refuses(&f, "acpi=off on the next kernel's command line");
		arm64_fixture_free(&f);
	}
}

/* What is taken back need not be told again. */
static void test_forgotten(void **state)
{
	static const char *forget[] = {"0x60000000"};
	struct check_report report;
	struct arm64_fixture f;

	(void)state;
	good_plan(&f, ARM64_TREE);
	source_has_record(&f);
	f.files.options.forget = forget;
	f.files.options.forget_count = 1;
	checks_run(&f.plan, &report);
	assert_int_equal(state_of(&report, "tree-source"), CHECK_PASSED);
	forget[0] = "0x60001000";
	checks_run(&f.plan, &report);
	assert_int_equal(state_of(&report, "tree-source"), CHECK_FAILED);
	arm64_fixture_free(&f);
}

/* The map alone, where nothing is placed. */
static void test_without_kernel(void **state)
{
	struct arm64_fixture f;
	struct hwpoison_frames frames = {0};

	(void)state;
	arm64_fixture_start(&f, ARM64_TREE, "");
	assert_int_equal(fixture_read(&f.files), 0);
	frames_of_words(FRAMES, &frames);
	assert_int_equal(plan_make(&f.files.machine, &f.files.options, NULL, &frames, &f.plan), 0);
	assert_int_equal(plan_check(&f.plan), 0);
	/* What is told is checked there, too. */
	fdt64_st((uint8_t *)(uintptr_t)fdt_getprop(tree_of(&f), node_of(&f, OURS), "reg", NULL), 0);
	capture_start();
	assert_int_equal(plan_check(&f.plan), EXIT_FAILED);
	assert_non_null(strstr(capture_stop(), "(check tree-frames)"));
	arm64_fixture_free(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),	    cmocka_unit_test(test_faults),
		cmocka_unit_test(test_every_check), cmocka_unit_test(test_acpi_on),
		cmocka_unit_test(test_acpi_off),    cmocka_unit_test(test_without_kernel),
		cmocka_unit_test(test_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
