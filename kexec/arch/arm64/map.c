/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The memory map of an arm64 machine, as the next kernel gets it without us: the System RAM of
 * /proc/iomem, which is what the device tree's memory nodes or the EFI memory map came to
 * (arch/arm64/kernel/setup.c: request_standard_resources()), and what is reserved beside it.
 *
 * What is reserved inside System RAM was taken at boot by the running kernel or for its firmware.
 * To the next kernel it is RAM, and a bad frame in it has to be kept out; but nothing may be placed
 * on it: devices write to interrupt tables there, and EFI's tables lie there. That is in_use.
 */
#include <string.h>

#include <libfdt.h>

#include "kexec/arch/arm64/arm64.h"
#include "kexec/arch/arm64/efi_map.h"
#include "kexec/arch/arm64/stub.h"
#include "kexec/tree.h"
#include "kexec/machine.h"
#include "kexec/map_edit.h"

static bool kind_is_type(enum hwpoison_iomem_kind kind, uint32_t *type)
{
	switch (kind) {
	case HWPOISON_IOMEM_RAM:
		*type = HWPOISON_RAM;
		return true;
	case HWPOISON_IOMEM_RESERVED:
		*type = HWPOISON_RESERVED;
		return true;
	case HWPOISON_IOMEM_PMEM:
		*type = HWPOISON_PMEM;
		return true;
	case HWPOISON_IOMEM_SOFT_RESERVED:
		*type = HWPOISON_SOFT_RESERVED;
		return true;
	default:
		return false;
	}
}

static int iomem_sort(const struct hwpoison_iomem *iomem, struct hwpoison_map *bare,
		      struct hwpoison_map *in_use)
{
	bool in_ram = false;
	int error = 0;

	for (size_t i = 0; i < iomem->count && !error; i++) {
		const struct hwpoison_iomem_entry *entry = &iomem->entries[i];
		uint32_t type;

		if (entry->depth == 0)
			in_ram = entry->kind == HWPOISON_IOMEM_RAM;
		if (!kind_is_type(entry->kind, &type))
			continue;
		if (entry->depth == 0)
			error = hwpoison_map_add(bare, entry->start, entry->end, type);
		else if (in_ram && type == HWPOISON_RESERVED)
			error = hwpoison_map_add(in_use, entry->start, entry->end, type);
	}
	if (!error)
		error = hwpoison_map_normalise(bare);
	return error ? error : hwpoison_map_normalise(in_use);
}

/* What earlier kernels were told by nodes of ours is no RAM in iomem. Without us the tree tells it
 * again; a carrier writes it anew, and starts from RAM there. */
static int nodes_apply(struct machine *machine)
{
	struct hwpoison_map ram = {0};
	int error;

	error = hwpoison_fdt_restore_ram(machine->fdt, machine->fdt_size, &machine->bare, NULL);
	for (size_t i = 0; i < machine->bare.count && !error; i++) {
		const struct hwpoison_map_entry *entry = &machine->bare.entries[i];

		if (entry->type == HWPOISON_RAM)
			error = hwpoison_map_add(&ram, entry->start, entry->end, HWPOISON_RAM);
	}
	if (!error)
		error = map_retype(&machine->memory, &ram, HWPOISON_RESERVED, HWPOISON_UNUSABLE);
	hwpoison_map_free(&ram);
	return error;
}

/* Entries of ours in the memory reserve block are reserved inside of System RAM. */
static int entries_apply(struct machine *machine)
{
	struct hwpoison_frames frames = {0};
	struct hwpoison_map carried = {0};
	int error;

	error = hwpoison_fdt_frames(machine->fdt, machine->fdt_size, machine->page_size, &frames,
				    NULL);
	if (!error)
		error = map_of_frames(&frames, HWPOISON_UNUSABLE, &carried);
	if (!error)
		error = map_retype(&machine->memory, &carried, HWPOISON_RAM, HWPOISON_UNUSABLE);
	hwpoison_map_free(&carried);
	hwpoison_frames_free(&frames);
	return error;
}

static int carried_apply(struct machine *machine)
{
	int error = 0;

	if (machine->fdt)
		error = nodes_apply(machine);
	if (!error && machine->fdt)
		error = entries_apply(machine);
	/* A tree that makes no sense is learning's to complain of. */
	return error == HWPOISON_ENOMEM ? error : 0;
}

int arm64_map(struct machine *machine, struct warnings *warnings)
{
	int error;

	(void)warnings;
	machine->memory_source = MEMORY_FROM_IOMEM;
	error = iomem_sort(&machine->iomem, &machine->bare, &machine->in_use);
	if (!error)
		error = hwpoison_map_copy(&machine->bare, &machine->memory);
	if (!error)
		error = carried_apply(machine);
	if (error)
		return out_of_memory();
	machine->efi |= machine->fdt && tree_has_efi(machine->fdt, machine->fdt_size);
	machine->acpi = machine->fdt ? tree_is_stub(machine->fdt, machine->fdt_size) :
				       machine_has(machine, "sys/firmware/acpi/tables");
	return efi_map_read(machine);
}
