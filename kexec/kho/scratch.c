/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How much scratch memory a kernel needs. areas.c finds it. */
#include "kexec/kho/scratch.h"

#include <string.h>

#include "kexec/cmdline.h"
#include "kexec/kho/machine.h"

#define KIB(number) ((uint64_t)(number) << 10)
#define MIB(number) ((uint64_t)(number) << 20)
#define GIB(number) ((uint64_t)(number) << 30)

/* Twice what is counted below, as kernels do for themselves (scratch_scale in
 * kernel/liveupdate/kexec_handover.c). */
#define SCALE 2

/* sizeof(struct page) without debugging options, and an entry of the page tables of the linear map,
 * which arm64 makes of single pages (can_set_direct_map() in arch/arm64/mm/pageattr.c). */
#define BYTES_OF_PAGE (64 + 8)
/* Memory has struct pages by sections: SECTION_SIZE_BITS in arch/x86/include/asm/sparsemem.h and
 * arch/arm64/include/asm/sparsemem.h. */
#define SECTION MIB(128)
#define SECTION_64K MIB(512)
/* The hash tables of dentries and inodes (fs/dcache.c, fs/inode.c: scales 13 and 14, 8 bytes each), on
 * machines without nodes; less on those beyond 64 GiB (adapt_scale in mm/mm_init.c). */
#define RAM_OF_HASH_BYTE 512
/* Generic KASAN: one byte of shadow for eight (kasan_init()). */
#define RAM_OF_SHADOW_BYTE 8
/* All else that does not grow: logs, early tables, memory sections' roots (1 MiB), idle nodes. With 48
 * MiB in all, of which struct pages took 32, a kernel was seen to boot, and not with 40. */
#define FIXED MIB(16)
#define FIXED_OF_NODE MIB(8)
/* Memory for each possible processor (mm/percpu.c: 256 KiB in Debian's kernels, 512 in larger). */
#define BYTES_OF_CPU KIB(512)
#define RAM_OF_CPU GIB(4) /* where their number is not known */
/* Two entries of memblock's array of reserved regions while it is copied to one twice the size. */
#define BYTES_OF_RANGE 128
/* The bounce buffers below 4 GiB of machines with RAM above (IO_TLB_DEFAULT_SIZE), with one area of
 * 256 KiB for each processor at least (IO_TLB_SEGSIZE slots), and what DMA32 devices have early. */
#define BOUNCE MIB(64)
#define BOUNCE_OF_CPU KIB(256)
#define LOW_FIXED MIB(16)
/* With less RAM there, a kernel may be without. */
#define LOW_ENOUGH MIB(256)

static uint64_t round_up(uint64_t value, uint64_t to)
{
	return (value + to - 1) / to * to;
}

/* RAM of the map in [start, end): bytes, and those of the sections that it reaches into. */
static void ram_count(const struct scratch_facts *facts, uint64_t start, uint64_t end,
		      uint64_t *ram, uint64_t *sections)
{
	const uint64_t section = facts->page_size > 16384 ? SECTION_64K : SECTION;
	uint64_t done = 0;

	*ram = *sections = 0;
	for (size_t i = 0; i < facts->map->count; i++) {
		const struct hwpoison_map_entry *entry = &facts->map->entries[i];
		uint64_t from = entry->start > start ? entry->start : start;
		uint64_t to = entry->end < end ? entry->end : end;

		if (entry->type != HWPOISON_RAM || from >= to)
			continue;
		*ram += to - from;
		from = from / section * section;
		from = from > done ? from : done;
		done = round_up(to, section);
		*sections += done > from ? done - from : 0;
	}
}

static uint64_t pages_need(const struct scratch_facts *facts, uint64_t ram, uint64_t sections)
{
	uint64_t need = sections / facts->page_size * BYTES_OF_PAGE;

	return need + (facts->kasan ? ram / RAM_OF_SHADOW_BYTE : 0);
}

static unsigned int cpus_count(const struct scratch_facts *facts, uint64_t ram)
{
	uint64_t guess = ram / RAM_OF_CPU;

	if (facts->cpus)
		return facts->cpus;
	return guess < 4 ? 4 : guess > 1024 ? 1024 : (unsigned int)guess;
}

