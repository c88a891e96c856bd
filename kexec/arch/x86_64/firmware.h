/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the firmware told the running kernel and the next one must know, as sysfs has it. */
#ifndef KEXEC_ARCH_X86_64_FIRMWARE_H
#define KEXEC_ARCH_X86_64_FIRMWARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct machine;

#define BOOT_PARAMS_SIZE 4096

/* efi_memory_desc_t (UEFI specification, EFI_MEMORY_DESCRIPTOR): 40 bytes in memory. */
struct firmware_efi_range {
	uint32_t type;
	uint64_t physical, virtual, pages, attribute;
};
#define FIRMWARE_EFI_DESCRIPTOR_SIZE 40

struct firmware {
	uint8_t *boot_params;	 /* the running kernel's, BOOT_PARAMS_SIZE bytes; NULL: not there */
	const char *efi_problem; /* why EFI cannot be handed over; NULL when it can. Static. */
	uint64_t efi_vendor, efi_runtime, efi_tables, efi_smbios;
	struct firmware_efi_range *efi_map;
	size_t efi_map_count;
	uint64_t rsdp;	       /* 0 when not known: the kernel looks for it where BIOSes put it */
	bool framebuffer_lost; /* a driver programmed the display: what boot_params says is over */
	bool five_levels;      /* the running kernel has 5-level paging on */
};

/* 0, or an exit code after failure(). What is absent is no failure. firmware_free() in any case. */
int firmware_read(const struct machine *machine, struct firmware *firmware);
void firmware_free(struct firmware *firmware);

#endif
