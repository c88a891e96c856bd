/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The way in which an arm64 machine with ACPI tells of bad frames, as plans of a snapshot: by the EFI
 * memory map where there is one, else by the reserve block, and why. Then reading memory from a core
 * file like /proc/kcore, which is made here with headers that lie.
 */
#include <elf.h>
#include <errno.h>

#include "kexec/check.h"
#include "kexec/kcore.h"
#include "tests/unit/arm64_fixture.h"
#include "tests/unit/capture.h"
#include "tests/unit/efi_map.h"
#include "tests/unit/tree.h"

#define FRAME "50000000-50001000"
#define MAP "7 40000000-50000000 8, 8 50000000-50001000 8, 7 50001000-7b000000 8, "
#define REST                                                                                       \
	"9 7b000000-7b100000 8, 4 7b100000-80000000 8, 6 80000000-80010000 8000000000000008 @20000000"

static void assert_map(struct arm64_fixture *f, const char *expected)
{
	const struct segment *segment = arm64_segment(f, "efi-map");
	int length;
	char *text;

	if (!expected) {
		assert_null(segment);
		return;
	}
	assert_non_null(segment);
	text = efi_map_text(segment->bytes, segment->bytes_size);
	assert_string_equal(text, expected);
	free(text);
	assert_int_equal(fdt64_ld(arm64_chosen(f, "linux,uefi-mmap-start", &length)),
			 segment->start);
	assert_int_equal(fdt32_ld(arm64_chosen(f, "linux,uefi-mmap-size", &length)),
			 segment->bytes_size);
	assert_int_equal(segment->start % f->plan.target.page_size, 0);
	assert_int_equal(segment->size % f->plan.target.page_size, 0);
}

static void the_map_is_the_default(void **state)
{
	struct arm64_fixture f;

	(void)state;
	arm64_fixture_start(&f, ARM64_ACPI_MAP, FRAME);
	arm64_places(&f);
	assert_int_equal(f.plan.fdt_way, HWPOISON_FDT_EFI);
	assert_non_null(strstr(f.plan.fdt_way_why, "copy of the EFI memory map"));
	assert_int_equal(fdt_num_mem_rsv(f.plan.next_dtb), 0);
	assert_map(&f, MAP REST);
	/* Without a bad frame it is as it was, and without being asked for, too. */
	hwpoison_frames_free(&f.frames);
	arm64_places(&f);
	assert_map(&f, NULL);
	f.files.options.preserve = false;
	arm64_places(&f);
	assert_map(&f, NULL);
	arm64_fixture_free(&f);
}

static void a_word_says_otherwise(void **state)
{
	struct arm64_fixture f;

	(void)state;
	arm64_fixture_start(&f, ARM64_ACPI_MAP, FRAME);
	f.files.options.fdt_way = FDT_WAY_RESERVE;
	arm64_places(&f);
	assert_int_equal(fdt_num_mem_rsv(f.plan.next_dtb), 1);
	assert_map(&f, NULL);
	f.files.options.fdt_way = FDT_WAY_NODES;
	arm64_refuses(&f, "acpi=on");
	arm64_fixture_free(&f);
	/* A machine that a tree describes takes nodes, and the map when asked. */
	arm64_fixture_start(&f, ARM64_EFI_TREE, FRAME);
	arm64_places(&f);
	assert_int_equal(f.plan.fdt_way, HWPOISON_FDT_NODES);
	f.files.options.fdt_way = FDT_WAY_EFI;
	arm64_refuses(&f, "it does not say where it is");
	arm64_fixture_free(&f);
	arm64_fixture_start(&f, ARM64_TREE, FRAME);
	f.files.options.fdt_way = FDT_WAY_EFI;
	arm64_refuses(&f, "hands no EFI over");
	arm64_fixture_free(&f);
}

