/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Checks of a copy of the EFI memory map (UEFI Specification 2.10, section 7.2.3): that Linux finds
 * it, and that it says what the firmware's says, but for bad memory, which is EfiUnusableMemory. Read
 * with nothing of the library that wrote it but its containers.
 */
#include <string.h>

#include <libfdt.h>

#include "kexec/arch/arm64/check.h"
#include "kexec/bytes.h"
#include "kexec/machine.h"

#define HEX(number) (unsigned long long)(number)

enum { TYPE = 0, START = 8, VIRTUAL = 16, PAGES = 24, ATTRIBUTES = 32, SHORTEST = 40 };
enum { EFI_UNUSABLE = 8, EFI_ACPI_RECLAIM = 9, EFI_PERSISTENT = 14 };
#define EFI_MEMORY_WB 8u
#define EFI_MEMORY_ANY 0xeu /* or write-combined, or write-through */
#define EFI_MEMORY_SP (UINT64_C(1) << 18)

/* A map as it lies in memory. */
struct table {
	const uint8_t *bytes;
	size_t size, step;
};

static const void *chosen_get(const void *fdt, const char *name, int *length)
{
	return fdt_getprop(fdt, fdt_path_offset(fdt, "/chosen"), name, length);
}

static uint64_t chosen_number(const void *fdt, const char *name)
{
	int length;
	const void *value = chosen_get(fdt, name, &length);

	if (!value || (length != 4 && length != 8))
		return 0;
	return length == 4 ? fdt32_ld(value) : fdt64_ld(value);
}

static struct table carried_table(const void *fdt)
{
	int length = 0;
	const void *bytes = chosen_get(fdt, "hwpoison,efi-map", &length);

	return (struct table){bytes, bytes ? (size_t)length : 0,
			      (size_t)chosen_number(fdt, "linux,uefi-mmap-desc-size")};
}

static bool table_is_good(const struct table *table)
{
	return table->step >= SHORTEST && table->step < 4096 && table->size &&
	       table->size % table->step == 0;
}

static uint64_t end_of(const uint8_t *descriptor)
{
	return get_le64(descriptor + START) + get_le64(descriptor + PAGES) * 4096;
}

/* is_usable_memory() in drivers/firmware/efi/efi-init.c. */
static bool is_ram(const uint8_t *descriptor)
{
	uint32_t type = get_le32(descriptor + TYPE);
	uint64_t attributes = get_le64(descriptor + ATTRIBUTES);

	return ((type >= 1 && type <= 4) || type == 7 || type == EFI_PERSISTENT) &&
	       attributes & EFI_MEMORY_WB && !(attributes & EFI_MEMORY_SP);
}

/* --- what it keeps out ------------------------------------------------------------------------ */

static int descriptors_add(const struct table *table, struct hwpoison_map *kept)
{
	int error = 0;

	for (size_t at = 0; at < table->size && !error; at += table->step) {
		const uint8_t *descriptor = table->bytes + at;
		uint32_t type = get_le32(descriptor + TYPE);
		uint64_t start = get_le64(descriptor + START), end = end_of(descriptor);

		/* is_memory() there: of nothing else Linux takes any notice. */
		if ((type == EFI_UNUSABLE || type == EFI_ACPI_RECLAIM) &&
		    get_le64(descriptor + ATTRIBUTES) & EFI_MEMORY_ANY && start < end &&
		    end <= HWPOISON_ADDRESS_LIMIT)
			error = hwpoison_map_add(kept, start, end, HWPOISON_RESERVED);
	}
	return error;
}

/* Of a plan that places nothing, what is noted will be in the copy. */
static int noted_add(const void *fdt, struct hwpoison_map *kept)
{
	int length, error = 0;
	const fdt64_t *noted = chosen_get(fdt, "hwpoison,efi-ranges", &length);

	for (int i = 0; noted && i + 2 <= length / 8 && !error; i += 2)
		error = hwpoison_map_add(kept, fdt64_ld(noted + i),
					 fdt64_ld(noted + i) + fdt64_ld(noted + i + 1),
					 HWPOISON_RESERVED);
	return error;
}