static void part_add(struct scratch_need *need, const struct scratch_part *part)
{
	struct scratch_part *added = &need->parts[need->count];

	/* More nodes than that share the last part, with what may lie anywhere: no one node has so
	 * much. */
	if (need->count == SCRATCH_PARTS_MAX) {
		added--;
		added->of_node = false;
		added->max = 0;
	} else {
		*added = (struct scratch_part){.max = part->max,
					       .one = part->one,
					       .of_node = part->of_node,
					       .node = part->node};
	}
	added->size = round_up(added->size + part->size, need->align);
	need->count += need->count < SCRATCH_PARTS_MAX;
}

static bool node_is_first(const struct scratch_facts *facts, size_t index)
{
	for (size_t i = 0; i < index; i++) {
		if (facts->nodes[i].id == facts->nodes[index].id)
			return false;
	}
	return true;
}

/* Each node's struct pages come from its own memory (sparse_init_nid() in mm/sparse.c), and the memory
 * of its processors. Returns what that is in all, doubled; *pages: what of it is for pages, not doubled. */
static uint64_t nodes_add(const struct scratch_facts *facts, unsigned int cpus,
			  struct scratch_need *need, uint64_t *pages)
{
	uint64_t all = 0;
	size_t nodes = 0;

	*pages = 0;

	for (size_t i = 0; i < facts->node_count; i++)
		nodes += node_is_first(facts, i);
	for (size_t i = 0; i < facts->node_count && nodes > 1; i++) {
		struct scratch_part part = {.of_node = true, .node = facts->nodes[i].id};
		uint64_t ram, sections;

		if (!node_is_first(facts, i))
			continue;
		for (size_t j = i; j < facts->node_count; j++) {
			if (facts->nodes[j].id != part.node)
				continue;
			ram_count(facts, facts->nodes[j].range.start, facts->nodes[j].range.end,
				  &ram, &sections);
			part.size += pages_need(facts, ram, sections);
		}
		if (!part.size)
			continue;
		*pages += part.size;
		part.size = SCALE * (part.size + FIXED_OF_NODE + cpus / nodes * BYTES_OF_CPU);
		all += part.size;
		part_add(need, &part);
	}
	return all;
}

/* Up to where memory is for all devices. Where there is none so low, Linux takes no notice
 * (max_zone_phys() in arch/arm64/mm/init.c). */
static uint64_t low_end_find(const struct scratch_facts *facts)
{
	uint64_t ram, sections;

	if (!facts->low_end || facts->low_end >= GIB(4))
		return GIB(4);
	ram_count(facts, 0, facts->low_end, &ram, &sections);
	return ram ? facts->low_end : GIB(4);
}

/* All parts by the rule, the one for devices, below 4 GiB or less, first and the one anywhere last. */
static void rule_apply(const struct scratch_facts *facts, struct scratch_need *need)
{
	struct scratch_part low = {.max = low_end_find(facts)}, rest = {0};
	uint64_t ram, sections, above, ignored;
	unsigned int cpus;
	uint64_t doubled = FIXED + facts->kernel + facts->kept * BYTES_OF_RANGE;
	uint64_t nodes, of_nodes, pages, once = facts->initrd + facts->crash_any;

	ram_count(facts, 0, HWPOISON_ADDRESS_LIMIT, &ram, &sections);
	ram_count(facts, low.max, HWPOISON_ADDRESS_LIMIT, &above, &ignored);
	cpus = cpus_count(facts, ram);
	doubled += ram / RAM_OF_HASH_BYTE;
	if (above) {
		low.size = SCALE * (BOUNCE + cpus * BOUNCE_OF_CPU + LOW_FIXED) + facts->cma +
			   facts->crash_low;
		/* Some machines have next to nothing below, or nothing: that is not all for this. */
		if (low.size > (ram - above) / 4)
			low.size = (ram - above) / 4 / need->align * need->align;
		if (!low.size && ram - above >= LOW_ENOUGH)
			low.size = need->align;
		/* The buffer is one allocation (swiotlb_memblock_alloc() in kernel/dma/swiotlb.c). */
		need->low_least = low.one = low.size < BOUNCE ? low.size : BOUNCE;
		if (low.size)
			part_add(need, &low);
	} else {
		once += facts->cma + facts->crash_low;
	}
	nodes = nodes_add(facts, cpus, need, &of_nodes);
	pages = pages_need(facts, ram, sections);
	/* Memory that is offline now is in no zone, and may be of any node. */
	doubled += pages > of_nodes ? pages - of_nodes : 0;
	if (!nodes)
		doubled += cpus * BYTES_OF_CPU;
	rest.size = SCALE * doubled + once;
	part_add(need, &rest);
	need->least = doubled + once + nodes / SCALE;
	need->deadly = ram / facts->page_size * 64 + FIXED + (facts->moves ? facts->kernel : 0);
}

