/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The memory map of UEFI: which of it is RAM to Linux on arm64, and a copy in which bad ranges are
 * EfiUnusableMemory. Descriptors: UEFI Specification 2.10, section 7.2.3; what Linux makes of them:
 * reserve_regions() in drivers/firmware/efi/efi-init.c. Hostile until checked.
 */
#include <stdlib.h>
#include <string.h>

#include "hwpoison/efi_map.h"

#define EFI_PAGE UINT64_C(4096)

/* struct efi_memory_descriptor; all little endian. A descriptor may be longer than that. */
enum {
	AT_TYPE = 0,
	AT_START = 8,
	AT_VIRTUAL = 16,
	AT_PAGES = 24,
	AT_ATTRIBUTES = 32,
	SIZE_MIN = 40
};
#define DESCRIPTOR_SIZE_MAX 256

enum {
	LOADER_CODE = 1,
	LOADER_DATA = 2,
	BOOT_CODE = 3,
	BOOT_DATA = 4,
	CONVENTIONAL = 7,
	UNUSABLE = 8,
	ACPI_RECLAIM = 9,
	PERSISTENT = 14,
};
#define WRITE_BACK (UINT64_C(1) << 3)
#define MEMORY UINT64_C(0xe) /* or combined, or through: is_memory() there */
#define SPECIAL_PURPOSE (UINT64_C(1) << 18)

/* early_memremap() takes so much on arm64 (NR_FIX_BTMAPS in arch/arm64/include/asm/fixmap.h), with
 * what of a page of 64 KiB lies in front of the map. */
#define MAP_SIZE_MAX ((UINT32_C(256) - 64) << 10)

struct descriptor {
	uint32_t type;
	uint64_t start, end, attributes;
};

static uint64_t number_get(const uint8_t *bytes, size_t size)
{
	uint64_t number = 0;

	while (size--)
		number = number << 8 | bytes[size];
	return number;
}

static void number_put(uint8_t *bytes, uint64_t number, size_t size)
{
	for (size_t i = 0; i < size; i++, number >>= 8)
		bytes[i] = (uint8_t)number;
}

static struct descriptor descriptor_read(const uint8_t *at)
{
	struct descriptor found = {
		.type = (uint32_t)number_get(at + AT_TYPE, 4),
		.start = number_get(at + AT_START, 8),
		.attributes = number_get(at + AT_ATTRIBUTES, 8),
	};

	found.end = found.start + number_get(at + AT_PAGES, 8) * EFI_PAGE;
	return found;
}

static bool descriptor_is_good(const uint8_t *at)
{
	uint64_t pages = number_get(at + AT_PAGES, 8), start = number_get(at + AT_START, 8);

	return start % EFI_PAGE == 0 && pages && pages <= (UINT64_MAX - start) / EFI_PAGE;
}

/* is_usable_memory() there. Memory for special purposes is soft-reserved, no RAM. */
static bool is_ram(const struct descriptor *descriptor)
{
	switch (descriptor->type) {
	case LOADER_CODE:
	case LOADER_DATA:
	case BOOT_CODE:
	case BOOT_DATA:
	case CONVENTIONAL:
	case PERSISTENT:
		return descriptor->attributes & WRITE_BACK &&
		       !(descriptor->attributes & SPECIAL_PURPOSE);
	default:
		return false;
	}
}

int hwpoison_efi_map_check(const struct hwpoison_efi_map *map, struct hwpoison_problem *problem)
{
	const uint8_t *bytes = map->bytes;
	size_t step = map->descriptor_size;

	hwpoison_problem_set(problem, "EFI memory map", strlen("EFI memory map"));
	if (!map->size || step < SIZE_MIN || step > DESCRIPTOR_SIZE_MAX || step % 8 ||
	    map->size % step || map->size > MAP_SIZE_MAX)
		return HWPOISON_EPARSE;
	for (size_t at = 0; at < map->size; at += step) {
		if (!descriptor_is_good(bytes + at))
			return HWPOISON_EPARSE;
	}
	return 0;
}