/* What cannot be read is said, and the reserve block is taken; what was asked for is refused. */
static void without_a_map_the_reserve_block(void **state)
{
	static const char zeros[4 * EFI_STEP];
	static const struct {
		size_t size;
		const char *why;
	} cases[] = {{0, "it is not there"}, {sizeof(zeros), "no map"}, {100, "Invalid argument"}};
	struct arm64_fixture f;

	(void)state;
	arm64_fixture_start(&f, ARM64_ACPI_MAP, FRAME);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		fixture_remove(&f.files, EFI_MAP_FILE);
		if (cases[i].size)
			fixture_bytes(&f.files, EFI_MAP_FILE, zeros, cases[i].size);
		f.files.options.fdt_way = FDT_WAY_AUTO;
		arm64_places(&f);
		assert_int_equal(f.plan.fdt_way, HWPOISON_FDT_RESERVE);
		assert_non_null(strstr(f.plan.fdt_way_why, cases[i].why));
		assert_int_equal(fdt_num_mem_rsv(f.plan.next_dtb), 1);
		f.files.options.fdt_way = FDT_WAY_EFI;
		arm64_refuses(&f, cases[i].why);
		if (!cases[i].size)
			fixture_bytes(&f.files, EFI_MAP_FILE, zeros, 1);
	}
	arm64_fixture_free(&f);
}

/* As the next kernel would find it: the tree that it is handed, and the frames as reserved. */
static void hop(struct arm64_fixture *f)
{
	fixture_bytes(&f->files, "sys/firmware/fdt", f->plan.next_dtb, f->plan.next_dtb_size);
	fixture_text(&f->files, "proc/iomem",
		     "40000000-4fffffff : System RAM\n"
		     "  48000000-480fffff : reserved\n"
		     "50000000-50000fff : reserved\n"
		     "50001000-7fffffff : System RAM\n");
}

/* The map is not looked for any more: the tree has it. */
static void the_next_hop_carries_it(void **state)
{
	struct arm64_fixture f;
	void *stranger;

	(void)state;
	arm64_fixture_start(&f, ARM64_ACPI_MAP, FRAME);
	arm64_places(&f);
	hop(&f);
	fixture_remove(&f.files, EFI_MAP_FILE);
	arm64_places(&f);
	assert_string_equal(map_words(&f.files.machine.bare), "40000000-80000000 ram");
	assert_map(&f, MAP REST);
	/* Even without being asked, or when all are good again, or told otherwise, one is placed. */
	f.files.options.preserve = false;
	arm64_places(&f);
	assert_map(&f, MAP REST);
	f.files.options.preserve = true;
	f.files.options.fdt_way = FDT_WAY_RESERVE;
	arm64_places(&f);
	assert_map(&f, "7 40000000-7b000000 8, " REST);
	assert_int_equal(fdt_num_mem_rsv(f.plan.next_dtb), 1);
	/* A tree of somebody else's gets it with the rest of EFI. */
	f.files.options.fdt_way = FDT_WAY_AUTO;
	stranger = tree_end(tree_begin(2, 2, NULL));
	f.files.options.dtb = arm64_fixture_file(&f, "other.dtb", stranger,
						 fdt_totalsize(stranger));
	arm64_places(&f);
	assert_map(&f, MAP REST);
	free(stranger);
	f.files.options.dtb = NULL;
	hwpoison_frames_free(&f.frames);
	f.files.options.forget_all = true;
	arm64_places(&f);
	assert_map(&f, "7 40000000-7b000000 8, " REST);
	arm64_fixture_free(&f);
}

/* A copy lies in good memory; of the firmware's own that is in bad memory the user is told. */
static void a_bad_map_is_warned_of(void **state)
{
	static const char words[] = "the EFI memory map at 0x7ffe0000 lies in bad memory";
	struct arm64_fixture f;

	(void)state;
	arm64_fixture_start(&f, ARM64_ACPI_MAP, "7ffe0000-7ffe1000");
	arm64_places(&f);
	assert_false(arm64_warned(&f, words));
	fixture_remove(&f.files, EFI_MAP_FILE);
	arm64_places(&f);
	assert_true(arm64_warned(&f, words));
	arm64_fixture_free(&f);
}

/* Ranges, and the pages of the copy, which Linux reserves whole. */
static void pages_are_the_next_kernels(void **state)
{
	struct arm64_fixture f;

	(void)state;
	arm64_fixture_start(&f, ARM64_ACPI_MAP, FRAME);
	/* The header's page size: 64 KiB. */
	f.kernel.bytes[24] = (uint8_t)((f.kernel.bytes[24] & ~6u) | 3u << 1);
	arm64_places(&f);
	assert_int_equal(f.plan.target.page_size, 65536);
	assert_map(&f,
		   "7 40000000-50000000 8, 8 50000000-50010000 8, 7 50010000-7b000000 8, " REST);
	arm64_fixture_free(&f);
}

