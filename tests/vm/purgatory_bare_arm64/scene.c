/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Everything that a loader puts into memory: three segments, a device tree and its poison. */
#include <string.h>

#include "tests/vm/purgatory_bare_arm64/bare.h"

static const struct purgatory_poison poison[] = {
	{0x49000000, 0x49001000},   {0x49005000, 0x49008000},	{0x4a000000, 0x4a200000},
	{0x100000000, 0x100001000}, {0x140000000, 0x140003000},
};

/* The second range is told by two nodes, the last by a node and an entry. */
static const struct {
	const char *name;
	uint64_t start, size;
} nodes[] = {
	{"firmware@4f000000", 0x4f000000, 0x1000},   {"hwpoison@49000000", 0x49000000, 0x1000},
	{"hwpoison@49005000", 0x49005000, 0x1000},   {"hwpoison@49006000", 0x49006000, 0x2000},
	{"hwpoison@4a000000", 0x4a000000, 0x200000}, {"hwpoison@140000000", 0x140000000, 0x2000},
};
static const uint64_t entries[][2] = {
	{0x46000000, 0x1000},
	{0x100000000, 0x1000},
	{0x140002000, 0x1000},
	{0, 0},
};

static const char strings[] = "#address-cells\0#size-cells\0ranges\0reg\0no-map\0status\0compatible";
enum { STRUCTURE_AT = 0x80, STRINGS_AT = 0xf00 };

void big_write(uint8_t *bytes, uint32_t number)
{
	for (unsigned int i = 0; i < 4; i++)
		bytes[i] = (uint8_t)(number >> (24 - 8 * i));
}

uint32_t big_read(const uint8_t *bytes)
{
	return (uint32_t)bytes[0] << 24 | bytes[1] << 16 | bytes[2] << 8 | bytes[3];
}

static uint8_t *word_put(uint8_t *next, uint32_t word)
{
	big_write(next, word);
	return next + 4;
}

static uint8_t *number_put(uint8_t *next, uint64_t number)
{
	return word_put(word_put(next, (uint32_t)(number >> 32)), (uint32_t)number);
}

static uint8_t *bytes_put(uint8_t *next, const void *bytes, size_t size)
{
	memset(next, 0, (size + 3) & ~3UL);
	memcpy(next, bytes, size);
	return next + ((size + 3) & ~3UL);
}

static size_t length(const char *text)
{
	size_t size = 0;

	while (text[size])
		size++;
	return size;
}

static uint32_t string_offset(const char *name)
{
	uint32_t offset = 0;

	while (memcmp(strings + offset, name, length(name) + 1) != 0)
		offset += (uint32_t)length(strings + offset) + 1;
	return offset;
}

static uint8_t *node_put(uint8_t *next, const char *name)
{
	return bytes_put(word_put(next, 1), name, length(name) + 1);
}

static uint8_t *property_put(uint8_t *next, const char *name, const void *value, uint32_t size)
{
	next = word_put(word_put(word_put(next, 3), size), string_offset(name));
	return bytes_put(next, value, size);
}

static uint8_t *cells_put(uint8_t *next)
{
	static const uint8_t two[] = {0, 0, 0, 2};

	next = property_put(next, "#address-cells", two, 4);
	return property_put(next, "#size-cells", two, 4);
}