int efi_map_kept(const struct plan *plan, struct hwpoison_map *kept)
{
	const struct segment *segment = segment_find(plan, "efi-map");
	const struct hwpoison_efi_map *own = &plan->machine->efi_map;
	struct table table = carried_table(plan->next_dtb);
	int error = 0;

	if (segment && segment->bytes && table.bytes) {
		table.bytes = segment->bytes;
		table.size = segment->bytes_size;
	} else if (!table.bytes && plan->fdt_way == HWPOISON_FDT_EFI) {
		table = (struct table){own->bytes, own->size, own->descriptor_size};
	}
	if (table.bytes && table_is_good(&table))
		error = descriptors_add(&table, kept);
	if (!error && !plan->segment_count)
		error = noted_add(plan->next_dtb, kept);
	return error;
}

/* The firmware's; without bytes where nobody can read it. */
static struct table firmware_table(const struct plan *plan)
{
	const struct hwpoison_efi_map *own = &plan->machine->efi_map;
	struct table table = carried_table(plan->next_dtb);

	if (!table.bytes)
		table = (struct table){own->bytes, own->size, own->descriptor_size};
	if (!table.bytes || !table_is_good(&table))
		table = (struct table){0};
	return table;
}

int efi_map_list(const struct plan *plan, struct hwpoison_map *ram, struct hwpoison_map *memory)
{
	const struct table table = firmware_table(plan);
	int error = 0;

	for (size_t at = 0; at < table.size && !error; at += table.step) {
		const uint8_t *descriptor = table.bytes + at;
		uint64_t start = get_le64(descriptor + START), end = end_of(descriptor);

		if (!(get_le64(descriptor + ATTRIBUTES) & EFI_MEMORY_ANY) || start >= end ||
		    end > HWPOISON_ADDRESS_LIMIT)
			continue;
		error = hwpoison_map_add(memory, start, end, HWPOISON_RAM);
		if (!error && is_ram(descriptor))
			error = hwpoison_map_add(ram, start, end, HWPOISON_RAM);
	}
	return error;
}

/* memblock_reserve() in reserve_regions() there, of whole pages. */
bool efi_map_reserves(const struct plan *plan, uint64_t start, uint64_t end)
{
	const struct table table = firmware_table(plan);
	uint64_t page = plan_page_size(plan);

	for (size_t at = 0; at < table.size; at += table.step) {
		const uint8_t *descriptor = table.bytes + at;
		uint64_t to = (end_of(descriptor) + page - 1) / page * page;

		if (get_le32(descriptor + TYPE) == EFI_ACPI_RECLAIM &&
		    get_le64(descriptor + START) / page * page < end && start < to)
			return true;
	}
	return false;
}

int efi_ranges_count(const void *fdt)
{
	int length;

	return chosen_get(fdt, "hwpoison,efi-ranges", &length) ? length / 16 : 0;
}

/* --- what it says ----------------------------------------------------------------------------- */

/* Whether [start, end) is in one of the ranges that are noted as ours, all of it or any. */
static bool is_noted(const void *fdt, uint64_t start, uint64_t end, bool all)
{
	int length;
	const fdt64_t *noted = chosen_get(fdt, "hwpoison,efi-ranges", &length);

	for (int i = 0; noted && i + 2 <= length / 8; i += 2) {
		uint64_t base = fdt64_ld(noted + i), size = fdt64_ld(noted + i + 1);

		if (all ? start >= base && end <= base + size : start < base + size && base < end)
			return true;
	}
	return false;
}

/* Whether a piece of the copy says of its memory what the firmware's descriptor says, or that it is
 * bad where it is. */
