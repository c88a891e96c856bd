/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Everything that a loader puts into memory: five segments, a map and its poison. */
#include <string.h>

#include "tests/vm/purgatory_bare/bare.h"

static const struct purgatory_poison poison[] = {
	{0x8000000, 0x8001000},	    {0x8005000, 0x8008000},
	{0x9000000, 0x9001000},	    {0xa000000, 0xa200000},
	{0xfffff000, 0x100000000},  {0x100000000, 0x100001000},
	{0x180000000, 0x180001000}, {0xffffffffff000, 0x10000000000000},
};

struct e820_entry *zero_page_entries(void)
{
	return (struct e820_entry *)at(AT_BOOT_PARAMS + 0x2d0);
}

struct setup_data *node(unsigned int number)
{
	return (struct setup_data *)at(AT_SETUP_DATA + 0x400 * number);
}

static void map_build(void)
{
	static const struct e820_entry low[] = {
		{0, 0x9fc00, 1},	  {0x9fc00, 0x400, 2},	  {0x100000, 0x7f00000, 1},
		{0x8000000, 0x1000, 5},	  {0x8001000, 0x4000, 1}, {0x8005000, 0x3000, 5},
		{0x8008000, 0xff8000, 1}, {0x9000000, 0x1000, 5}, {0x9001000, 0xfff000, 1},
		{0xa000000, 0x200000, 5},
	};
	static const struct e820_entry high[] = {
		{0xa200000, 0x5e00000, 1},    {0x100000000, 0x1000, 5},
		{0x100001000, 0x7ffff000, 1}, {0x180000000, 0x1000, 5},
		{0x180001000, 0x1000000, 1},
	};

	memset(at(AT_BOOT_PARAMS), 0, 4096);
	at(AT_BOOT_PARAMS)[0x1e8] = sizeof(low) / sizeof(*low);
	memcpy(zero_page_entries(), low, sizeof(low));
	*(uint64_t *)at(AT_BOOT_PARAMS + 0x250) = AT_SETUP_DATA;
	memset(at(AT_SETUP_DATA), 0, SETUP_DATA_BYTES);
	*node(0) = (struct setup_data){.next = (uintptr_t)node(1), .type = 9, .size = 32};
	*node(1) = (struct setup_data){.next = (uintptr_t)node(2), .type = 1, .size = sizeof(high)};
	memcpy(node(1)->entries, high, sizeof(high));
	*node(2) = (struct setup_data){.type = 4, .size = 16};
}

void scene_build(struct scene *scene)
{
	struct purgatory_parameters *p = &scene->parameters;

	for (uint64_t i = 0; i < KERNEL_MEMORY; i++)
		at(AT_KERNEL)[i] = i < KERNEL_BYTES ? (uint8_t)(i * 7 >> 3) : 0;
	memcpy(at(AT_KERNEL + 0x200), kernel_jump, (size_t)(kernel_jump_end - kernel_jump));
	for (uint64_t i = 0; i < INITRD_MEMORY; i++)
		at(AT_INITRD)[i] = i < INITRD_BYTES ? (uint8_t)(i * 13 >> 2) : 0;
	map_build();

	scene->image = at(AT_PURGATORY);
	/* What lies behind the blob is not zero: purgatory clears what it relies on. */
	memset(scene->image, 0xa5, purgatory_x86_64.memory_size);
	memcpy(scene->image, purgatory_x86_64.bytes, purgatory_x86_64.bytes_size);
	scene->poison = (struct purgatory_poison *)(scene->image + purgatory_x86_64.memory_size);
	scene->poison_count = sizeof(poison) / sizeof(*poison);
	memcpy(scene->poison, poison, sizeof(poison));

	purgatory_parameters_start(p);
	p->reset_delay = 20;
	p->serial_port = COM1;
	p->kernel_entry = AT_KERNEL + 0x200;
	p->handover = AT_BOOT_PARAMS;
	purgatory_segment_add(p, "kernel", AT_KERNEL, at(AT_KERNEL), KERNEL_BYTES, KERNEL_MEMORY,
			      true);
	purgatory_segment_add(p, "initrd", AT_INITRD, at(AT_INITRD), INITRD_BYTES, INITRD_MEMORY,
			      true);
	purgatory_segment_add(p, "boot_params", AT_BOOT_PARAMS, at(AT_BOOT_PARAMS), 4096, 4096,
			      true);
	purgatory_segment_add(p, "setup_data", AT_SETUP_DATA, at(AT_SETUP_DATA), SETUP_DATA_BYTES,
			      SETUP_DATA_BYTES, true);
}

void scene_seal(struct scene *scene)
{
	const char *why;

	purgatory_poison_set(&scene->parameters, (uintptr_t)scene->poison, scene->poison,
			     scene->poison_count);
	why = purgatory_seal(&purgatory_x86_64, &scene->parameters, scene->image);
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
