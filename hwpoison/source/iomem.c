/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What /proc/iomem says: the System RAM of the running kernel, and what lies in it. */
#include <stdlib.h>
#include <string.h>

#include "hwpoison/internal.h"

/* Names of resources: arch/x86/kernel/e820.c (e820_type_to_string()), arch/x86/kernel/setup.c,
 * arch/arm64/kernel/setup.c (request_standard_resources()), kernel/crash_reserve.c. */
static const struct {
	const char *name;
	enum hwpoison_iomem_kind kind;
} kinds[] = {
	{"System RAM", HWPOISON_IOMEM_RAM},
	{"reserved", HWPOISON_IOMEM_RESERVED},
	{"Reserved", HWPOISON_IOMEM_RESERVED},
	{"ACPI Tables", HWPOISON_IOMEM_ACPI},
	{"ACPI Non-volatile Storage", HWPOISON_IOMEM_NVS},
	{"Unusable memory", HWPOISON_IOMEM_UNUSABLE},
	{"Persistent Memory", HWPOISON_IOMEM_PMEM},
	{"Persistent Memory (legacy)", HWPOISON_IOMEM_PRAM},
	{"Soft Reserved", HWPOISON_IOMEM_SOFT_RESERVED},
	{"Crash kernel", HWPOISON_IOMEM_CRASH_KERNEL},
	{"Kernel code", HWPOISON_IOMEM_KERNEL},
	{"Kernel rodata", HWPOISON_IOMEM_KERNEL},
	{"Kernel data", HWPOISON_IOMEM_KERNEL},
	{"Kernel bss", HWPOISON_IOMEM_KERNEL},
};

struct text {
	const char *at, *end;
};

void hwpoison_iomem_free(struct hwpoison_iomem *iomem)
{
	free(iomem->entries);
	*iomem = (struct hwpoison_iomem){0};
}

static bool text_starts(const struct text *text, const char *word)
{
	size_t length = strlen(word);

	return (size_t)(text->end - text->at) >= length && !memcmp(text->at, word, length);
}

static enum hwpoison_iomem_kind kind_of(const struct text *name)
{
	/* add_memory_driver_managed() in mm/memory_hotplug.c wants "System RAM (driver)". */
	if (text_starts(name, "System RAM ("))
		return HWPOISON_IOMEM_RAM;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if ((size_t)(name->end - name->at) == strlen(kinds[i].name) &&
		    text_starts(name, kinds[i].name))
			return kinds[i].kind;
	}
	return HWPOISON_IOMEM_OTHER;
}

static bool hex_read(struct text *text, uint64_t *value)
{
	unsigned int digits = 0;

	for (*value = 0; text->at < text->end && digits <= 16; text->at++, digits++) {
		char c = *text->at;

		if (c >= '0' && c <= '9')
			*value = *value << 4 | (uint64_t)(c - '0');
		else if (c >= 'a' && c <= 'f')
			*value = *value << 4 | (uint64_t)(c - 'a' + 10);
		else
			break;
	}
	return digits >= 1 && digits <= 16;
}

static bool word_skip(struct text *text, const char *word)
{
	if (!text_starts(text, word))
		return false;
	text->at += strlen(word);
	return true;
}

/* "  00001000-0009ffff : System RAM": r_show() in kernel/resource.c. last is inclusive. */
static bool line_parse(struct text line, struct hwpoison_iomem_entry *entry, uint64_t *last)
{
	size_t size = (size_t)(line.end - line.at), blanks = 0;

	if (memchr(line.at, '\0', size) || memchr(line.at, '\r', size))
		return false;
	while (word_skip(&line, " "))
		blanks++;
	if (blanks % 2)
		return false;
	entry->depth = (unsigned int)(blanks / 2);
	if (!hex_read(&line, &entry->start) || !word_skip(&line, "-") || !hex_read(&line, last) ||
	    !word_skip(&line, " : "))
		return false;
	entry->kind = kind_of(&line);
	return true;
}

