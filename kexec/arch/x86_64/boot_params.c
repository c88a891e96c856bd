/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes the zero page and the setup_data chain. */
#include "kexec/arch/x86_64/boot_params.h"

#include <string.h>

#include "kexec/arch/x86_64/firmware.h"
#include "kexec/arch/x86_64/image.h"
#include "kexec/bytes.h"
#include "kexec/image.h"
#include "kexec/options.h"
#include "kexec/plan.h"

#define LOADER_KEXEC 0xd0 /* boot.rst, type_of_loader: D is kexec-tools; version 0 */
#define ROOT_READ_ONLY 1  /* root_flags: only whether it is 0 matters */
#define VGA_TEXT 1	  /* VGA, or an EGA that does text: 80x25, 16 lines each */
#define NODE_ALIGN 16

/* Linux maps a node at a time in 256 KiB (early_memremap(): 64 pages); this stays well below. */
#define E820_EXT_MAX 8192

static void put_high_low(uint8_t *page, size_t low, size_t high, uint64_t value)
{
	put_le32(page + low, (uint32_t)value);
	put_le32(page + high, (uint32_t)(value >> 32));
}

/* boot.rst, 1.5: from 0x1f1 to where the jump at 0x200 goes, and no further than the header may
 * ever reach in boot_params. */
static void header_copy(const struct image *image, uint8_t *page)
{
	size_t end = SETUP_MAGIC + (size_t)image->kernel[SETUP_JUMP_OFFSET];

	if (end > SETUP_HEADER_END)
		end = SETUP_HEADER_END;
	memcpy(page + SETUP_HEADER, image->kernel + SETUP_HEADER, end - SETUP_HEADER);
}

static void header_write(const struct boot_layout *layout, uint8_t *page)
{
	page[SETUP_LOADER] = LOADER_KEXEC;
	page[SETUP_LOADFLAGS] = SETUP_LOADED_HIGH;
	/* Mounted read-only unless the command line says rw; root_dev stays as the image has it. */
	put_le16(page + SETUP_ROOT_FLAGS, ROOT_READ_ONLY);
	put_high_low(page, SETUP_CMDLINE, BOOT_EXT_CMDLINE, layout->command_line);
	put_high_low(page, SETUP_RAMDISK_IMAGE, BOOT_EXT_RAMDISK_IMAGE, layout->initrd);
	put_high_low(page, SETUP_RAMDISK_SIZE, BOOT_EXT_RAMDISK_SIZE, layout->initrd_size);
	put_le64(page + SETUP_DATA, layout->setup_data);
}

/* The RAM that reaches up from 1 MiB, KiB, for kernels that look at no map
 * (zero-page.rst: alt_mem_k and screen_info.ext_mem_k). */
static void memory_write(const struct hwpoison_map *map, uint8_t *page)
{
	const uint64_t start = UINT64_C(1) << 20;
	const struct hwpoison_map_entry *entry = hwpoison_map_find(map, start);
	uint64_t kilobytes = entry && entry->type == HWPOISON_RAM ? (entry->end - start) / 1024 : 0;
	uint8_t table[BOOT_E820_MAX * HWPOISON_E820_ENTRY_SIZE];
	struct hwpoison_map first = *map;

	put_le32(page + BOOT_ALT_MEM_K, kilobytes < UINT32_MAX ? (uint32_t)kilobytes : UINT32_MAX);
	put_le16(page + BOOT_EXT_MEM_K, kilobytes < 0xfc00 ? (uint16_t)kilobytes : 0xfc00);
	if (first.count > BOOT_E820_MAX)
		first.count = BOOT_E820_MAX;
	hwpoison_e820_write(&first, table);
	memcpy(page + BOOT_E820_TABLE, table, first.count * HWPOISON_E820_ENTRY_SIZE);
	page[BOOT_E820_ENTRIES] = (uint8_t)first.count;
}

static void screen_write(const struct plan *plan, const struct firmware *firmware, uint8_t *page)
{
	uint8_t *screen = page + BOOT_SCREEN_INFO;

	if (!firmware->boot_params) {
		screen[SCREEN_VIDEO_COLS] = 80;
		screen[SCREEN_VIDEO_LINES] = 25;
		screen[SCREEN_IS_VGA] = VGA_TEXT;
		put_le16(screen + SCREEN_VIDEO_POINTS, 16);
		return;
	}
	memcpy(screen, firmware->boot_params + BOOT_SCREEN_INFO, BOOT_SCREEN_INFO_SIZE);
	if (firmware->framebuffer_lost && !plan->options->reuse_video_type)
		screen[SCREEN_IS_VGA] = 0;
}

/* Disk parameters that only real-mode code can ask the BIOS for. */
static void edd_write(const uint8_t *running, uint8_t *page)
{
	uint8_t disks = running[BOOT_EDD_ENTRIES], signatures = running[BOOT_EDD_MBR_ENTRIES];

	if (disks > BOOT_EDD_MAX || signatures > BOOT_EDD_MBR_MAX)
		return;
	page[BOOT_EDD_ENTRIES] = disks;
	page[BOOT_EDD_MBR_ENTRIES] = signatures;
	memcpy(page + BOOT_EDD, running + BOOT_EDD, (size_t)disks * BOOT_EDD_SIZE);
	memcpy(page + BOOT_EDD_MBR, running + BOOT_EDD_MBR, (size_t)signatures * 4);
}

