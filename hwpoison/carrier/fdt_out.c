/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Writes a flattened tree in order, as libfdt's fdt_property() and its like do, but for names: those
 * look each name up among all before it, which was five sixths of the time that a board's tree took.
 * Here the names of the tree that is copied stay where they are, and ours come behind them.
 * The format: Devicetree Specification 0.4, chapter 5.
 */
#include <stdlib.h>
#include <string.h>

#include "hwpoison/fdt_writer.h"

#define VERSION 17
#define VERSION_COMPATIBLE 16

/* Ours all together are shorter. */
#define NAMES_ROOM 256

/* The next bytes, all 0 and aligned as everything in the structure block is, or NULL. */
static void *out_take(struct hwpoison_out *out, size_t size)
{
	void *place = out->bytes + out->used;
	size_t room = out->size - out->used;

	if (size > room || ((size + 3) & ~(size_t)3) > room)
		return NULL;
	out->used += (size + 3) & ~(size_t)3;
	return place;
}

static int out_words(struct hwpoison_out *out, const uint32_t *words, size_t count)
{
	fdt32_t *place = out_take(out, count * sizeof(*place));

	if (!place)
		return -FDT_ERR_NOSPACE;
	for (size_t i = 0; i < count; i++)
		fdt32_st(&place[i], words[i]);
	return 0;
}

int hwpoison_out_begin(struct hwpoison_out *out, const void *fdt, size_t size)
{
	uint32_t names_size = fdt_size_dt_strings(fdt);

	*out = (struct hwpoison_out){.size = size, .names_size = names_size};
	out->bytes = calloc(1, size);
	out->names = malloc((size_t)names_size + NAMES_ROOM);
	if (!out->bytes || !out->names) {
		hwpoison_out_free(out);
		return HWPOISON_ENOMEM;
	}
	memcpy(out->names, (const char *)fdt + fdt_off_dt_strings(fdt), names_size);
	/* A last name that has no end would run into the first of ours. */
	if (names_size && out->names[names_size - 1])
		out->names[out->names_size++] = '\0';
	/* The reserve block has to be aligned to 8 bytes, and the header's 40 are. */
	out->used = sizeof(struct fdt_header);
	return 0;
}

void hwpoison_out_free(struct hwpoison_out *out)
{
	free(out->bytes);
	free(out->names);
	*out = (struct hwpoison_out){0};
}

int hwpoison_out_entry(struct hwpoison_out *out, uint64_t base, uint64_t size)
{
	uint32_t words[] = {(uint32_t)(base >> 32), (uint32_t)base, (uint32_t)(size >> 32),
			    (uint32_t)size};

	return out_words(out, words, 4);
}

int hwpoison_out_entries_end(struct hwpoison_out *out)
{
	int error = hwpoison_out_entry(out, 0, 0);

	out->structure = (uint32_t)out->used;
	return error;
}

int hwpoison_out_node_begin(struct hwpoison_out *out, const char *name)
{
	uint32_t tag = FDT_BEGIN_NODE;
	size_t size = strlen(name) + 1;
	void *place;

	FDT_TRY(out_words(out, &tag, 1));
	place = out_take(out, size);
	if (!place)
		return -FDT_ERR_NOSPACE;
	memcpy(place, name, size);
	return 0;
}

int hwpoison_out_node_end(struct hwpoison_out *out)
{
	uint32_t tag = FDT_END_NODE;

	return out_words(out, &tag, 1);
}

int hwpoison_out_copy(struct hwpoison_out *out, const void *item, size_t size)
{
	void *place = out_take(out, size);

	if (!place)
		return -FDT_ERR_NOSPACE;
	memcpy(place, item, size);
	return 0;
}

/* Where a name is; it is put there if it is not. */
static int name_find(struct hwpoison_out *out, const char *name)
{
	uint32_t size = (uint32_t)strlen(name) + 1, at = 0;

	while (at < out->names_size && strcmp(out->names + at, name) != 0)
		at += (uint32_t)strlen(out->names + at) + 1;
	if (at < out->names_size)
		return (int)at;
	memcpy(out->names + at, name, size);
	out->names_size += size;
	return (int)at;
}

int hwpoison_out_property(struct hwpoison_out *out, const char *name, size_t size, void **value)
{
	uint32_t words[] = {FDT_PROP, (uint32_t)size, (uint32_t)name_find(out, name)};

	FDT_TRY(out_words(out, words, 3));
	*value = out_take(out, size);
	return *value ? 0 : -FDT_ERR_NOSPACE;
}

int hwpoison_out_finish(struct hwpoison_out *out, uint32_t boot_cpuid)
{
	struct fdt_header *header = (struct fdt_header *)out->bytes;
	uint32_t tag = FDT_END;

	FDT_TRY(out_words(out, &tag, 1));
	fdt_set_size_dt_struct(header, (uint32_t)out->used - out->structure);
	fdt_set_off_dt_strings(header, (uint32_t)out->used);
	FDT_TRY(hwpoison_out_copy(out, out->names, out->names_size));
	fdt_set_magic(header, FDT_MAGIC);
	fdt_set_totalsize(header, fdt_off_dt_strings(header) + out->names_size);
	fdt_set_off_dt_struct(header, out->structure);
	fdt_set_off_mem_rsvmap(header, sizeof(*header));
	fdt_set_version(header, VERSION);
	fdt_set_last_comp_version(header, VERSION_COMPATIBLE);
	fdt_set_boot_cpuid_phys(header, boot_cpuid);
	fdt_set_size_dt_strings(header, out->names_size);
	return 0;
}
