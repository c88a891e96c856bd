/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Builds a machine, its files and a decided plan by hand. */
#include "tests/unit/plan_fixture.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kexec/bytes.h"
#include "tests/unit/image_fixture.h"
#include "tests/unit/words.h"

static void maps_make(struct plan_fixture *fixture, const char *map)
{
	struct machine *machine = &fixture->machine;

	map_of_words(map, &machine->memory);
	assert_int_equal(hwpoison_map_normalise(&machine->memory), 0);
	assert_int_equal(hwpoison_map_copy(&machine->memory, &machine->bare), 0);
	assert_int_equal(hwpoison_map_copy(&machine->memory, &fixture->plan.before), 0);
	for (size_t i = 0; i < machine->memory.count; i++) {
		const struct hwpoison_map_entry *entry = &machine->memory.entries[i];

		if (entry->type == HWPOISON_RAM)
			assert_int_equal(hwpoison_map_add(&machine->ram, entry->start, entry->end,
							  HWPOISON_RAM),
					 0);
	}
	assert_int_equal(hwpoison_map_normalise(&machine->ram), 0);
}

static void outcome_make(struct plan *plan)
{
	struct hwpoison_limits limits = {
		.max_entries = plan->target.max_entries,
		.max_ram_regions = plan->target.max_ram_regions,
		.max_waste = plan->options->max_waste,
		.page_size = 4096,
	};

	assert_int_equal(hwpoison_e820_plan(&plan->before, &plan->frames, &limits, &plan->outcome),
			 0);
}

void plan_fixture_start(struct plan_fixture *fixture, const char *map, const char *frames)
{
	const char *scratch = getenv("TEST_TMP");
	struct plan *plan = &fixture->plan;
	struct blob kernel = blob_bzimage(1 << 20);

	memset(fixture, 0, sizeof(*fixture));
	snprintf(fixture->root, sizeof(fixture->root), "%s/machine.XXXXXX",
		 scratch && strlen(scratch) < 40 ? scratch : "/tmp");
	assert_non_null(mkdtemp(fixture->root));
	fixture->machine.arch = &arch_x86_64;
	fixture->machine.page_size = 4096;
	fixture->machine.prefix = fixture->root;
	fixture->machine.root_fd = open(fixture->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(fixture->machine.root_fd >= 0);
	fixture->options.mem_max = UINT64_MAX;
	fixture->options.max_waste = 64 << 20;
	fixture->options.preserve = true;
	assert_int_equal(image_parse(&arch_x86_64, "vmlinuz", kernel.bytes, kernel.size, NULL, 0,
				     &fixture->image),
			 0);
	free(kernel.bytes);
	plan->machine = &fixture->machine;
	plan->options = &fixture->options;
	plan->image = &fixture->image;
	plan->modes = MODE_E820;
	plan->target.page_size = 4096;
	plan->target.max_entries = 3200;
	plan->target.max_ram_regions = HWPOISON_NO_LIMIT;
	maps_make(fixture, map);
	frames_of_words(frames, &plan->frames);
	outcome_make(plan);
}

static int file_remove(const char *path, const struct stat *status, int flag, struct FTW *walk)
{
	(void)status;
	(void)flag;
	(void)walk;
	return remove(path);
}

void plan_fixture_free(struct plan_fixture *fixture)
{
	plan_free(&fixture->plan);
	image_free(&fixture->image);
	fixture->machine.root = NULL;
	close(fixture->machine.root_fd);
	fixture->machine.root_fd = -1;
	machine_free(&fixture->machine);
	nftw(fixture->root, file_remove, 8, FTW_DEPTH | FTW_PHYS);
}

void plan_fixture_file(struct plan_fixture *fixture, const char *path, const void *bytes,
		       size_t size)
{
	char whole[256];
	FILE *file;

	snprintf(whole, sizeof(whole), "%s/%s", fixture->root, path);
	for (char *slash = strchr(whole + strlen(fixture->root) + 1, '/'); slash;
	     slash = strchr(slash + 1, '/')) {
		*slash = 0;
		mkdir(whole, 0700);
		*slash = '/';
	}
	file = fopen(whole, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
}

void plan_fixture_text(struct plan_fixture *fixture, const char *path, const char *text)
{
	plan_fixture_file(fixture, path, text, strlen(text));
}

void plan_fixture_efi(struct plan_fixture *fixture)
{
	static const char *const files[] = {"type", "phys_addr", "virt_addr", "num_pages",
					    "attribute"};
	static const char *const ranges[2][5] = {
		{"0x5", "0x7f8ed000", "0xfffffffeffe6d000", "0x100", "0x800000000000000f"},
		{"0x6", "0x7f9ed000", "0xfffffffefff6d000", "0x80", "0x8000000000000001"},
	};
	uint8_t page[4096] = {0};
	char path[96];

	memcpy(page + 0x1c0, "EL64", 4);
	put_le32(page + 0x1c4, 0x7f5ec018);
	put_le32(page + 0x1c8, 48);
	put_le32(page + 0x1cc, 1);
	put_le32(page + 0x1d0, 0x7e000000);
	put_le32(page + 0x1d4, 4800);
	page[0x1ec] = 3;
	put_le32(page + 0x23c, 4);
	page[0x0f] = 0x70; /* VIDEO_TYPE_EFI */
	page[0x07] = 80;
	plan_fixture_file(fixture, "sys/kernel/boot_params/data", page, sizeof(page));
	plan_fixture_text(fixture, "sys/firmware/efi/fw_vendor", "0x7f5ec098\n");
	plan_fixture_text(fixture, "sys/firmware/efi/runtime", "0x7f9edb98\n");
	plan_fixture_text(fixture, "sys/firmware/efi/config_table", "0x7f5ebf98\n");
	plan_fixture_text(fixture, "sys/firmware/efi/systab",
			  "ACPI20=0x7fb7e014\nACPI=0x7fb7e000\nSMBIOS=0x7f942000\n");
	for (int i = 0; i < 2; i++) {
		for (int j = 0; j < 5; j++) {
			snprintf(path, sizeof(path), "sys/firmware/efi/runtime-map/%d/%s", i,
				 files[j]);
			plan_fixture_text(fixture, path, ranges[i][j]);
		}
	}
	fixture->machine.efi = true;
}

void plan_fixture_command_line(struct plan_fixture *fixture, const char *line)
{
	free(fixture->plan.command_line);
	fixture->plan.command_line = strdup(line);
	assert_non_null(fixture->plan.command_line);
}
