/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the pieces of an arm64 kernel go. Each rule of the boot protocol is tried at its edge: the
 * kernel at text_offset from 2 MiB and over all of image_size, the tree, the initrd's 32 GiB, old
 * kernels, other page sizes, memory that somebody holds. Frames are put where a piece has just
 * been: it must go elsewhere, and the checker must agree each time.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <libfdt.h>

#include "kexec/bytes.h"
#include "purgatory/purgatory.h"
#include "tests/unit/arm64_fixture.h"
#include "tests/unit/words.h"

#define MIB(number) ((uint64_t)(number) << 20)
#define GIB(number) ((uint64_t)(number) << 30)

static void initrd_give(struct arm64_fixture *f, size_t size)
{
	uint8_t *bytes = calloc(1, size);

	f->files.options.initrd = strdup(arm64_fixture_file(f, "initrd", bytes, size));
	free(bytes);
}

static void finish(struct arm64_fixture *f)
{
	free((void *)(uintptr_t)f->files.options.initrd);
	arm64_fixture_free(f);
}

static void test_plain(void **state)
{
	struct arm64_fixture f;
	const struct segment *kernel;

	(void)state;
	arm64_fixture_start(&f, ARM64_TREE, "");
	initrd_give(&f, 5000);
	arm64_places(&f);
	kernel = arm64_segment(&f, "kernel");
	assert_int_equal(kernel->start, 0x7fe00000);
	assert_int_equal(kernel->size, MIB(2));
	assert_int_equal(kernel->bytes_size, MIB(1));
	assert_int_equal(arm64_start(&f, "dtb"), 0x7fc00000);
	assert_int_equal(arm64_segment(&f, "initrd")->bytes_size, 5000);
	assert_int_equal(f.plan.segment_count, 4);
	assert_int_equal(arch_arm64.kexec_arch, 183 << 16); /* EM_AARCH64 */
	finish(&f);
}

/* A poisoned frame where each piece was, again and again. */
static void test_flee(void **state)
{
	static const char *const names[] = {"kernel", "dtb", "initrd", "purgatory"};

	(void)state;
	for (int kind = ARM64_TREE; kind <= ARM64_ACPI_MAP; kind++) {
		struct arm64_fixture f;

		arm64_fixture_start(&f, (enum arm64_kind)kind, "");
		initrd_give(&f, 50000);
		arm64_places(&f);
		for (int round = 0; round < 40; round++) {
			const struct segment *segment = arm64_segment(&f, names[round % 4]);
			/* In the padding, too: all of it is the kernel's to use. */
			uint64_t frame = segment->start + segment->size - 4096;

			assert_int_equal(hwpoison_frames_add(&f.frames, frame, frame + 4096, 1,
							     4096),
					 0);
			arm64_places(&f);
			assert_true(arm64_start(&f, names[round % 4]) > frame ||
				    arm64_start(&f, names[round % 4]) +
						    arm64_segment(&f, names[round % 4])->size <=
					    frame);
		}
		finish(&f);
	}
}

static void test_text_offset(void **state)
{
	struct arm64_fixture f;

	(void)state;
	arm64_fixture_start(&f, ARM64_TREE, "7fc00000-7fc01000");
	put_le64(f.kernel.bytes + 8, 0x80000);
	arm64_places(&f);
	/* The frame below text_offset is not in the kernel's way. */
	assert_int_equal(arm64_start(&f, "kernel"), 0x7fc80000);
	/* 16 KiB pages: a text_offset that such a kernel cannot load at. */
	put_le64(f.kernel.bytes + 8, 0x81000);
	fixture_text(&f.files, "machine.json", "{\"arch\": \"arm64\", \"page_size\": 16384}");
	arm64_refuses(&f, "its text_offset 0x81000 is not whole pages");
	finish(&f);
}

