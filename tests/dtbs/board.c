/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Completes a board's device tree as its boot loader does, and makes some of its memory bad. */
#include "tests/dtbs/board.h"

#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>

#define FRAME UINT64_C(4096)
#define GIB (UINT64_C(1) << 30)
#define BANK (2 * GIB)
#define HIGH_BASE (34 * GIB)
#define HIGH_SIZE (8 * GIB)
/* Where many boards have their memory, and QEMU's has. */
#define BASE_USUAL GIB
#define ROOM 1024

uint64_t random_next(uint64_t *seed)
{
	uint64_t z = *seed += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static int memory_node(const void *tree)
{
	int node;

	fdt_for_each_subnode(node, tree, 0)
	{
		if (kernel_is_memory(tree, node))
			return node;
	}
	return -FDT_ERR_NOTFOUND;
}

/* Where memory starts: as its node says, which may lack the size alone; else the GiB of the first
 * thing that is reserved. */
static uint64_t base_of(const void *tree, int memory)
{
	struct kernel_cells cells = kernel_root_cells(tree);
	struct kernel_memory found[KERNELS];
	uint64_t base = BASE_USUAL;
	const uint8_t *reg;
	int length;

	reg = memory < 0 ? NULL : fdt_getprop(tree, memory, "reg", &length);
	if (reg && length >= 4 * (int)cells.address)
		return kernel_number(&reg, cells.address);
	kernels_read(tree, found);
	if (found[LINUX_7_2].reserved.count)
		base = found[LINUX_7_2].reserved.list[0].start / GIB * GIB;
	kernels_free(found);
	return base;
}

static int number_append(void *tree, int node, uint64_t number, unsigned int cells)
{
	return cells == 2 ? fdt_appendprop_u64(tree, node, "reg", number) :
			    fdt_appendprop_u32(tree, node, "reg", (uint32_t)number);
}

static int bank_append(void *tree, int node, uint64_t base, uint64_t size)
{
	struct kernel_cells cells = kernel_root_cells(tree);
	int error = number_append(tree, node, base, cells.address);

	if (cells.address == 1 && size > (UINT64_C(1) << 32) - base)
		size = (UINT64_C(1) << 32) - base;
	return error ? error : number_append(tree, node, size, cells.size);
}

static int memory_give(void *tree, enum memory_size size)
{
	struct kernel_cells cells = kernel_root_cells(tree);
	int node = memory_node(tree), error;
	uint64_t base = base_of(tree, node);
	char name[32];

	if (node < 0) {
		snprintf(name, sizeof(name), "memory@%llx", (unsigned long long)base);
		node = fdt_add_subnode(tree, 0, name);
		if (node < 0)
			return node;
		error = fdt_setprop_string(tree, node, "device_type", "memory");
		if (error)
			return error;
	}
	error = fdt_setprop(tree, node, "reg", NULL, 0);
	if (!error)
		error = bank_append(tree, node, base, BANK);
	if (!error && size == MEMORY_LARGE && cells.address == 2 && base < HIGH_BASE - BANK)
		error = bank_append(tree, node, HIGH_BASE, cells.size == 2 ? HIGH_SIZE : BANK);
	return error;
}

void *board_make(const void *dtb, enum memory_size size, const char **why)
{
	struct kernel_cells cells = kernel_root_cells(dtb);
	struct kernel_memory own[KERNELS];
	bool has_own;
	int room = (int)fdt_totalsize(dtb) + ROOM, error;
	void *tree = calloc(1, (size_t)room);

	if (!tree)
		abort();
	kernels_read(dtb, own);
	has_own = own[0].memory.count;
	kernels_free(own);
	error = cells.address - 1 < 2 && cells.size - 1 < 2 ? 0 : -FDT_ERR_BADNCELLS;
	if (!error)
		error = fdt_open_into(dtb, tree, room);
	if (!error && (size == MEMORY_LARGE || !has_own))
		error = memory_give(tree, size);
	if (!error)
		error = fdt_pack(tree);
	if (!error)
		return tree;
	*why = fdt_strerror(error);
	free(tree);
	return NULL;
}

/* Somewhere in some spans. */
static uint64_t pick(const struct spans *spans, uint64_t *seed)
{
	uint64_t at = random_next(seed) % spans_bytes(spans);

	for (size_t i = 0;; i++) {
		uint64_t size = spans->list[i].end - spans->list[i].start;

		if (at < size)
			return spans->list[i].start + at;
		at -= size;
	}
}

/* Before, in or behind something reserved. */
static uint64_t pick_beside(const struct spans *reserved, uint64_t *seed)
{
	const struct span *span = &reserved->list[random_next(seed) % reserved->count];

	switch (random_next(seed) % 4) {
	case 0:
		return span->start - FRAME;
	case 1:
		return span->start;
	case 2:
		return span->start + (span->end - span->start) / 2;
	default:
		return span->end;
	}
}

struct spans board_frames(const struct kernel_memory memory[KERNELS], size_t count, uint64_t *seed)
{
	const struct spans *ram = &memory[0].memory;
	struct spans frames = {0}, reserved = {0};

	for (int i = 0; i < KERNELS; i++) {
		spans_add_all(&reserved, &memory[i].reserved);
		spans_add_all(&reserved, &memory[i].no_map);
	}
	for (size_t tries = 0; tries < 50 * count && spans_bytes(&frames) < count * FRAME;
	     tries++) {
		bool beside = reserved.count && random_next(seed) % 2;
		uint64_t at = beside ? pick_beside(&reserved, seed) : pick(ram, seed);

		at &= ~(FRAME - 1);
		if (spans_overlap(ram, at, at + FRAME))
			spans_add(&frames, at, at + FRAME);
	}
	spans_free(&reserved);
	return frames;
}
