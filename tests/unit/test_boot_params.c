/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an x86_64 kernel is handed, read back from the bytes of the segments with offsets from
 * Documentation/arch/x86/zero-page.rst written out here once more.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kexec/bytes.h"
#include "kexec/failure.h"
#include "tests/unit/capture.h"
#include "tests/unit/image_fixture.h"
#include "tests/unit/plan_fixture.h"
#include "tests/unit/words.h"

#define MAP "0-9fc00 ram, 9fc00-a0000 reserved, 100000-80000000 ram, 100000000-110000000 ram"

static const struct segment *find(const struct plan *plan, const char *name)
{
	for (size_t i = 0; i < plan->segment_count; i++) {
		if (strcmp(plan->segments[i].name, name) == 0)
			return &plan->segments[i];
	}
	return NULL;
}

static const uint8_t *page_of(const struct plan_fixture *fixture)
{
	assert_non_null(find(&fixture->plan, "boot_params"));
	return find(&fixture->plan, "boot_params")->bytes;
}

static void place(struct plan_fixture *fixture)
{
	assert_int_equal(arch_x86_64.place(&fixture->plan), 0);
	assert_int_equal(plan_check(&fixture->plan), 0);
}

/* The setup_data node of a type, or NULL. */
static const uint8_t *node_find(const struct plan_fixture *fixture, uint32_t type)
{
	const struct segment *segment = find(&fixture->plan, "setup_data");
	uint64_t at = get_le64(page_of(fixture) + 0x250);

	while (at) {
		const uint8_t *node = (const uint8_t *)segment->bytes + (at - segment->start);

		assert_in_range(at, segment->start, segment->start + segment->bytes_size - 16);
		if (get_le32(node + 8) == type)
			return node;
		at = get_le64(node);
	}
	return NULL;
}

static bool warned(const struct plan *plan, const char *words)
{
	for (size_t i = 0; i < plan->warnings.count; i++) {
		if (strstr(plan->warnings.lines[i], words))
			return true;
	}
	return false;
}

static void test_header(void **state)
{
	struct blob initrd = blob_noise(123456, 1);
	struct plan_fixture fixture;
	const struct segment *segment;
	const uint8_t *page;

	(void)state;
	plan_fixture_start(&fixture, MAP, "");
	plan_fixture_command_line(&fixture, "root=/dev/vda quiet");
	fixture.image.initrd = initrd.bytes;
	fixture.image.initrd_size = initrd.size;
	place(&fixture);
	page = page_of(&fixture);
	segment = find(&fixture.plan, "boot_params");
	assert_memory_equal(page + 0x202, "HdrS", 4);
	assert_int_equal(page[0x1ef], 0);
	assert_int_equal(page[0x210], 0xd0);
	assert_int_equal(page[0x211], 1);
	assert_int_equal(get_le64(page + 0x258), 0x1000000);
	assert_int_equal(get_le32(page + 0x260), 5 << 20);
	assert_int_equal(page[0x26c], 0);
	assert_int_equal(get_le32(page + 0x228) | (uint64_t)get_le32(page + 0xc8) << 32,
			 segment->start + 4096);
	assert_string_equal((const char *)page + 4096, "root=/dev/vda quiet");
	segment = find(&fixture.plan, "initrd");
	assert_int_equal(get_le32(page + 0x218) | (uint64_t)get_le32(page + 0xc0) << 32,
			 segment->start);
	assert_int_equal(get_le32(page + 0x21c) | (uint64_t)get_le32(page + 0xc4) << 32, 123456);
	assert_ptr_equal(segment->bytes, initrd.bytes);
	/* RAM from 1 MiB: 2047 MiB, more than ext_mem_k holds. */
	assert_int_equal(get_le32(page + 0x1e0), 2047 * 1024);
	assert_int_equal(get_le16(page + 0x02), 0xfc00);
	/* Without a running kernel's boot_params: text mode, no EFI, no RSDP. */
	assert_int_equal(page[0x0f], 1);
	assert_int_equal(page[0x07], 80);
	assert_int_equal(get_le64(page + 0x70), 0);
	assert_int_equal(get_le32(page + 0x1c0), 0);
	assert_null(find(&fixture.plan, "efi_map"));
	plan_fixture_free(&fixture);
}