/* All segments are whole pages of the running kernel, or kexec_load(2) refuses them. */
static void test_page_sizes(void **state)
{
	static const char *const sizes[] = {"16384", "65536"};
	static const unsigned int numbers[] = {16384, 65536};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct arm64_fixture f;
		char json[96];

		arm64_fixture_start(&f, ARM64_TREE, "7fc01000-7fc02000, 7ffff000-80000000");
		snprintf(json, sizeof(json), "{\"arch\": \"arm64\", \"page_size\": %s}", sizes[i]);
		fixture_text(&f.files, "machine.json", json);
		put_le64(f.kernel.bytes + 24, (uint64_t)(i + 2) << 1 | 1 << 3);
		initrd_give(&f, 5000);
		arm64_places(&f);
		assert_int_equal(f.plan.target.page_size, numbers[i]);
		for (size_t j = 0; j < f.plan.segment_count; j++) {
			assert_int_equal(f.plan.segments[j].start % numbers[i], 0);
			assert_int_equal(f.plan.segments[j].size % numbers[i], 0);
		}
		finish(&f);
	}
}

/* From 4 KiB to 64 KiB pages: the frame is told as a whole page of the next kernel, and remembered as
 * it is. */
static void test_next_page_size(void **state)
{
	struct arm64_fixture f;
	const fdt64_t *record;
	int length;

	(void)state;
	arm64_fixture_start(&f, ARM64_TREE, "50001000-50002000");
	put_le64(f.kernel.bytes + 24, 3 << 1 | 1 << 3);
	arm64_places(&f);
	assert_true(fdt_path_offset(f.plan.next_dtb, "/reserved-memory/hwpoison@50000000") > 0);
	record = arm64_chosen(&f, "hwpoison,frames", &length);
	assert_int_equal(length, 24);
	assert_int_equal(fdt64_ld(record), 0x50001000);
	assert_int_equal(fdt64_ld(record + 1), 0x1000);
	finish(&f);
}

/* Before Linux 4.6: as low as may be, the tree within 512 MiB, and nothing below. */
static void test_old(void **state)
{
	struct arm64_fixture f;

	(void)state;
	arm64_fixture_start(&f, ARM64_TREE, "40080000-40081000");
	put_le64(f.kernel.bytes + 8, 0x80000);
	put_le64(f.kernel.bytes + 24, 1 << 1);
	initrd_give(&f, 5000);
	arm64_places(&f);
	assert_int_equal(arm64_start(&f, "kernel"), 0x40280000);
	assert_true(arm64_start(&f, "initrd") >= 0x40200000);
	assert_true(arm64_start(&f, "dtb") >= 0x40200000);
	assert_true(arm64_start(&f, "dtb") < 0x40200000 + MIB(512));
	assert_true(
		arm64_warned(&f,
			     "cannot use RAM below the place where it is loaded, 0x40200000: "));
	/* No image_size before 3.17: text_offset is 0x80000, and 16 MiB are left for its bss. */
	put_le64(f.kernel.bytes + 8, 0);
	put_le64(f.kernel.bytes + 16, 0);
	put_le64(f.kernel.bytes + 24, 0);
	arm64_places(&f);
	assert_int_equal(arm64_start(&f, "kernel"), 0x40280000);
	assert_int_equal(arm64_segment(&f, "kernel")->size, MIB(17));
	/* What is in front of it, to the multiple of 2 MiB, is its own as well. */
	assert_int_equal(f.plan.area_count, 1);
	assert_int_equal(f.plan.areas[0].start, 0x40200000);
	assert_int_equal(f.plan.areas[0].end, 0x40280000);
	assert_int_equal(hwpoison_frames_add(&f.frames, 0x40200000, 0x40201000, 1, 4096), 0);
	arm64_places(&f);
	assert_int_equal(arm64_start(&f, "kernel"), 0x40480000);
	assert_int_equal(hwpoison_frames_remove(&f.frames, 0x40200000, 0x40201000), 0);
	/* The tree cannot be within 512 MiB. */
	assert_int_equal(hwpoison_frames_add(&f.frames, 0x41380000, 0x60200000, 1, 4096), 0);
	f.files.options.max_waste = GIB(2);
	arm64_refuses(&f, "no room for the device tree");
	finish(&f);
}

static void test_big_endian(void **state)
{
	struct arm64_fixture f;

	(void)state;
	arm64_fixture_start(&f, ARM64_TREE, "");
	put_le64(f.kernel.bytes + 24, 1 << 1 | 1 << 3 | 1);
	arm64_refuses(&f, "it is a big-endian kernel");
	finish(&f);
}