static int entry_add(struct hwpoison_iomem *iomem, const struct hwpoison_iomem_entry *entry)
{
	int error = hwpoison_reserve(&iomem->entries, &iomem->capacity, iomem->count + 1,
				     sizeof(*iomem->entries));

	if (!error)
		iomem->entries[iomem->count++] = *entry;
	return error;
}

/* Nothing but memory has to lie below the limit: a bridge window may end at 2^64. */
static bool is_memory(enum hwpoison_iomem_kind kind)
{
	return kind != HWPOISON_IOMEM_OTHER && kind != HWPOISON_IOMEM_RESERVED;
}

static int line_add(struct hwpoison_iomem *iomem, struct text line, bool *zeroed)
{
	struct hwpoison_iomem_entry entry;
	uint64_t last;

	if (!line_parse(line, &entry, &last))
		return HWPOISON_EPARSE;
	if (entry.start || last)
		*zeroed = false;
	if (last < entry.start)
		return HWPOISON_ERANGE;
	if (last >= HWPOISON_ADDRESS_LIMIT)
		return is_memory(entry.kind) ? HWPOISON_ERANGE : 0;
	entry.end = last + 1;
	return entry_add(iomem, &entry);
}

int hwpoison_iomem_parse(const char *text, size_t size, struct hwpoison_iomem *iomem,
			 struct hwpoison_problem *problem)
{
	struct hwpoison_iomem parsed = {0};
	struct text line = {.end = text};
	const char *end = text + size;
	unsigned long number = 0;
	bool zeroed = true;
	int error;

	for (line.at = text; line.at < end; line.at = line.end + 1) {
		line.end = memchr(line.at, '\n', (size_t)(end - line.at));
		if (!line.end)
			line.end = end;
		number++;
		error = line_add(&parsed, line, &zeroed);
		if (error) {
			hwpoison_problem_set(problem, line.at, (size_t)(line.end - line.at));
			goto fail;
		}
	}
	if (!number || zeroed) {
		const char *what = number ? "zeroed" : "empty";

		hwpoison_problem_set(problem, what, strlen(what));
		number = 0;
		error = HWPOISON_EPARSE;
		goto fail;
	}
	hwpoison_iomem_free(iomem);
	*iomem = parsed;
	return 0;
fail:
	if (problem)
		problem->line = number;
	hwpoison_iomem_free(&parsed);
	return error;
}

int hwpoison_iomem_ram(const struct hwpoison_iomem *iomem, struct hwpoison_map *ram)
{
	struct hwpoison_map found = {0};
	int error = 0;

	for (size_t i = 0; i < iomem->count && !error; i++) {
		const struct hwpoison_iomem_entry *entry = &iomem->entries[i];

		if (entry->kind == HWPOISON_IOMEM_RAM)
			error = hwpoison_map_add(&found, entry->start, entry->end, HWPOISON_RAM);
	}
	if (!error)
		error = hwpoison_map_normalise(&found);
	if (error) {
		hwpoison_map_free(&found);
		return error;
	}
	hwpoison_map_free(ram);
	*ram = found;
	return 0;
}

int hwpoison_iomem_frames(const struct hwpoison_iomem *iomem, uint32_t page_size,
			  struct hwpoison_frames *frames)
{
	struct hwpoison_frames found = {0};
	int error = 0;

	for (size_t i = 0; i < iomem->count && !error; i++) {
		const struct hwpoison_iomem_entry *entry = &iomem->entries[i];

		if (entry->kind == HWPOISON_IOMEM_UNUSABLE)
			error = hwpoison_frames_add(&found, entry->start, entry->end,
						    HWPOISON_SOURCE_IOMEM, page_size);
	}
	if (!error)
		error = hwpoison_frames_unite(frames, &found);
	hwpoison_frames_free(&found);
	return error;
}