static int memory_add(struct hwpoison_map *memory, const struct descriptor *descriptor,
		      uint32_t type)
{
	uint64_t end = hwpoison_min(descriptor->end, HWPOISON_ADDRESS_LIMIT);

	return descriptor->start < end ? hwpoison_map_add(memory, descriptor->start, end, type) : 0;
}

int hwpoison_efi_map_memory(const struct hwpoison_efi_map *map, struct hwpoison_map *memory)
{
	const uint8_t *bytes = map->bytes;
	struct hwpoison_map found = {0};
	int error = 0;

	for (size_t at = 0; at < map->size && !error; at += map->descriptor_size) {
		struct descriptor descriptor = descriptor_read(bytes + at);

		if (is_ram(&descriptor))
			error = memory_add(&found, &descriptor, HWPOISON_RAM);
		else if (descriptor.type == ACPI_RECLAIM && descriptor.attributes & MEMORY)
			error = memory_add(&found, &descriptor, HWPOISON_ACPI);
	}
	if (!error)
		error = hwpoison_map_normalise(&found);
	if (error)
		hwpoison_map_free(&found);
	else
		*memory = found;
	return error;
}

/* A copy that grows. With bytes NULL it is only measured. */
struct copy {
	uint8_t *bytes;
	size_t size;
};

/* Appends [start, end) of a descriptor, which may be all of it. */
static void piece_put(struct copy *copy, const uint8_t *from, size_t step, uint64_t start,
		      uint64_t end, bool unusable)
{
	uint8_t *to = copy->bytes ? copy->bytes + copy->size : NULL;
	uint64_t virtual = number_get(from + AT_VIRTUAL, 8);

	copy->size += step;
	if (!to)
		return;
	memcpy(to, from, step);
	if (unusable)
		number_put(to + AT_TYPE, UNUSABLE, 4);
	if (virtual)
		number_put(to + AT_VIRTUAL, virtual + (start - number_get(from + AT_START, 8)), 8);
	number_put(to + AT_START, start, 8);
	number_put(to + AT_PAGES, (end - start) / EFI_PAGE, 8);
}

static void descriptor_put(struct copy *copy, const uint8_t *from, size_t step,
			   const struct hwpoison_map *told)
{
	struct descriptor descriptor = descriptor_read(from);
	uint64_t at = descriptor.start;

	for (size_t i = 0; is_ram(&descriptor) && i < told->count; i++) {
		uint64_t start = hwpoison_max(told->entries[i].start, at);
		uint64_t end = hwpoison_min(told->entries[i].end, descriptor.end);

		if (start >= end)
			continue;
		if (at < start)
			piece_put(copy, from, step, at, start, false);
		piece_put(copy, from, step, start, end, true);
		at = end;
	}
	if (at < descriptor.end)
		piece_put(copy, from, step, at, descriptor.end, false);
}

static void map_put(struct copy *copy, const struct hwpoison_efi_map *map,
		    const struct hwpoison_map *told)
{
	const uint8_t *bytes = map->bytes;

	for (size_t at = 0; at < map->size; at += map->descriptor_size)
		descriptor_put(copy, bytes + at, map->descriptor_size, told);
}

int hwpoison_efi_map_size(const struct hwpoison_efi_map *map, const struct hwpoison_map *told,
			  size_t *size)
{
	struct copy copy = {0};

	map_put(&copy, map, told);
	*size = copy.size;
	return copy.size > MAP_SIZE_MAX ? HWPOISON_EFULL : 0;
}

int hwpoison_efi_map_split(const struct hwpoison_efi_map *map, const struct hwpoison_map *told,
			   void **split, size_t *size)
{
	struct copy copy = {0};
	int error = hwpoison_efi_map_size(map, told, size);

	if (error)
		return error;
	copy.bytes = malloc(*size ? *size : 1);
	if (!copy.bytes)
		return HWPOISON_ENOMEM;
	map_put(&copy, map, told);
	*split = copy.bytes;
	return 0;
}
