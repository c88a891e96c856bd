/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether the memory map that an x86_64 kernel is handed still keeps every poisoned frame out of
 * RAM. The map is the zero page's table and every SETUP_E820_EXT node of the setup_data chain
 * (Documentation/arch/x86/zero-page.rst and boot.rst; parse_setup_data() and
 * e820__memory_setup_extended() in arch/x86/kernel).
 *
 * A RAM entry may not touch a poisoned frame, even where an entry of a higher type lies over both:
 * the decompressor's KASLR looks at single RAM entries (process_e820_entries() in
 * arch/x86/boot/compressed/kaslr.c) and would put the kernel there.
 */
#include <string.h>

#include "purgatory/check.h"

#define BOOT_PARAMS_E820_ENTRIES 0x1e8 /* one byte */
#define BOOT_PARAMS_SETUP_DATA 0x250   /* setup_header.setup_data, eight bytes */
#define BOOT_PARAMS_E820_TABLE 0x2d0
#define E820_MAX_ENTRIES_ZEROPAGE 128
#define E820_ENTRY_SIZE 20 /* packed: start, size, type */
#define E820_TYPE_RAM 1
#define SETUP_E820_EXT 1
/* A chain that goes round never ends: the loader makes a handful of nodes. */
#define SETUP_DATA_NODES_MAX 1024

struct setup_data_head {
	uint64_t next;
	uint32_t type;
	uint32_t size;
};

static const uint8_t *memory_at(uint64_t address)
{
	return (const uint8_t *)(uintptr_t)address;
}

/* The entries are packed: nothing in them is aligned. */
static uint64_t u64_at(const uint8_t *p)
{
	uint64_t x;

	memcpy(&x, p, sizeof(x));
	return x;
}

static bool entries_check(const struct purgatory_parameters *parameters, const uint8_t *entries,
			  uint64_t count, struct purgatory_fault *fault)
{
	const struct purgatory_poison *table = (const struct purgatory_poison *)memory_at(
		parameters->poison_address);

	for (; count > 0; count--, entries += E820_ENTRY_SIZE) {
		uint64_t start = u64_at(entries), size = u64_at(entries + 8);
		const struct purgatory_poison *poison;
		uint32_t type;

		memcpy(&type, entries + 16, sizeof(type));
		if (type != E820_TYPE_RAM)
			continue;
		if (size > UINT64_MAX - start) {
			*fault = (struct purgatory_fault){
				.what = "an entry of the memory map has no end",
				.start = start,
				.end = UINT64_MAX,
			};
			return false;
		}
		poison = purgatory_poison_find(table, parameters->poison_count, start,
					       start + size);
		if (!poison)
			continue;
		*fault = (struct purgatory_fault){
			.what = "a poisoned frame is RAM in the memory map",
			.start = start,
			.end = start + size,
			.poison_start = poison->start,
			.poison_end = poison->end,
		};
		return false;
	}
	return true;
}

/* One node of the chain; *next is where the following one is. */
static bool node_check(const struct purgatory_parameters *parameters, uint64_t address,
		       uint64_t *next, struct purgatory_fault *fault)
{
	struct setup_data_head head;

	*fault = (struct purgatory_fault){
		.what = "the setup_data chain leads to where nothing was loaded",
		.start = address,
		.end = address + sizeof(head),
	};
	if (!purgatory_range_loaded(parameters, address, sizeof(head)))
		return false;
	memcpy(&head, memory_at(address), sizeof(head));
	*next = head.next;
	fault->end += head.size;
	fault->what = "a setup_data node is larger than what was loaded";
	if (!purgatory_range_loaded(parameters, address, sizeof(head) + (uint64_t)head.size))
		return false;
	if (head.type != SETUP_E820_EXT)
		return true;
	fault->what = "a SETUP_E820_EXT node does not hold whole entries";
	if (head.size % E820_ENTRY_SIZE != 0)
		return false;
	return entries_check(parameters, memory_at(address + sizeof(head)),
			     head.size / E820_ENTRY_SIZE, fault);
}

bool purgatory_e820_check(const struct purgatory_parameters *parameters,
			  struct purgatory_fault *fault)
{
	const uint8_t *boot_params = memory_at(parameters->handover);
	unsigned int count = boot_params[BOOT_PARAMS_E820_ENTRIES];
	uint64_t node = u64_at(boot_params + BOOT_PARAMS_SETUP_DATA);

	if (count > E820_MAX_ENTRIES_ZEROPAGE) {
		*fault = (struct purgatory_fault){
			.what = "the zero page has more entries than room",
			.start = parameters->handover,
			.end = parameters->handover + 4096,
		};
		return false;
	}
	if (!entries_check(parameters, boot_params + BOOT_PARAMS_E820_TABLE, count, fault))
		return false;
	for (unsigned int nodes = 0; node != 0; nodes++) {
		if (nodes == SETUP_DATA_NODES_MAX) {
			*fault = (struct purgatory_fault){
				.what = "the setup_data chain goes round",
				.start = node,
				.end = node + sizeof(struct setup_data_head),
			};
			return false;
		}
		if (!node_check(parameters, node, &node, fault))
			return false;
	}
	return true;
}