static void efi_write(const struct firmware *firmware, uint64_t map, uint8_t *page)
{
	uint8_t *info = page + BOOT_EFI_INFO;

	memcpy(info, firmware->boot_params + BOOT_EFI_INFO, EFI_INFO_SIZE);
	put_le32(info + EFI_INFO_DESCRIPTOR_SIZE, FIRMWARE_EFI_DESCRIPTOR_SIZE);
	put_le32(info + EFI_INFO_MAP_SIZE,
		 (uint32_t)firmware->efi_map_count * FIRMWARE_EFI_DESCRIPTOR_SIZE);
	put_high_low(info, EFI_INFO_MAP, EFI_INFO_MAP_HI, map);
}

void boot_params_write(const struct plan *plan, const struct firmware *firmware,
		       const struct boot_layout *layout, uint8_t *page)
{
	const uint8_t *running = firmware->boot_params;

	memset(page, 0, BOOT_PARAMS_SIZE);
	screen_write(plan, firmware, page);
	header_copy(plan->image, page);
	header_write(layout, page);
	memory_write(&plan->outcome.map, page);
	put_le64(page + BOOT_ACPI_RSDP, firmware->rsdp);
	if (running) {
		page[BOOT_SECURE_BOOT] = running[BOOT_SECURE_BOOT];
		memcpy(page + SETUP_SUBARCH, running + SETUP_SUBARCH, 12);
		edd_write(running, page);
	}
	if (layout->efi_map)
		efi_write(firmware, layout->efi_map, page);
}

/* --- setup_data ---------------------------------------------------------------------------- */

struct chain {
	uint64_t address; /* of bytes[0] */
	uint8_t *bytes;	  /* NULL: only the size is wanted */
	size_t size;
	uint8_t *link; /* the last node's next */
};

/* Room for a node of length bytes; NULL when nothing is written. */
static uint8_t *node_add(struct chain *chain, uint32_t type, size_t length)
{
	size_t at = (chain->size + NODE_ALIGN - 1) & ~(size_t)(NODE_ALIGN - 1);
	uint8_t *node;

	chain->size = at + SETUP_NODE_SIZE + length;
	if (!chain->bytes)
		return NULL;
	node = chain->bytes + at;
	memset(node, 0, SETUP_NODE_SIZE);
	put_le32(node + SETUP_NODE_TYPE, type);
	put_le32(node + SETUP_NODE_LENGTH, (uint32_t)length);
	if (chain->link)
		put_le64(chain->link, chain->address + at);
	chain->link = node + SETUP_NODE_NEXT;
	return node + SETUP_NODE_SIZE;
}

static void chain_map(struct chain *chain, const struct hwpoison_map *map)
{
	for (size_t at = BOOT_E820_MAX; at < map->count; at += E820_EXT_MAX) {
		size_t left = map->count - at;
		struct hwpoison_map part = {
			.entries = map->entries + at,
			.count = left < E820_EXT_MAX ? left : E820_EXT_MAX,
		};
		uint8_t *data = node_add(chain, SETUP_E820_EXT,
					 part.count * HWPOISON_E820_ENTRY_SIZE);

		if (data)
			hwpoison_e820_write(&part, data);
	}
}

static void chain_efi(struct chain *chain, const struct firmware *firmware)
{
	uint8_t *data = node_add(chain, SETUP_EFI, SETUP_EFI_SIZE);

	if (!data)
		return;
	memset(data, 0, SETUP_EFI_SIZE);
	put_le64(data, firmware->efi_vendor);
	put_le64(data + 8, firmware->efi_runtime);
	put_le64(data + 16, firmware->efi_tables);
	put_le64(data + 24, firmware->efi_smbios);
}

static void chain_kho(struct chain *chain, const struct hwpoison_kho_layout *layout)
{
	uint8_t *data = node_add(chain, SETUP_KEXEC_KHO, SETUP_KEXEC_KHO_SIZE);

	if (!data)
		return;
	put_le64(data, layout->fdt);
	put_le64(data + 8, layout->fdt_size);
	put_le64(data + 16, layout->scratch);
	put_le64(data + 24, layout->scratch_size);
}

size_t setup_data_write(const struct plan *plan, const struct firmware *firmware,
			const uint8_t seed[SETUP_RNG_SEED_SIZE], bool efi, uint64_t address,
			uint8_t *bytes)
{
	struct chain chain = {.address = address, .bytes = bytes};

	chain_map(&chain, &plan->outcome.map);
	if (efi)
		chain_efi(&chain, firmware);
	if (plan->modes & MODE_KHO)
		chain_kho(&chain, &plan->kho.layout);
	if (seed) {
		uint8_t *data = node_add(&chain, SETUP_RNG_SEED, SETUP_RNG_SEED_SIZE);

		if (data)
			memcpy(data, seed, SETUP_RNG_SEED_SIZE);
	}
	return chain.size;
}

void efi_map_write(const struct firmware *firmware, uint8_t *bytes)
{
	for (size_t i = 0; i < firmware->efi_map_count; i++) {
		const struct firmware_efi_range *range = &firmware->efi_map[i];
		uint8_t *descriptor = bytes + i * FIRMWARE_EFI_DESCRIPTOR_SIZE;

		put_le32(descriptor, range->type);
		put_le32(descriptor + 4, 0);
		put_le64(descriptor + 8, range->physical);
		put_le64(descriptor + 16, range->virtual);
		put_le64(descriptor + 24, range->pages);
		put_le64(descriptor + 32, range->attribute);
	}
}