/* The zero page holds 128 entries; 1500 frames make 3000 more, in nodes of SETUP_E820_EXT. */
static void test_map(void **state)
{
	/* Numbers of entries; an odd one needs a frame at the edge of a range. */
	static const size_t counts[] = {4, 127, 128, 129, 130, 3004};

	(void)state;
	for (size_t c = 0; c < sizeof(counts) / sizeof(*counts); c++) {
		struct plan_fixture fixture;
		const uint8_t *page, *node;
		const struct hwpoison_map *map;
		char *frames = calloc(1, 40 * 1500 + 1);
		size_t used = 0, low;

		for (size_t i = 0; i < (counts[c] - 4) / 2; i++)
			used += (size_t)sprintf(frames + used, "%zx-%zx ", 0x1000000 + i * 0x3000,
						0x1001000 + i * 0x3000);
		if (counts[c] % 2)
			strcat(frames, "100000-101000");
		plan_fixture_start(&fixture, MAP, frames);
		free(frames);
		place(&fixture);
		page = page_of(&fixture);
		map = &fixture.plan.outcome.map;
		assert_int_equal(map->count, counts[c]);
		low = map->count < 128 ? map->count : 128;
		assert_int_equal(page[0x1e8], low);
		node = node_find(&fixture, 1);
		if (map->count > 128)
			assert_int_equal(get_le32(node + 12), (map->count - 128) * 20);
		else
			assert_null(node);
		for (size_t i = 0; i < map->count; i++) {
			const uint8_t *entry = i < 128 ? page + 0x2d0 + i * 20 :
							 node + 16 + (i - 128) * 20;

			assert_int_equal(get_le64(entry), map->entries[i].start);
			assert_int_equal(get_le64(entry + 8),
					 map->entries[i].end - map->entries[i].start);
			assert_int_equal(get_le32(entry + 16), map->entries[i].type);
		}
		plan_fixture_free(&fixture);
	}
}

static void test_efi(void **state)
{
	struct plan_fixture fixture;
	const struct segment *map;
	const uint8_t *page, *node, *bytes;

	(void)state;
	plan_fixture_start(&fixture, MAP, "");
	plan_fixture_efi(&fixture);
	place(&fixture);
	page = page_of(&fixture);
	map = find(&fixture.plan, "efi_map");
	assert_memory_equal(page + 0x1c0, "EL64", 4);
	assert_int_equal(get_le32(page + 0x1c4), 0x7f5ec018);
	assert_int_equal(get_le32(page + 0x1c8), 40);
	assert_int_equal(get_le32(page + 0x1cc), 1);
	assert_int_equal(get_le32(page + 0x1d0) | (uint64_t)get_le32(page + 0x1dc) << 32,
			 map->start);
	assert_int_equal(get_le32(page + 0x1d4), 80);
	assert_int_equal(map->bytes_size, 80);
	bytes = map->bytes;
	assert_int_equal(get_le32(bytes), 5);
	assert_int_equal(get_le64(bytes + 8), 0x7f8ed000);
	assert_int_equal(get_le64(bytes + 16), 0xfffffffeffe6d000);
	assert_int_equal(get_le64(bytes + 24), 0x100);
	assert_int_equal(get_le64(bytes + 32), 0x800000000000000f);
	assert_int_equal(get_le64(bytes + 48), 0x7f9ed000);
	node = node_find(&fixture, 4);
	assert_non_null(node);
	assert_int_equal(get_le32(node + 12), 96);
	assert_int_equal(get_le64(node + 16), 0x7f5ec098);
	assert_int_equal(get_le64(node + 24), 0x7f9edb98);
	assert_int_equal(get_le64(node + 32), 0x7f5ebf98);
	assert_int_equal(get_le64(node + 40), 0x7f942000);
	assert_int_equal(get_le64(page + 0x70), 0x7fb7e014);
	assert_int_equal(page[0x1ec], 3);
	assert_int_equal(get_le32(page + 0x23c), 4);
	assert_int_equal(page[0x0f], 0x70);
	assert_int_equal(fixture.plan.warnings.count, 0);
	plan_fixture_free(&fixture);
}

/* Each thing that EFI needs is taken away in turn: none of it is handed over then, all else is. */
static void test_efi_in_part(void **state)
{
	static const char *const files[] = {
		"sys/firmware/efi/fw_vendor",
		"sys/firmware/efi/runtime",
		"sys/firmware/efi/config_table",
		"sys/firmware/efi/runtime-map/0/type",
		"sys/firmware/efi/runtime-map/1/attribute",
		"sys/kernel/boot_params/data",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		struct plan_fixture fixture;
		char path[160];

		plan_fixture_start(&fixture, MAP, "");
		plan_fixture_efi(&fixture);
		snprintf(path, sizeof(path), "%s/%s", fixture.root, files[i]);
		assert_int_equal(remove(path), 0);
		place(&fixture);
		assert_int_equal(get_le32(page_of(&fixture) + 0x1c0), 0);
		assert_null(find(&fixture.plan, "efi_map"));
		assert_null(node_find(&fixture, 4));
		assert_int_equal(get_le64(page_of(&fixture) + 0x70), 0x7fb7e014);
		assert_true(warned(&fixture.plan, "EFI runtime services are not handed over"));
		plan_fixture_free(&fixture);
	}
}

static void test_efi_unwanted(void **state)
{
	struct plan_fixture fixture;

	(void)state;
	plan_fixture_start(&fixture, MAP, "");
	plan_fixture_efi(&fixture);
	fixture.options.no_efi = true;
	place(&fixture);
	assert_int_equal(get_le32(page_of(&fixture) + 0x1c0), 0);
	assert_null(node_find(&fixture, 4));
	plan_fixture_free(&fixture);
	plan_fixture_start(&fixture, MAP, "");
	plan_fixture_efi(&fixture);
	fixture.image.x86.xloadflags &= (uint16_t)~0x10;
	fixture.image.kernel[0x236] &= (uint8_t)~0x10;
	place(&fixture);
	assert_int_equal(get_le32(page_of(&fixture) + 0x1c0), 0);
	assert_true(warned(&fixture.plan, "cannot take over EFI"));
	plan_fixture_free(&fixture);
}

