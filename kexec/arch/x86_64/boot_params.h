/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The zero page and its setup_data chain (Documentation/arch/x86/zero-page.rst and boot.rst). */
#ifndef KEXEC_ARCH_X86_64_BOOT_PARAMS_H
#define KEXEC_ARCH_X86_64_BOOT_PARAMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct firmware;
struct plan;

enum boot_params {
	BOOT_SCREEN_INFO = 0x000,	/* 64 bytes */
	BOOT_EXT_MEM_K = 0x002,		/* u16 */
	BOOT_ACPI_RSDP = 0x070,		/* u64 */
	BOOT_EXT_RAMDISK_IMAGE = 0x0c0, /* u32: bits 32-63 of what the setup header has */
	BOOT_EXT_RAMDISK_SIZE = 0x0c4,	/* u32 */
	BOOT_EXT_CMDLINE = 0x0c8,	/* u32 */
	BOOT_EFI_INFO = 0x1c0,		/* 32 bytes */
	BOOT_ALT_MEM_K = 0x1e0,		/* u32 */
	BOOT_E820_ENTRIES = 0x1e8,	/* u8 */
	BOOT_EDD_ENTRIES = 0x1e9,	/* u8 */
	BOOT_EDD_MBR_ENTRIES = 0x1ea,	/* u8 */
	BOOT_SECURE_BOOT = 0x1ec,	/* u8 */
	BOOT_EDD_MBR = 0x290,		/* u32 [16] */
	BOOT_E820_TABLE = 0x2d0,	/* 20 bytes [128] */
	BOOT_EDD = 0xd00,		/* 82 bytes [6] */
};

#define BOOT_SCREEN_INFO_SIZE 64
#define BOOT_E820_MAX 128
#define BOOT_EDD_MBR_MAX 16
#define BOOT_EDD_MAX 6
#define BOOT_EDD_SIZE 82

/* In screen_info (include/uapi/linux/screen_info.h). */
enum screen_info {
	SCREEN_VIDEO_COLS = 0x07,   /* u8 */
	SCREEN_VIDEO_LINES = 0x0e,  /* u8 */
	SCREEN_IS_VGA = 0x0f,	    /* u8: what kind of display, 0 when none */
	SCREEN_VIDEO_POINTS = 0x10, /* u16 */
};

/* In efi_info. */
enum efi_info {
	EFI_INFO_SIGNATURE = 0, /* "EL64" */
	EFI_INFO_SYSTAB = 4,
	EFI_INFO_DESCRIPTOR_SIZE = 8,
	EFI_INFO_DESCRIPTOR_VERSION = 12,
	EFI_INFO_MAP = 16,
	EFI_INFO_MAP_SIZE = 20,
	EFI_INFO_SYSTAB_HI = 24,
	EFI_INFO_MAP_HI = 28,
	EFI_INFO_SIZE = 32,
};

/* Types of setup_data, and the node: u64 next, u32 type, u32 length, then the data. */
enum setup_data {
	SETUP_E820_EXT = 1,
	SETUP_EFI = 4,
	SETUP_RNG_SEED = 9,
	SETUP_KEXEC_KHO =
		10, /* struct kho_data: the address and size of the tree and of the array */
};

enum setup_node {
	SETUP_NODE_NEXT = 0,
	SETUP_NODE_TYPE = 8,
	SETUP_NODE_LENGTH = 12,
	SETUP_NODE_SIZE = 16,
};

/* struct efi_setup_data (arch/x86/include/asm/efi.h): four addresses and eight reserved words. */
#define SETUP_EFI_SIZE (12 * 8)
#define SETUP_RNG_SEED_SIZE 32
#define SETUP_KEXEC_KHO_SIZE 32

/* Where the pieces were put. Sizes are of the bytes, without padding. */
struct boot_layout {
	uint64_t command_line;
	uint64_t initrd, initrd_size; /* 0, 0 without one */
	uint64_t setup_data;	      /* the first node */
	uint64_t efi_map;	      /* 0 when EFI is not handed over */
};

/* The zero page: BOOT_PARAMS_SIZE bytes. */
void boot_params_write(const struct plan *plan, const struct firmware *firmware,
		       const struct boot_layout *layout, uint8_t *page);

/* The chain of setup_data nodes, as it lies at address: the rest of the map, EFI, KHO, the
 * seed (left out where seed is NULL). Returns its size; with bytes NULL only that. */
size_t setup_data_write(const struct plan *plan, const struct firmware *firmware,
			const uint8_t seed[SETUP_RNG_SEED_SIZE], bool efi, uint64_t address,
			uint8_t *bytes);

/* The runtime map as it lies in memory. bytes must hold efi_map_count descriptors. */
void efi_map_write(const struct firmware *firmware, uint8_t *bytes);

#endif
