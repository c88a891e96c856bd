/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Makes an arm64 machine's files and plans for it. */
#include "tests/unit/arm64_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/capture.h"
#include "tests/unit/efi_map.h"
#include "tests/unit/tree.h"
#include "tests/unit/words.h"

static const struct efi_row efi_rows[] = {
	{7, 0x40000000, 0x7b000000, EFI_WB, 0},
	{9, 0x7b000000, 0x7b100000, EFI_WB, 0},
	{4, 0x7b100000, 0x80000000, EFI_WB, 0},
	{6, 0x80000000, 0x80010000, EFI_WB | EFI_RUNTIME, 0x20000000},
};
#define EFI_ROWS (sizeof(efi_rows) / sizeof(*efi_rows))

static bool is_acpi(enum arm64_kind kind)
{
	return kind == ARM64_ACPI || kind == ARM64_ACPI_MAP;
}

static void memory_put(void *tree)
{
	OK(fdt_begin_node(tree, "memory@40000000"));
	OK(fdt_property_string(tree, "device_type", "memory"));
	put_numbers(tree, "reg", (uint64_t[]){0x40000000, 0x40000000}, 2);
	OK(fdt_end_node(tree));
	reserved_begin(tree, 2, 2);
	put_node(tree, "firmware@7e000000", 0x7e000000, 0x100000, "no-map", NULL);
	put_node(tree, "buffer@7b000000", 0x7b000000, 0x100000, NULL);
	OK(fdt_end_node(tree));
	OK(fdt_begin_node(tree, "psci"));
	OK(fdt_property(tree, "compatible", "arm,psci-1.0\0arm,psci", 20));
	OK(fdt_property_string(tree, "method", "hvc"));
	OK(fdt_end_node(tree));
	OK(fdt_begin_node(tree, "cpus"));
	OK(fdt_property_string(tree, "enable-method", "psci"));
	OK(fdt_end_node(tree));
}

void *arm64_tree_make(enum arm64_kind kind)
{
	const uint64_t entries[] = {0x7d000000, 0x1000, 0x7c000000, 0x5123, 0, 0};
	void *tree = tree_begin(2, 2, is_acpi(kind) ? NULL : entries);

	if (!is_acpi(kind))
		memory_put(tree);
	OK(fdt_begin_node(tree, "chosen"));
	OK(fdt_property_string(tree, "bootargs", "old line"));
	/* U-Boot reserved it: the second entry. */
	OK(fdt_property_u32(tree, "linux,initrd-start", 0x7c000000));
	OK(fdt_property_u64(tree, "linux,initrd-end", 0x7c005123));
	OK(fdt_property_u64(tree, "kaslr-seed", 0));
	OK(fdt_property_string(tree, "vendor,thing", "as it is"));
	put_numbers(tree, "linux,elfcorehdr", (uint64_t[]){0x70000000, 0x1000}, 2);
	put_numbers(tree, "linux,usable-memory-range", (uint64_t[]){0x70000000, 0x8000000}, 2);
	put_numbers(tree, "linux,kho-fdt", (uint64_t[]){0x71000000, 0x1000}, 2);
	put_numbers(tree, "linux,kho-scratch", (uint64_t[]){0x72000000, 0x1000}, 2);
	if (kind != ARM64_TREE) {
		OK(fdt_property_u64(tree, "linux,uefi-system-table", 0x7fff0018));
		OK(fdt_property_u64(tree, "linux,uefi-mmap-start", 0x7ffe0000));
		OK(fdt_property_u32(tree, "linux,uefi-mmap-size",
				    kind == ARM64_ACPI_MAP ? EFI_ROWS * EFI_STEP : 0x900));
		OK(fdt_property_u32(tree, "linux,uefi-secure-boot", 2));
		if (kind == ARM64_ACPI_MAP)
			OK(fdt_property_u32(tree, "linux,uefi-mmap-desc-size", EFI_STEP));
	}
	OK(fdt_end_node(tree));
	return tree_end(tree);
}

static void efi_map_put(struct machine_fixture *files)
{
	void *map = efi_map_of_rows(efi_rows, EFI_ROWS);

	fixture_bytes(files, EFI_MAP_FILE, map, EFI_ROWS * EFI_STEP);
	free(map);
}