/* RAM of a machine whose low part is full, so that only a few places are left. */
static void ram_set(struct arm64_fixture *f, const char *iomem)
{
	fixture_text(&f->files, "proc/iomem", iomem);
}

/* Kernel and initrd lie within 32 GiB from a multiple of 1 GiB. */
static void test_window(void **state)
{
	struct arm64_fixture f;

	(void)state;
	arm64_fixture_start(&f, ARM64_EFI_TREE, "");
	/* 2 MiB for the kernel alone, and little more RAM where the window ends. */
	initrd_give(&f, 0x10000);
	ram_set(&f, "40000000-401fffff : System RAM\n"
		    "83fff0000-83fffffff : System RAM\n"
		    "840000000-8bfffffff : System RAM\n");
	arm64_places(&f);
	/* Beyond the first 4 GiB everything is as low as may be. */
	assert_int_equal(arm64_start(&f, "kernel"), 0x40000000);
	assert_int_equal(arm64_start(&f, "dtb"), 0x840000000);
	assert_int_equal(arm64_start(&f, "initrd"), 0x83fff0000);
	/* One page less, and it does not fit any more. */
	ram_set(&f, "40000000-401fffff : System RAM\n"
		    "83fff1000-83fffffff : System RAM\n"
		    "840000000-8bfffffff : System RAM\n");
	arm64_refuses(&f, "no room for the initrd");
	finish(&f);
}

/* The initrd may lie below the kernel of today, not of an old one. */
static void test_window_below(void **state)
{
	struct arm64_fixture f;

	(void)state;
	arm64_fixture_start(&f, ARM64_EFI_TREE, "");
	initrd_give(&f, 0x10000);
	ram_set(&f, "40000000-400fffff : System RAM\n"
		    "80000000-80200fff : System RAM\n");
	arm64_places(&f);
	assert_int_equal(arm64_start(&f, "kernel"), 0x80000000);
	assert_int_equal(arm64_start(&f, "initrd"), 0x400f0000);
	put_le64(f.kernel.bytes + 24, 1 << 1);
	arm64_refuses(&f, "no room for the initrd");
	finish(&f);
}

/* What the running kernel, firmware or the crash kernel hold. */
static void test_held(void **state)
{
	struct arm64_fixture f;

	(void)state;
	arm64_fixture_start(&f, ARM64_EFI_TREE, "");
	ram_set(&f, "40000000-7fffffff : System RAM\n"
		    "  7f600000-7fbfffff : Kernel code\n"
		    "  7f800000-7f800fff : reserved\n"
		    "  7fa00000-7fdfffff : Crash kernel\n"
		    "  7ff00000-7ff00fff : reserved\n");
	arm64_places(&f);
	/* Over the running kernel's own code it may go, over what is held not. */
	assert_int_equal(arm64_start(&f, "kernel"), 0x7f600000);
	assert_int_equal(arm64_start(&f, "dtb"), 0x7f400000);
	finish(&f);
}

static void test_user_limits(void **state)
{
	struct arm64_fixture f;

	(void)state;
	arm64_fixture_start(&f, ARM64_TREE, "");
	f.files.options.mem_min = 0x50000001;
	f.files.options.mem_max = 0x50ffffff;
	arm64_places(&f);
	assert_int_equal(arm64_start(&f, "kernel"), 0x50e00000);
	f.files.options.mem_max = 0x503ffffe;
	arm64_refuses(&f, "--mem-min and --mem-max leave too little");
	finish(&f);
}

/* 2 MiB without any frame for the tree where there are; else just no frame under it. */
static void test_tree_block(void **state)
{
	struct arm64_fixture f;

	(void)state;
	arm64_fixture_start(&f, ARM64_EFI_TREE, "7fc40000-7fc41000, 40300000-40301000");
	arm64_places(&f);
	assert_int_equal(arm64_start(&f, "kernel"), 0x7fe00000);
	assert_int_equal(arm64_start(&f, "dtb"), 0x7fa00000);
	ram_set(&f, "40000000-403fffff : System RAM\n");
	arm64_places(&f);
	assert_int_equal(arm64_start(&f, "kernel"), 0x40000000);
	assert_int_equal(arm64_start(&f, "dtb") >> 21, 0x40200000 >> 21);
	finish(&f);
}

