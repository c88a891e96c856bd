/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The memory map of an x86_64 machine, as the next kernel gets it without us.
 *
 * The choice is kexec-tools' (get_memory_ranges() in its kexec/arch/i386): the firmware's map as
 * the running kernel was handed it, unless the kernel was told to add the EFI memory map to it
 * (add_efi_memmap), which only /proc/iomem shows then. Types are carried as they are; where
 * kexec-tools makes "Unusable memory" reserved, and RAM that starts at 0 start at 0x400, the
 * firmware's word stands here.
 */
#include <string.h>

#include "kexec/arch/x86_64/x86_64.h"
#include "kexec/cmdline.h"
#include "kexec/machine.h"

static const struct {
	enum hwpoison_iomem_kind kind;
	uint32_t type;
} iomem_types[] = {
	{HWPOISON_IOMEM_RAM, HWPOISON_RAM},
	{HWPOISON_IOMEM_RESERVED, HWPOISON_RESERVED},
	{HWPOISON_IOMEM_ACPI, HWPOISON_ACPI},
	{HWPOISON_IOMEM_NVS, HWPOISON_NVS},
	{HWPOISON_IOMEM_UNUSABLE, HWPOISON_UNUSABLE},
	{HWPOISON_IOMEM_PMEM, HWPOISON_PMEM},
	{HWPOISON_IOMEM_PRAM, HWPOISON_PRAM},
	{HWPOISON_IOMEM_SOFT_RESERVED, HWPOISON_SOFT_RESERVED},
};

/* Whatever the depth: of what overlaps, the higher type wins when the map is normalised, so that
 * RAM of a device ("System RAM (kmem)" below "Soft Reserved") stays the device's. */
static int map_from_iomem(const struct hwpoison_iomem *iomem, struct hwpoison_map *map)
{
	for (size_t i = 0; i < iomem->count; i++) {
		const struct hwpoison_iomem_entry *entry = &iomem->entries[i];

		for (size_t j = 0; j < sizeof(iomem_types) / sizeof(*iomem_types); j++) {
			if (iomem_types[j].kind != entry->kind)
				continue;
			if (hwpoison_map_add(map, entry->start, entry->end, iomem_types[j].type))
				return HWPOISON_ENOMEM;
		}
	}
	return hwpoison_map_normalise(map);
}

int x86_64_map(struct machine *machine, struct warnings *warnings)
{
	bool added = command_line_has(machine->command_line, "add_efi_memmap");
	int error;

	if (machine->firmware.count && !added) {
		machine->memory_source = MEMORY_FROM_FIRMWARE_MAP;
		error = hwpoison_map_copy(&machine->firmware, &machine->memory);
	} else {
		machine->memory_source = MEMORY_FROM_IOMEM;
		error = map_from_iomem(&machine->iomem, &machine->memory);
	}
	if (!error)
		error = hwpoison_map_copy(&machine->memory, &machine->bare);
	if (error)
		return out_of_memory();
	if (!machine->firmware.count && !added)
		warn(warnings,
		     "there is no %s/sys/firmware/memmap: the memory map is taken from "
		     "/proc/iomem, which shows what the running kernel made of it",
		     machine->prefix);
	if (!hwpoison_map_entries(&machine->memory, HWPOISON_RAM))
		return failure(EXIT_USAGE, "%s/sys/firmware/memmap has no \"System RAM\"",
			       machine->prefix);
	return 0;
}