void scratch_need_find(const struct scratch_facts *facts, struct scratch_need *need)
{
	uint64_t ruled = 0;

	/* SCRATCH_ALIGNMENT_BYTES in kernel/liveupdate/kexec_handover.c: PAGE_SIZE *
	 * MAX_ORDER_NR_PAGES. 4 MiB; on arm64 32 MiB with pages of 16 KiB, 512 with those of 64. */
	*need = (struct scratch_need){.align = (uint64_t)facts->page_size << facts->max_order};
	rule_apply(facts, need);
	for (size_t i = 0; i < need->count; i++)
		ruled += need->parts[i].size;
	need->total = ruled;
	if (!facts->told)
		return;
	/* What is told is shared out as the rule would. */
	need->total = 0;
	for (size_t i = 0; i < need->count; i++) {
		struct scratch_part *part = &need->parts[i];

		/* In MiB: nothing wraps below 2^52 bytes. */
		part->size = round_up(((part->size >> 20) * (facts->told >> 20) / (ruled >> 20))
					      << 20,
				      need->align);
		if (!part->size)
			part->size = need->align;
		if (part->max && part->size < need->low_least)
			part->size = round_up(need->low_least, need->align);
		need->total += part->size;
	}
}

/* --- crashkernel= --------------------------------------------------------------------------- */

/* "START-[END]:SIZE,…[@OFFSET]": the first whose range has this machine's RAM. */
static uint64_t ranges_read(const char *value, uint64_t ram)
{
	while (*value) {
		uint64_t start = command_line_size(&value), end = UINT64_MAX, size;

		if (*value++ != '-')
			return 0;
		if (*value != ':')
			end = command_line_size(&value);
		if (*value++ != ':')
			return 0;
		size = command_line_size(&value);
		if (ram >= start && ram < end)
			return size;
		if (*value++ != ',')
			return 0;
	}
	return 0;
}

static bool ends_with(const char *text, const char *end)
{
	size_t length = strlen(text), wanted = strlen(end);

	return length >= wanted && strcmp(text + length - wanted, end) == 0;
}

void crash_size_parse(const char *line, uint64_t ram, uint64_t low_usual, uint64_t *low,
		      uint64_t *any)
{
	char value[256];
	const char *at = value;
	bool high = false, low_told = false;

	*low = *any = 0;
	/* Of several of a kind the last one counts; a plain one overrules ,high and ,low
	 * (parse_crashkernel() in kernel/crash_reserve.c). */
	for (size_t i = 0; command_line_value_at(line, "crashkernel=", i, value, sizeof(value));
	     i++) {
		at = value;
		if (ends_with(value, ",high")) {
			*any = command_line_size(&at);
			high = true;
		} else if (ends_with(value, ",low")) {
			*low = command_line_size(&at);
			low_told = true;
		} else if (!ends_with(value, ",cma")) {
			*any = 0;
			*low = strchr(value, ':') ? ranges_read(value, ram) :
						    command_line_size(&at);
			return;
		}
	}
	if (high && !low_told)
		*low = low_usual;
	if (!high)
		*low = 0;
}