static void tree_build(void)
{
	uint8_t *tree = at(AT_TREE), *next = tree + 40, reg[16];

	memset(tree, 0, TREE_BYTES);
	for (unsigned int i = 0; i < sizeof(entries) / sizeof(*entries); i++)
		next = number_put(number_put(next, entries[i][0]), entries[i][1]);
	next = cells_put(node_put(tree + STRUCTURE_AT, ""));
	next = property_put(next, "compatible", "linux,dummy-virt", 17);
	next = word_put(node_put(next, "chosen"), 2);
	next = cells_put(node_put(next, "reserved-memory"));
	next = property_put(next, "ranges", NULL, 0);
	for (unsigned int i = 0; i < sizeof(nodes) / sizeof(*nodes); i++) {
		number_put(number_put(reg, nodes[i].start), nodes[i].size);
		next = node_put(next, nodes[i].name);
		next = property_put(next, "reg", reg, sizeof(reg));
		next = property_put(next, "no-map", NULL, 0);
		next = property_put(next, "status", "okay", 5);
		next = word_put(word_put(next, 4), 2);
	}
	next = word_put(word_put(word_put(next, 2), 2), 9);
	memcpy(tree + STRINGS_AT, strings, sizeof(strings));
	{
		const uint32_t header[] = {0xd00dfeed,
					   TREE_BYTES,
					   STRUCTURE_AT,
					   STRINGS_AT,
					   40,
					   17,
					   16,
					   0,
					   sizeof(strings),
					   (uint32_t)(next - tree) - STRUCTURE_AT};

		for (unsigned int i = 0; i < 10; i++)
			word_put(tree + 4 * i, header[i]);
	}
}

uint8_t *tree_find_node(const char *name)
{
	uint8_t *next = at(AT_TREE + STRUCTURE_AT);

	while (big_read(next) != 1 || memcmp(next + 4, name, length(name) + 1) != 0)
		next += 4;
	return next;
}

uint8_t *tree_find_property(const char *node, const char *name)
{
	uint8_t *next = tree_find_node(node);

	while (big_read(next) != 3 || big_read(next + 8) != string_offset(name))
		next += 4;
	return next;
}

void scene_build(struct scene *scene)
{
	struct purgatory_parameters *p = &scene->parameters;

	for (uint64_t i = 0; i < KERNEL_BYTES; i++)
		at(AT_KERNEL)[i] = (uint8_t)(i * 7 >> 3);
	memset(at(AT_KERNEL + KERNEL_BYTES), 0, 4096);
	memcpy(at(AT_KERNEL), kernel_jump, (size_t)(kernel_jump_end - kernel_jump));
	for (uint64_t i = 0; i < INITRD_MEMORY; i++)
		at(AT_INITRD)[i] = i < INITRD_BYTES ? (uint8_t)(i * 13 >> 2) : 0;
	tree_build();

	scene->image = at(AT_PURGATORY);
	/* What lies behind the blob is not zero: purgatory clears what it relies on. */
	memset(scene->image, 0xa5, purgatory_arm64.memory_size);
	memcpy(scene->image, purgatory_arm64.bytes, purgatory_arm64.bytes_size);
	scene->poison = (struct purgatory_poison *)(scene->image + purgatory_arm64.memory_size);
	scene->poison_count = sizeof(poison) / sizeof(*poison);
	memcpy(scene->poison, poison, sizeof(poison));

	purgatory_parameters_start(p);
	p->reset_delay = 20;
	p->flags = PURGATORY_CONSOLE_UART;
	p->uart_kind = PURGATORY_UART_PL011;
	p->uart_address = AT_UART;
	p->psci = conduit();
	p->kernel_entry = AT_KERNEL;
	p->handover = AT_TREE;
	purgatory_segment_add(p, "kernel", AT_KERNEL, at(AT_KERNEL), KERNEL_BYTES, KERNEL_MEMORY,
			      true);
	purgatory_segment_add(p, "dtb", AT_TREE, at(AT_TREE), TREE_BYTES, TREE_BYTES, true);
	purgatory_segment_add(p, "initrd", AT_INITRD, at(AT_INITRD), INITRD_BYTES, INITRD_MEMORY,
			      true);
}

void scene_seal(struct scene *scene)
{
	const char *why;

	purgatory_poison_set(&scene->parameters, (uintptr_t)scene->poison, scene->poison,
			     scene->poison_count);
	why = purgatory_seal(&purgatory_arm64, &scene->parameters, scene->image);
	if (why) {
		tell("CANNOT SEAL ");
		tell(why);
		tell("\n");
	}
}

void segments_seal(struct scene *scene)
{
	struct purgatory_parameters *p = &scene->parameters;

	for (uint32_t i = 0; i < p->segment_count; i++)
		if (p->segments[i].hashed)
			sha256_of(SHA256_PORTABLE, at(p->segments[i].start),
				  p->segments[i].bytes_size, p->segments[i].sha256);
}