/* Where there are no 2 MiB for it, the tree still does not reach over a multiple of them. */
static void test_tree_edge(void **state)
{
	void *tree = calloc(1, 16384), *filler = calloc(1, 6000);
	struct arm64_fixture f;

	(void)state;
	assert_int_equal(fdt_create_empty_tree(tree, 16384), 0);
	assert_int_equal(fdt_setprop(tree, 0, "filler", filler, 6000), 0);
	arm64_fixture_start(&f, ARM64_EFI_TREE, "");
	f.files.options.dtb = arm64_fixture_file(&f, "own.dtb", tree, 16384);
	ram_set(&f, "40000000-402fffff : System RAM\n"
		    "505fd000-50600fff : System RAM\n");
	arm64_places(&f);
	assert_int_equal(arm64_start(&f, "dtb"), 0x505fe000);
	free(filler);
	free(tree);
	finish(&f);
}

/* Of a tree whose memory nodes have less than the running kernel uses. */
static void test_less_memory(void **state)
{
	void *tree = arm64_tree_make(ARM64_TREE);
	int node = fdt_path_offset(tree, "/memory@40000000");
	const fdt64_t reg[] = {cpu_to_fdt64(0x50000000), cpu_to_fdt64(MIB(16))};
	struct arm64_fixture f;

	(void)state;
	arm64_fixture_start(&f, ARM64_TREE, "");
	assert_int_equal(fdt_setprop_inplace(tree, node, "reg", reg, sizeof(reg)), 0);
	f.files.options.dtb = arm64_fixture_file(&f, "small.dtb", tree, fdt_totalsize(tree));
	arm64_places(&f);
	assert_int_equal(arm64_start(&f, "kernel"), 0x50e00000);
	initrd_give(&f, MIB(14));
	arm64_refuses(&f, "the memory nodes of the device tree have too little");
	free(tree);
	finish(&f);
}

static void test_purgatory(void **state)
{
	const struct purgatory_blob *blob = purgatory_find("arm64");
	struct purgatory_parameters parameters;
	struct purgatory_poison table[2];
	const struct segment *purgatory;
	struct arm64_fixture f;

	(void)state;
	arm64_fixture_start(
		&f, ARM64_TREE,
		"50000000-50003000, 7d000000-7d001000, 7e000000-7e001000, 9000000-9001000, "
		"50004000-50005000");
	fixture_text(&f.files, "sys/class/tty/ttyAMA0/type", "32\n");
	fixture_text(&f.files, "sys/class/tty/ttyAMA0/io_type", "2\n");
	fixture_text(&f.files, "sys/class/tty/ttyAMA0/iomem_reg_shift", "0\n");
	fixture_text(&f.files, "sys/class/tty/ttyAMA0/iomem_base", "0x9000000\n");
	fixture_text(&f.files, "sys/class/tty/console/active", "tty0 ttyAMA0\n");
	arm64_places(&f);
	purgatory = arm64_segment(&f, "purgatory");
	memcpy(&parameters, (const uint8_t *)purgatory->bytes + blob->parameters_offset,
	       sizeof(parameters));
	assert_int_equal(f.plan.entry, purgatory->start + blob->entry_offset);
	assert_int_equal(parameters.kernel_entry, arm64_start(&f, "kernel"));
	assert_int_equal(parameters.handover, arm64_start(&f, "dtb"));
	assert_int_equal(parameters.segment_count, 2);
	assert_int_equal(parameters.psci, PURGATORY_PSCI_HVC);
	/* Not what others keep out, and not what is no RAM. */
	assert_int_equal(parameters.poison_count, 2);
	memcpy(table, (const uint8_t *)purgatory->bytes + blob->memory_size, sizeof(table));
	assert_int_equal(table[0].start, 0x50000000);
	assert_int_equal(table[0].end, 0x50003000);
	assert_int_equal(table[1].start, 0x50004000);
	/* The console is for failures alone, unless it is asked for. */
	assert_int_equal(parameters.uart_kind, PURGATORY_UART_PL011);
	assert_int_equal(parameters.uart_address, 0x9000000);
	assert_int_equal(parameters.flags, 0);
	f.files.options.serial = "ttyAMA0";
	f.files.options.no_checks = true;
	arm64_places(&f);
	purgatory = arm64_segment(&f, "purgatory");
	memcpy(&parameters, (const uint8_t *)purgatory->bytes + blob->parameters_offset,
	       sizeof(parameters));
	assert_int_equal(parameters.flags, PURGATORY_CONSOLE_UART | PURGATORY_SKIP_DIGESTS);
	f.files.options.serial = "ttyS7";
	arm64_refuses(&f, "--serial=ttyS7: ");
	f.files.options.serial = "ttyAMA0/../ttyAMA0";
	arm64_refuses(&f, "is no PL011 or 8250");
	finish(&f);
}