static bool piece_is_right(const struct plan *plan, const uint8_t *was, const uint8_t *is,
			   size_t step)
{
	uint64_t start = get_le64(is + START), virtual = get_le64(was + VIRTUAL);

	if (virtual)
		virtual += start - get_le64(was + START);
	if (get_le64(is + ATTRIBUTES) != get_le64(was + ATTRIBUTES) ||
	    get_le64(is + VIRTUAL) != virtual || memcmp(is + 4, was + 4, 4) != 0 ||
	    memcmp(is + SHORTEST, was + SHORTEST, step - SHORTEST) != 0)
		return false;
	if (get_le32(is + TYPE) == get_le32(was + TYPE))
		return !is_ram(was) || !is_noted(plan->next_dtb, start, end_of(is), false);
	return get_le32(is + TYPE) == EFI_UNUSABLE && is_ram(was) &&
	       is_noted(plan->next_dtb, start, end_of(is), true);
}

static int copy_check(const struct plan *plan, const struct table *was, const struct table *is,
		      char *reason, size_t size)
{
	size_t at = 0;

	for (size_t i = 0; i < was->size; i += was->step) {
		uint64_t next = get_le64(was->bytes + i + START);

		do {
			const uint8_t *piece = is->bytes + at;

			if (at >= is->size || get_le64(piece + START) != next ||
			    end_of(piece) <= next || end_of(piece) > end_of(was->bytes + i) ||
			    !piece_is_right(plan, was->bytes + i, piece, was->step))
				return check_failed(reason, size,
						    "it does not say of 0x%llx what the firmware's "
						    "says",
						    HEX(next));
			next = end_of(piece);
			at += is->step;
		} while (next < end_of(was->bytes + i));
	}
	return at == is->size ? 0 : check_failed(reason, size, "it goes on after its end");
}

/* Only bad memory, and what was given up, is made unusable. */
static int ranges_check(const struct plan *plan, char *reason, size_t size)
{
	int length;
	const fdt64_t *noted = chosen_get(plan->next_dtb, "hwpoison,efi-ranges", &length);

	for (int i = 0; plan->modes && noted && i + 2 <= length / 8; i += 2) {
		uint64_t start = fdt64_ld(noted + i), end = start + fdt64_ld(noted + i + 1);
		const struct hwpoison_map_entry *entry = hwpoison_map_find(&plan->outcome.map,
									   start);

		if (!entry || entry->type != HWPOISON_UNUSABLE || entry->end < end)
			return check_failed(reason, size, "0x%llx-0x%llx is not bad", HEX(start),
					    HEX(end - 1));
	}
	return 0;
}

int check_efi_map(const struct plan *plan, char *reason, size_t size)
{
	const struct hwpoison_efi_map *own = &plan->machine->efi_map;
	const struct segment *segment = segment_find(plan, "efi-map");
	struct table was, is;

	if (!plan->next_dtb)
		return 0;
	was = carried_table(plan->next_dtb);
	if (!was.bytes && (segment || efi_ranges_count(plan->next_dtb)))
		return check_failed(reason, size, "the firmware's is not in the tree");
	if (!was.bytes)
		return 0;
	if (!own->bytes || was.size != own->size || was.step != own->descriptor_size ||
	    memcmp(was.bytes, own->bytes, own->size) != 0 || !table_is_good(&was))
		return check_failed(reason, size, "what the tree carries is not the firmware's");
	if (ranges_check(plan, reason, size))
		return -1;
	if (!plan->segment_count)
		return 0;
	if (!segment || !segment->bytes)
		return check_failed(reason, size, "it is not there");
	if (chosen_number(plan->next_dtb, "linux,uefi-mmap-start") != segment->start ||
	    chosen_number(plan->next_dtb, "linux,uefi-mmap-size") != segment->bytes_size)
		return check_failed(reason, size, "the tree points elsewhere");
	is = (struct table){segment->bytes, segment->bytes_size, was.step};
	if (is.size % is.step)
		return check_failed(reason, size, "it is not whole descriptors");
	return copy_check(plan, &was, &is, reason, size);
}
