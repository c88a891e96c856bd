/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Checks of the memory that the next kernel finds at its start, by its tree or by EFI: that what is loaded
 * lies in it, and that bad memory of the running kernel does. Read anew, from what is handed over.
 */
#include <string.h>

#include <libfdt.h>

#include "kexec/arch/arm64/check.h"
#include "kexec/machine.h"

#define HEX(number) (unsigned long long)(number)

static bool has_efi(const void *fdt)
{
	return fdt_getprop(fdt, fdt_path_offset(fdt, "/chosen"), "linux,uefi-system-table", NULL);
}

static uint64_t cells_number(const fdt32_t *at, int count)
{
	uint64_t number = 0;

	while (count--)
		number = number << 32 | fdt32_ld(at++);
	return number;
}

static int cells_of(const void *tree, const char *name)
{
	int length;
	const fdt32_t *value = fdt_getprop(tree, 0, name, &length);

	return value && length == 4 ? (int)fdt32_ld(value) : 1;
}

/* early_init_dt_scan_memory() in drivers/of/fdt.c. */
static bool is_memory(const void *tree, int node)
{
	int length;
	const char *value = fdt_getprop(tree, node, "device_type", &length);

	if (!value || length != 7 || memcmp(value, "memory", 7) != 0)
		return false;
	value = fdt_getprop(tree, node, "status", &length);
	return !value || (length == 5 && memcmp(value, "okay", 5) == 0) ||
	       (length == 3 && memcmp(value, "ok", 3) == 0);
}

/* Adds what the memory nodes have. HWPOISON_ENOMEM. */
static int nodes_add(const void *tree, struct hwpoison_map *memory)
{
	int address = cells_of(tree, "#address-cells"), size = cells_of(tree, "#size-cells"), node;

	if (address < 1 || address > 4 || size < 1 || size > 4)
		return 0;
	fdt_for_each_subnode(node, tree, 0)
	{
		int length;
		const fdt32_t *reg = fdt_getprop(tree, node, "linux,usable-memory", &length);

		if (!reg)
			reg = fdt_getprop(tree, node, "reg", &length);
		if (!reg || !is_memory(tree, node))
			continue;
		for (int i = 0; i + address + size <= length / 4; i += address + size) {
			uint64_t start = cells_number(reg + i, address);
			uint64_t bytes = cells_number(reg + i + address, size);

			if (!bytes || start >= HWPOISON_ADDRESS_LIMIT)
				continue;
			if (bytes > HWPOISON_ADDRESS_LIMIT - start)
				bytes = HWPOISON_ADDRESS_LIMIT - start;
			if (hwpoison_map_add(memory, start, start + bytes, HWPOISON_RAM))
				return HWPOISON_ENOMEM;
		}
	}
	return 0;
}

int boot_memory_list(const struct plan *plan, struct hwpoison_map *ram, struct hwpoison_map *memory)
{
	const struct machine *machine = plan->machine;
	int error;

	if (has_efi(plan->next_dtb)) {
		error = efi_map_list(plan, ram, memory);
	} else {
		error = nodes_add(plan->next_dtb, ram);
		if (!error)
			error = nodes_add(plan->next_dtb, memory);
		/* What only the machine's own tree has is not found, and nobody adds it later. */
		if (!error && memory->count && machine->fdt &&
		    !fdt_check_full(machine->fdt, machine->fdt_size) && !has_efi(machine->fdt))
			error = nodes_add(machine->fdt, memory);
	}
	if (!error)
		error = hwpoison_map_normalise(ram);
	return error ? error : hwpoison_map_normalise(memory);
}

/* Where EFI does not tell of memory, the tree does, of all that is used at once. */
int check_memory(const struct plan *plan, char *reason, size_t size)
{
	struct hwpoison_map memory = {0};
	int error = 0;

	if (!plan->segment_count || !plan->next_dtb || has_efi(plan->next_dtb))
		return 0;
	if (nodes_add(plan->next_dtb, &memory) || hwpoison_map_normalise(&memory))
		error = check_failed(reason, size, "out of memory");
	for (size_t i = 0; i < plan->segment_count && !error; i++) {
		const struct segment *segment = &plan->segments[i];
		uint64_t at = segment->start, end = at + segment->size;
		const struct hwpoison_map_entry *entry;

		while (at < end && (entry = hwpoison_map_find(&memory, at)))
			at = entry->end;
		if (at < end)
			error = check_failed(reason, size,
					     "the tree has no memory at 0x%llx, for %s", HEX(at),
					     segment->name);
	}
	hwpoison_map_free(&memory);
	return error;
}