void arm64_fixture_start(struct arm64_fixture *fixture, enum arm64_kind kind, const char *frames)
{
	void *tree = arm64_tree_make(kind);

	memset(fixture, 0, sizeof(*fixture));
	fixture_arm64(&fixture->files);
	fixture_bytes(&fixture->files, "sys/firmware/fdt", tree, fdt_totalsize(tree));
	if (!is_acpi(kind))
		fixture_text(&fixture->files, "proc/iomem",
			     "40000000-7dffffff : System RAM\n"
			     "  48000000-480fffff : reserved\n"
			     "  7b000000-7b0fffff : reserved\n"
			     "  7c000000-7c005fff : reserved\n"
			     "  7d000000-7d000fff : reserved\n"
			     "7e000000-7e0fffff : reserved\n"
			     "7e100000-7fffffff : System RAM\n");
	free(tree);
	if (kind == ARM64_ACPI_MAP)
		efi_map_put(&fixture->files);
	fixture->files.options.preserve = true;
	fixture->files.options.append = "quiet";
	fixture->files.options.action = ACTION_LOAD;
	fixture->kernel = blob_arm64(1 << 20);
	frames_of_words(frames, &fixture->frames);
}

static void plan_drop(struct arm64_fixture *fixture)
{
	plan_free(&fixture->plan);
	image_free(&fixture->image);
	memset(&fixture->image, 0, sizeof(fixture->image));
	machine_free(&fixture->files.machine);
}

void arm64_fixture_free(struct arm64_fixture *fixture)
{
	plan_free(&fixture->plan);
	image_free(&fixture->image);
	free(fixture->kernel.bytes);
	hwpoison_frames_free(&fixture->frames);
	fixture_free(&fixture->files);
}

const char *arm64_fixture_file(struct arm64_fixture *fixture, const char *name, const void *bytes,
			       size_t size)
{
	static char paths[2][256];
	static unsigned int used;
	char *path = paths[used++ % 2];

	fixture_bytes(&fixture->files, name, bytes, size);
	snprintf(path, sizeof(paths[0]), "%s/%s", fixture->files.root, name);
	return path;
}

int arm64_fixture_plan(struct arm64_fixture *fixture)
{
	struct hwpoison_frames frames = {0};
	int error = fixture_read(&fixture->files);

	if (error)
		return error;
	error = image_parse(&arch_arm64, "Image", fixture->kernel.bytes, fixture->kernel.size, NULL,
			    0, &fixture->image);
	if (error)
		return error;
	assert_int_equal(hwpoison_frames_unite(&frames, &fixture->frames), 0);
	error = plan_make(&fixture->files.machine, &fixture->files.options, &fixture->image,
			  &frames, &fixture->plan);
	hwpoison_frames_free(&frames);
	return error ? error : arch_arm64.place(&fixture->plan);
}

int arm64_fixture_again(struct arm64_fixture *fixture)
{
	plan_drop(fixture);
	return arm64_fixture_plan(fixture);
}

void arm64_places(struct arm64_fixture *fixture)
{
	assert_int_equal(arm64_fixture_again(fixture), 0);
	assert_int_equal(plan_check(&fixture->plan), 0);
}

void arm64_refuses(struct arm64_fixture *fixture, const char *words)
{
	const char *said;
	int error;

	capture_start();
	error = arm64_fixture_again(fixture);
	said = capture_stop();
	assert_int_not_equal(error, 0);
	if (!strstr(said, words))
		fail_msg("said: %s", said);
}

bool arm64_warned(const struct arm64_fixture *fixture, const char *words)
{
	for (size_t i = 0; i < fixture->plan.warnings.count; i++) {
		if (strstr(fixture->plan.warnings.lines[i], words))
			return true;
	}
	return fixture_warned(&fixture->files, words);
}

struct segment *arm64_segment(struct arm64_fixture *fixture, const char *name)
{
	for (size_t i = 0; i < fixture->plan.segment_count; i++) {
		if (strcmp(fixture->plan.segments[i].name, name) == 0)
			return &fixture->plan.segments[i];
	}
	return NULL;
}

uint64_t arm64_start(struct arm64_fixture *fixture, const char *name)
{
	const struct segment *segment = arm64_segment(fixture, name);

	assert_non_null(segment);
	return segment->start;
}

const void *arm64_chosen(struct arm64_fixture *fixture, const char *name, int *length)
{
	const void *tree = fixture->plan.next_dtb;

	return fdt_getprop(tree, fdt_path_offset(tree, "/chosen"), name, length);
}
