/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads what Kexec HandOver's scratch memory is made from. */
#include "kexec/kho/machine.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kexec/file.h"
#include "kexec/kho/files.h"
#include "kexec/machine.h"

/* A zone's part of zoneinfo has some lines for each processor: megabytes on the largest machines. */
#define ZONEINFO_LIMIT (64u << 20)
#define TEXT_LIMIT (64u << 10)
/* CONFIG_NR_CPUS has at most four digits. */
#define CPUS_MAX 65536

static const char *line_next(const char *line)
{
	const char *end = strchr(line, '\n');

	return end ? end + 1 : line + strlen(line);
}

static int compare_nodes(const void *a, const void *b)
{
	const struct memory_node *left = a, *right = b;

	return (left->range.start > right->range.start) - (left->range.start < right->range.start);
}

/* Adds a zone, or widens the node's last range that it touches. */
static int node_add(struct memory_node **nodes, size_t *count, const struct memory_node *node)
{
	struct memory_node *bigger;

	if (*count && (*nodes)[*count - 1].id == node->id &&
	    (*nodes)[*count - 1].range.end == node->range.start) {
		(*nodes)[*count - 1].range.end = node->range.end;
		return 0;
	}
	bigger = realloc(*nodes, (*count + 1) * sizeof(*bigger));
	if (!bigger)
		return -1;
	bigger[(*count)++] = *node;
	*nodes = bigger;
	return 0;
}

/* zoneinfo_show_print() in mm/vmstat.c: "Node 0, zone   Normal", "spanned  N" and, where the zone has
 * memory at all, "start_pfn: N". */
static int zones_parse(const char *text, uint32_t page_size, struct memory_node **nodes,
		       size_t *count)
{
	const uint64_t limit = HWPOISON_ADDRESS_LIMIT / page_size;
	uint64_t spanned = 0, start;
	unsigned int id = 0;
	bool in_zone = false;

	for (const char *line = text; *line; line = line_next(line)) {
		if (sscanf(line, "Node %5u, zone", &id) == 1) {
			in_zone = true;
			spanned = 0;
		} else if (in_zone && sscanf(line, " spanned %19" SCNu64, &spanned) == 1) {
			continue;
		} else if (in_zone && sscanf(line, " start_pfn: %19" SCNu64, &start) == 1) {
			struct memory_node node = {.id = id};

			in_zone = false;
			if (!spanned || start >= limit || spanned > limit - start)
				continue;
			node.range.start = start * page_size;
			node.range.end = (start + spanned) * page_size;
			if (node_add(nodes, count, &node))
				return -1;
		}
	}
	return 0;
}

int memory_nodes_parse(const char *text, uint32_t page_size, struct memory_node **nodes,
		       size_t *count)
{
	*nodes = NULL;
	*count = 0;
	if (zones_parse(text, page_size, nodes, count)) {
		free(*nodes);
		*nodes = NULL;
		*count = 0;
		return -1;
	}
	if (*count)
		qsort(*nodes, *count, sizeof(**nodes), compare_nodes);
	for (size_t i = 1; i < *count; i++) {
		if ((*nodes)[i].range.start < (*nodes)[i - 1].range.end) {
			free(*nodes);
			*nodes = NULL;
			*count = 0;
		}
	}
	return 0;
}

static int compare_ranges(const void *a, const void *b)
{
	const struct hwpoison_range *left = a, *right = b;

	return (left->start > right->start) - (left->start < right->start);
}

/* Sorts and merges; 0 when two overlap. */
static size_t ranges_merge(struct hwpoison_range *ranges, size_t count)
{
	size_t last = 0;

	if (!count)
		return 0;
	qsort(ranges, count, sizeof(*ranges), compare_ranges);
	for (size_t i = 1; i < count; i++) {
		if (ranges[i].start < ranges[last].end)
			return 0;
		if (ranges[i].start == ranges[last].end)
			ranges[last].end = ranges[i].end;
		else
			ranges[++last] = ranges[i];
	}
	return last + 1;
}

int kho_scratch_parse(const char *starts, const char *sizes, struct hwpoison_range **scratch,
		      size_t *count)
{
	struct hwpoison_range *ranges = malloc((strlen(starts) / 2 + 1) * sizeof(*ranges));
	size_t found = 0;

	if (!ranges)
		return -1;
	for (; *starts && *sizes; starts = line_next(starts), sizes = line_next(sizes)) {
		uint64_t start, size;

		/* scratch_phys_show() and scratch_len_show() in kernel/liveupdate/
		 * kexec_handover_debugfs.c: "0x%llx\n". */
		if (sscanf(starts, "0x%16" SCNx64, &start) != 1 ||
		    sscanf(sizes, "0x%16" SCNx64, &size) != 1 || start >= HWPOISON_ADDRESS_LIMIT ||
		    size > HWPOISON_ADDRESS_LIMIT - start)
			break;
		if (size)
			ranges[found++] = (struct hwpoison_range){start, start + size};
	}
	*count = *starts || *sizes ? 0 : ranges_merge(ranges, found);
	*scratch = ranges;
	return 0;
}

unsigned int cpu_list_count(const char *text)
{
	unsigned int count = 0;

	for (;;) {
		unsigned int first, last;
		int length = 0;

		if (sscanf(text, "%5u%n", &first, &length) != 1)
			return 0;
		text += length;
		last = first;
		length = 0;
		if (*text == '-' && sscanf(text, "-%5u%n", &last, &length) != 1)
			return 0;
		text += length;
		if (last < first || last >= CPUS_MAX || count > CPUS_MAX)
			return 0;
		count += last - first + 1;
		if (!*text || *text == '\n')
			return count;
		if (*text++ != ',')
			return 0;
	}
}

static char *text_read(const struct machine *machine, const char *path, size_t limit)
{
	void *bytes;
	size_t size;

	return machine_file(machine, path, limit, &bytes, &size) ? NULL : bytes;
}

static char *kho_text_read(const struct machine *machine, const char *path)
{
	void *bytes;
	size_t size;

	return kho_file(machine, path, &bytes, &size) ? NULL : bytes;
}

int machine_kho_read(struct machine *machine)
{
	AUTO_FREE char *zones = text_read(machine, "proc/zoneinfo", ZONEINFO_LIMIT);
	AUTO_FREE char *cpus = text_read(machine, "sys/devices/system/cpu/possible", TEXT_LIMIT);
	AUTO_FREE char *starts = NULL;
	AUTO_FREE char *sizes = NULL;
	int error = 0;

	kho_files_keep(machine);
	starts = kho_text_read(machine, "out/scratch_phys");
	sizes = kho_text_read(machine, "out/scratch_len");
	if (cpus)
		machine->cpus = cpu_list_count(cpus);
	if (zones)
		error = memory_nodes_parse(zones, machine->page_size, &machine->nodes,
					   &machine->node_count);
	if (!error && starts && sizes)
		error = kho_scratch_parse(starts, sizes, &machine->kho_scratch,
					  &machine->kho_scratch_count);
	return error ? out_of_memory() : 0;
}

void machine_kho_free(struct machine *machine)
{
	kho_files_release(machine);
	free(machine->nodes);
	free(machine->kho_scratch);
}