static void test_screen(void **state)
{
	static const struct {
		const char *drivers;
		bool reuse;
		uint8_t is_vga;
	} cases[] = {
		{NULL, false, 0x70},
		{"", false, 0x70},
		{"0 EFI VGA\n", false, 0x70},
		{"0 VESA VGA\n", false, 0x70},
		{"0 simpledrmdrmfb\n", false, 0x70},
		{"0 i915drmfb\n", false, 0},
		{"0 i915drmfb\n", true, 0x70},
		{"0 bochs-drmdrmfb\n", false, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct plan_fixture fixture;

		plan_fixture_start(&fixture, MAP, "");
		plan_fixture_efi(&fixture);
		if (cases[i].drivers)
			plan_fixture_text(&fixture, "proc/fb", cases[i].drivers);
		fixture.options.reuse_video_type = cases[i].reuse;
		place(&fixture);
		assert_int_equal(page_of(&fixture)[0x0f], cases[i].is_vga);
		plan_fixture_free(&fixture);
	}
}

static void test_running(void **state)
{
	struct plan_fixture fixture;
	uint8_t running[4096] = {0};
	const uint8_t *page;

	(void)state;
	put_le64(running + 0x70, 0x123456789a);
	running[0x1e9] = 2;
	running[0x1ea] = 3;
	memset(running + 0xd00, 0x5a, 3 * 82);
	memset(running + 0x290, 0xa5, 16);
	plan_fixture_start(&fixture, MAP, "");
	plan_fixture_file(&fixture, "sys/kernel/boot_params/data", running, sizeof(running));
	place(&fixture);
	page = page_of(&fixture);
	assert_int_equal(get_le64(page + 0x70), 0x123456789a);
	assert_int_equal(page[0x1e9], 2);
	assert_int_equal(page[0x1ea], 3);
	assert_memory_equal(page + 0xd00, running + 0xd00, 2 * 82);
	assert_int_equal(page[0xd00 + 2 * 82], 0);
	assert_memory_equal(page + 0x290, running + 0x290, 12);
	assert_int_equal(get_le32(page + 0x290 + 12), 0);
	plan_fixture_free(&fixture);
	/* More disks than there is room for: damaged, and left out. */
	running[0x1e9] = 7;
	plan_fixture_start(&fixture, MAP, "");
	plan_fixture_file(&fixture, "sys/kernel/boot_params/data", running, sizeof(running));
	place(&fixture);
	assert_int_equal(page_of(&fixture)[0x1e9], 0);
	plan_fixture_free(&fixture);
	plan_fixture_start(&fixture, MAP, "");
	plan_fixture_file(&fixture, "sys/kernel/boot_params/data", running, 4095);
	capture_start();
	assert_int_equal(arch_x86_64.place(&fixture.plan), EXIT_USAGE);
	assert_non_null(strstr(capture_stop(), "has 4095 bytes"));
	plan_fixture_free(&fixture);
}

static void test_five_levels(void **state)
{
	static const struct {
		const char *flags;
		int error;
	} cases[] = {
		{"processor: 0\nflags\t\t: fpu la57 sse\nbugs\t: \n", EXIT_FAILED},
		{"processor: 0\nflags\t\t: fpu sse la57\n", EXIT_FAILED},
		{"processor: 0\nflags\t\t: fpu la570\nbugs\t: la57\n", 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		for (int able = 0; able < 2; able++) {
			struct plan_fixture fixture;

			plan_fixture_start(&fixture, MAP, "");
			plan_fixture_text(&fixture, "proc/cpuinfo", cases[i].flags);
			if (!able)
				fixture.image.x86.xloadflags &= (uint16_t)~0x20;
			capture_start();
			assert_int_equal(arch_x86_64.place(&fixture.plan),
					 able ? 0 : cases[i].error);
			capture_stop();
			plan_fixture_free(&fixture);
		}
	}
}

/* A seed for each load; never the same. */
static void test_seed(void **state)
{
	struct plan_fixture one, two;

	(void)state;
	plan_fixture_start(&one, MAP, "");
	plan_fixture_start(&two, MAP, "");
	place(&one);
	place(&two);
	assert_int_equal(get_le32(node_find(&one, 9) + 12), 32);
	assert_memory_not_equal(node_find(&one, 9) + 16, node_find(&two, 9) + 16, 32);
	plan_fixture_free(&one);
	plan_fixture_free(&two);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_header),	     cmocka_unit_test(test_map),
		cmocka_unit_test(test_efi),	     cmocka_unit_test(test_efi_in_part),
		cmocka_unit_test(test_efi_unwanted), cmocka_unit_test(test_screen),
		cmocka_unit_test(test_running),	     cmocka_unit_test(test_five_levels),
		cmocka_unit_test(test_seed),

	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