/* A file of sysfs is as large as a page of the running kernel, whatever is in it. */
static void test_uart_large_pages(void **state)
{
	const struct purgatory_blob *blob = purgatory_find("arm64");
	static const char *const texts[][2] = {
		{"type", "32\n"},
		{"io_type", "2\n"},
		{"iomem_reg_shift", "0\n"},
		{"iomem_base", "0x9000000\n"},
	};
	static char page[65536];
	struct purgatory_parameters parameters;
	struct arm64_fixture f;

	(void)state;
	arm64_fixture_start(&f, ARM64_TREE, "");
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		char path[64];

		snprintf(path, sizeof(path), "sys/class/tty/ttyAMA0/%s", texts[i][0]);
		memset(page, 0, sizeof(page));
		memcpy(page, texts[i][1], strlen(texts[i][1]));
		fixture_bytes(&f.files, path, page, sizeof(page));
	}
	f.files.options.serial = "ttyAMA0";
	arm64_places(&f);
	memcpy(&parameters,
	       (const uint8_t *)arm64_segment(&f, "purgatory")->bytes + blob->parameters_offset,
	       sizeof(parameters));
	assert_int_equal(parameters.uart_kind, PURGATORY_UART_PL011);
	finish(&f);
}

/* A 8250 as firmware of servers has them: registers of 32 bits, 4 bytes apart. */
static void test_uart_8250(void **state)
{
	const struct purgatory_blob *blob = purgatory_find("arm64");
	struct purgatory_parameters parameters;
	struct arm64_fixture f;

	(void)state;
	arm64_fixture_start(&f, ARM64_TREE, "");
	fixture_text(&f.files, "sys/class/tty/ttyS0/type", "4\n");
	fixture_text(&f.files, "sys/class/tty/ttyS0/io_type", "3\n");
	fixture_text(&f.files, "sys/class/tty/ttyS0/iomem_reg_shift", "2\n");
	fixture_text(&f.files, "sys/class/tty/ttyS0/iomem_base", "0xFEB50000\n");
	f.files.options.serial = "/dev/ttyS0";
	arm64_places(&f);
	memcpy(&parameters,
	       (const uint8_t *)arm64_segment(&f, "purgatory")->bytes + blob->parameters_offset,
	       sizeof(parameters));
	assert_int_equal(parameters.uart_kind, PURGATORY_UART_8250_32);
	assert_int_equal(parameters.uart_shift, 2);
	assert_int_equal(parameters.uart_address, 0xfeb50000);
	/* By I/O ports, which this architecture has not. */
	fixture_text(&f.files, "sys/class/tty/ttyS0/io_type", "0\n");
	arm64_refuses(&f, "is no PL011 or 8250");
	finish(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_flee),
		cmocka_unit_test(test_text_offset),
		cmocka_unit_test(test_page_sizes),
		cmocka_unit_test(test_next_page_size),
		cmocka_unit_test(test_old),
		cmocka_unit_test(test_big_endian),
		cmocka_unit_test(test_window),
		cmocka_unit_test(test_window_below),
		cmocka_unit_test(test_held),
		cmocka_unit_test(test_user_limits),
		cmocka_unit_test(test_tree_block),
		cmocka_unit_test(test_less_memory),
		cmocka_unit_test(test_tree_edge),
		cmocka_unit_test(test_purgatory),
		cmocka_unit_test(test_uart_8250),
		cmocka_unit_test(test_uart_large_pages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