/* --- /proc/kcore ------------------------------------------------------------------------------ */

struct core {
	Elf64_Ehdr file;
	Elf64_Phdr headers[3];
	uint8_t memory[256];
};

static void core_make(struct core *core)
{
	*core = (struct core){
		.file = {.e_phoff = offsetof(struct core, headers),
			 .e_phentsize = sizeof(Elf64_Phdr),
			 .e_phnum = 3},
		.headers = {{.p_type = PT_NOTE, .p_paddr = 0x1000, .p_filesz = 256},
			    {.p_type = PT_LOAD, .p_paddr = UINT64_MAX, .p_filesz = 256},
			    {.p_type = PT_LOAD,
			     .p_paddr = 0x1000,
			     .p_filesz = 256,
			     .p_offset = offsetof(struct core, memory)}},
	};
	memcpy(core->file.e_ident, ELFMAG, SELFMAG);
	core->file.e_ident[EI_CLASS] = ELFCLASS64;
	for (size_t i = 0; i < sizeof(core->memory); i++)
		core->memory[i] = (uint8_t)i;
}

static int core_read(struct arm64_fixture *f, const struct core *core, size_t core_size,
		     uint64_t address, uint8_t *bytes, size_t size)
{
	fixture_bytes(&f->files, "proc/kcore", core, core_size);
	return kcore_read(&f->files.machine, address, bytes, size);
}

static void a_core_file_has_memory(void **state)
{
	struct arm64_fixture f;
	struct core core;
	uint8_t bytes[300];

	(void)state;
	arm64_fixture_start(&f, ARM64_ACPI, "");
	assert_int_equal(fixture_read(&f.files), 0);
	assert_int_equal(kcore_read(&f.files.machine, 0x1000, bytes, 8), -ENOENT);
	core_make(&core);
	assert_int_equal(core_read(&f, &core, sizeof(core), 0x1010, bytes, 0xf0), 0);
	assert_memory_equal(bytes, core.memory + 0x10, 0xf0);
	/* Not all of it, none of it, and no more than the file has. */
	assert_int_equal(core_read(&f, &core, sizeof(core), 0x1010, bytes, 0xf1), -ENXIO);
	assert_int_equal(core_read(&f, &core, sizeof(core), 0xfff, bytes, 2), -ENXIO);
	assert_int_equal(core_read(&f, &core, sizeof(core), 0x1100, bytes, 1), -ENXIO);
	assert_int_equal(core_read(&f, &core, sizeof(core), UINT64_MAX, bytes, 1), -ENXIO);
	assert_int_equal(core_read(&f, &core, sizeof(core) - 1, 0x10ff, bytes, 1), -ENXIO);
	assert_int_equal(core_read(&f, &core, 100, 0x1000, bytes, 1), -ENXIO);
	core.file.e_phentsize++;
	assert_int_equal(core_read(&f, &core, sizeof(core), 0x1000, bytes, 1), -EINVAL);
	core_make(&core);
	core.file.e_ident[EI_CLASS] = ELFCLASS32;
	assert_int_equal(core_read(&f, &core, sizeof(core), 0x1000, bytes, 1), -EINVAL);
	core_make(&core);
	core.file.e_ident[1] = 'e';
	assert_int_equal(core_read(&f, &core, sizeof(core), 0x1000, bytes, 1), -EINVAL);
	core_make(&core);
	core.headers[2].p_offset = UINT64_MAX - 8;
	assert_true(core_read(&f, &core, sizeof(core), 0x1000, bytes, 1) < 0);
	core.file.e_phoff = UINT64_MAX - 8;
	assert_true(core_read(&f, &core, sizeof(core), 0x1000, bytes, 1) < 0);
	arm64_fixture_free(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_map_is_the_default),
		cmocka_unit_test(a_word_says_otherwise),
		cmocka_unit_test(without_a_map_the_reserve_block),
		cmocka_unit_test(the_next_hop_carries_it),
		cmocka_unit_test(a_bad_map_is_warned_of),
		cmocka_unit_test(pages_are_the_next_kernels),
		cmocka_unit_test(a_core_file_has_memory),
	};

	return cmocka_run_group_tests_name("arm64_efi_map", tests, NULL, NULL);
}
