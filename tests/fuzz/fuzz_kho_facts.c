/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What KHO is planned by: a kernel's words, the root tree of the running one, memory nodes, scratch areas,
 * processors, a command line. The first byte chooses which; whatever the bytes, what comes out is sorted,
 * disjoint memory, and areas that are chosen lie in holes.
 */
#include <stdlib.h>
#include <string.h>

#include "kexec/cmdline.h"
#include "kexec/kho/abi.h"
#include "kexec/kho/scratch.h"
#include "kexec/kho/machine.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void nodes(const char *text)
{
	struct memory_node *found;
	size_t count;

	if (memory_nodes_parse(text, 4096, &found, &count))
		return;
	for (size_t i = 0; i < count; i++) {
		if (found[i].range.start >= found[i].range.end ||
		    found[i].range.end > HWPOISON_ADDRESS_LIMIT ||
		    (i && found[i].range.start < found[i - 1].range.end))
			abort();
	}
	free(found);
}

/* The two texts are divided by a '|'. What comes out are holes to choose areas in. */
static void scratch(char *text)
{
	struct scratch_need need = {.align = UINT64_C(4) << 20, .count = 2};
	struct hwpoison_range *found, areas[KHO_SCRATCH_MAX];
	struct scratch_search search = {0};
	struct scratch_shortage shortage;
	char *sizes = strchr(text, '|');
	size_t count, area_count = 0;

	if (sizes)
		*sizes++ = 0;
	if (kho_scratch_parse(text, sizes ? sizes : "", &found, &count))
		return;
	for (size_t i = 0; i < count; i++) {
		if (found[i].start >= found[i].end || found[i].end > HWPOISON_ADDRESS_LIMIT ||
		    (i && found[i].start <= found[i - 1].end))
			abort();
	}
	need.parts[0] = (struct scratch_part){.size = 16 << 20, .max = UINT64_C(1) << 32};
	need.parts[1] = (struct scratch_part){.size = 64 << 20};
	search.holes = found;
	search.hole_count = count;
	if (scratch_choose(&need, &search, areas, &area_count, &shortage) &&
	    scratch_refused(&need, &search, areas, area_count))
		abort();
	for (size_t i = 1; i < area_count; i++) {
		if (areas[i].start < areas[i - 1].end)
			abort();
	}
	free(found);
}

static void command_line(const char *text)
{
	char value[16], *longer = command_line_add(text, "kho=on");
	uint64_t low, any;

	crash_size_parse(text, UINT64_C(1) << 34, 1 << 28, &low, &any);
	if (low > HWPOISON_ADDRESS_LIMIT || any > HWPOISON_ADDRESS_LIMIT)
		abort();
	if (longer && (!command_line_has(longer, "kho=on") ||
		       !command_line_value(longer, "kho=", value, sizeof(value))))
		abort();
	free(longer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kho_found found;
	char *text;

	if (!size)
		return 0;
	text = malloc(size);
	if (!text)
		return 0;
	memcpy(text, data + 1, size - 1);
	text[size - 1] = 0;
	switch (data[0] % 6) {
	case 0:
		kho_abi_search(data + 1, size - 1, &found);
		break;
	case 1:
		kho_abi_of_tree(data + 1, size - 1, &found);
		break;
	case 2:
		nodes(text);
		break;
	case 3:
		scratch(text);
		break;
	case 4:
		cpu_list_count(text);
		break;
	default:
		command_line(text);
		break;
	}
	free(text);
	return 0;
}
