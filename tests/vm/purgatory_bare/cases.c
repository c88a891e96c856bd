/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The cases: what each damages, and what must be said of it. */
#include <string.h>

#include "purgatory/arch/x86_64/port.h"
#include "tests/vm/purgatory_bare/bare.h"

static void flip(struct scene *scene)
{
	*at(scene->offset) ^= 0x10;
}

void flip_purgatory(struct scene *scene)
{
	scene->image[scene->offset] ^= 0x04;
}

/* The last of the constants, which lie before the parameters. */
static void flip_constant(struct scene *scene)
{
	scene->image[purgatory_x86_64.parameters_offset - 1] ^= 0x04;
}

static void flip_poison(struct scene *scene)
{
	scene->poison[2].start ^= 0x1000;
}

static void skip_digests(struct scene *scene)
{
	scene->parameters.flags |= PURGATORY_SKIP_DIGESTS;
}

static void no_poison(struct scene *scene)
{
	scene->poison_count = 0;
}

static void no_console(struct scene *scene)
{
	scene->parameters.serial_port = 0;
}

static void second_console(struct scene *scene)
{
	scene->parameters.serial_port = COM2;
	scene->parameters.serial_baud = 9600;
}

static void wait_long(struct scene *scene)
{
	scene->parameters.reset_delay = PURGATORY_RESET_DELAY_MAX;
}

static void absent_console(struct scene *scene)
{
	scene->parameters.serial_port = 0x2e8;
}

static void vga_console(struct scene *scene)
{
	scene->parameters.flags |= PURGATORY_CONSOLE_VGA;
}

/* A card that draws dots, until it is reset. */
static void vga_graphics(struct scene *scene)
{
	scene->parameters.flags |= PURGATORY_CONSOLE_VGA | PURGATORY_RESET_VGA;
	port_write(0x3ce, 6);
	port_write(0x3cf, 0x05);
}

static void vga_graphics_kept(struct scene *scene)
{
	vga_graphics(scene);
	scene->parameters.flags &= ~(uint32_t)PURGATORY_RESET_VGA;
}

static void unhashed_initrd(struct scene *scene)
{
	scene->parameters.segments[1].hashed = 0;
}

static void poison_disorder(struct scene *scene)
{
	scene->poison[3] = scene->poison[1];
}

/* Poison back in RAM, by the digests as it should be. */
static void zero_page_ram(struct scene *scene)
{
	zero_page_entries()[scene->offset].type = 1;
	segments_seal(scene);
}

static void zero_page_wide(struct scene *scene)
{
	zero_page_entries()[2].size += scene->offset;
	segments_seal(scene);
}

static void zero_page_full(struct scene *scene)
{
	at(AT_BOOT_PARAMS)[0x1e8] = 129;
	segments_seal(scene);
}

static void zero_page_endless(struct scene *scene)
{
	zero_page_entries()[8].size = UINT64_MAX;
	segments_seal(scene);
}

static void extension_ram(struct scene *scene)
{
	node(1)->entries[scene->offset].type = 1;
	segments_seal(scene);
}

static void extension_second(struct scene *scene)
{
	node(2)->type = 1;
	node(2)->size = 20;
	node(2)->entries[0] = (struct e820_entry){0x8006000, 0x1000, 1};
	segments_seal(scene);
}

static void extension_ragged(struct scene *scene)
{
	node(1)->size--;
	segments_seal(scene);
}

static void chain_round(struct scene *scene)
{
	node(2)->next = (uintptr_t)node(0);
	segments_seal(scene);
}

static void chain_away(struct scene *scene)
{
	node(1)->next = scene->offset;
	segments_seal(scene);
}

static void chain_huge(struct scene *scene)
{
	node(1)->size = (uint32_t)scene->offset;
	segments_seal(scene);
}

static void segment_unmapped(struct scene *scene)
{
	struct purgatory_segment *initrd = &scene->parameters.segments[1];

	initrd->start = UNMAPPED;
}

static void instruction_bad(struct scene *scene)
{
	/* ud2 where the hash of the parameters starts. */
	memcpy(scene->image + purgatory_x86_64.sha256_portable_offset, "\x0f\x0b", 2);
	memcpy(scene->image + purgatory_x86_64.sha256_hardware_offset, "\x0f\x0b", 2);
}

/* Nothing but the digest says that this is wrong. */
static void entry_moved(struct scene *scene)
{
	struct purgatory_parameters *p =
		(struct purgatory_parameters *)(scene->image + purgatory_x86_64.parameters_offset);

	p->kernel_entry += 1;
}

static void magic_wrong(struct scene *scene)
{
	struct purgatory_parameters *p =
		(struct purgatory_parameters *)(scene->image + purgatory_x86_64.parameters_offset);

	p->magic++;
	sha256_of(SHA256_PORTABLE, p, offsetof(struct purgatory_parameters, sha256), p->sha256);
}

#define GOOD(n, b, s)                                                                              \
	{                                                                                          \
		.name = n, .starts = true, .before = b, .says = s                                  \
	}
#define FLIP(n, segment, address)                                                                  \
	{                                                                                          \
		.name = n, .after = flip, .offset = address,                                       \
		.says = "segment " segment ": what lies there is not what was loaded"              \
	}
#define BEFORE(n, b, o, s)                                                                         \
	{                                                                                          \
		.name = n, .before = b, .offset = o, .says = s                                     \
	}
#define AFTER(n, a, o, s)                                                                          \
	{                                                                                          \
		.name = n, .after = a, .offset = o, .says = s                                      \
	}
#define IN_RAM "a poisoned frame is RAM in the memory map: "
#define NOWHERE "setup_data chain leads to where nothing was loaded: "
#define LARGE "a setup_data node is larger than what was loaded: "

const struct test_case cases[] = {
	GOOD("all is well", NULL,
	     "purgatory: 4 segments, 243927 bytes verified, 521 poisoned frames kept out"),
	GOOD("no poison", no_poison, "verified, 0 poisoned frames kept out"),
	GOOD("no digests", skip_digests, "purgatory: no digests checked, 521 poisoned frames"),
	GOOD("no console, no words", no_console, NULL),
	GOOD("second serial port", second_console, "243927 bytes verified"),
	GOOD("absent serial port", absent_console, NULL),
	GOOD("VGA", vga_console,
	     "VGA .*purgatory: 4 segments, 243927 bytes verified, 521 poisoned frames"),
	GOOD("VGA in graphics mode is reset", vga_graphics, "VGA .*purgatory: 4 segments"),
	GOOD("VGA in graphics mode is left alone", vga_graphics_kept, "VGA none"),
	GOOD("one segment is not hashed", unhashed_initrd, "3 segments, 143924 bytes verified"),
	{.name = "padding is nobody's",
	 .starts = true,
	 .after = flip,
	 .offset = AT_KERNEL + KERNEL_BYTES,
	 .says = "4 segments, 243927 bytes verified"},
	FLIP("kernel, first byte", "kernel", AT_KERNEL),
	FLIP("kernel, middle", "kernel", AT_KERNEL + 0x10000),
	FLIP("kernel, last byte", "kernel", AT_KERNEL + KERNEL_BYTES - 1),
	FLIP("initrd, first byte", "initrd", AT_INITRD),
	FLIP("initrd, last byte", "initrd", AT_INITRD + INITRD_BYTES - 1),
	FLIP("boot_params, first byte", "boot_params", AT_BOOT_PARAMS),
	FLIP("boot_params, last byte", "boot_params", AT_BOOT_PARAMS + 4095),
	FLIP("setup_data, first byte", "setup_data", AT_SETUP_DATA),
	FLIP("setup_data, last byte", "setup_data", AT_SETUP_DATA + SETUP_DATA_BYTES - 1),
	{.name = "no console, a fault is told all the same",
	 .before = no_console,
	 .after = flip,
	 .offset = AT_INITRD + 5,
	 .says = "segment initrd: what lies there is not what was loaded: "
		 "0x4000000-0x40186a3"},
	{.name = "second serial port, a fault",
	 .before = second_console,
	 .after = flip,
	 .offset = AT_INITRD + 5,
	 .says = "segment initrd"},
	{.name = "no digests, a fault is not seen",
	 .before = skip_digests,
	 .starts = true,
	 .after = flip,
	 .offset = AT_INITRD,
	 .says = "no digests checked"},
	AFTER("poison table flipped", flip_poison, 0, "the poison table is not what was loaded"),
	BEFORE("poison table out of order", poison_disorder, 0, "the poison table is out of order"),
	BEFORE("zero page: RAM, first", zero_page_ram, 3,
	       IN_RAM "0x8000000-0x8001000 holds 0x8000000-0x8001000"),
	BEFORE("zero page: RAM, run", zero_page_ram, 5, IN_RAM "0x8005000-0x8008000 holds"),
	BEFORE("zero page: RAM, last", zero_page_ram, 9, IN_RAM "0xa000000-0xa200000 holds"),
	BEFORE("zero page: one byte", zero_page_wide, 1,
	       IN_RAM "0x100000-0x8000001 holds 0x8000000-0x8001000"),
	BEFORE("zero page: overlaid", zero_page_wide, 0x8000000, IN_RAM "0x100000-0x10000000"),
	BEFORE("zero page: too many", zero_page_full, 0, "more entries than room"),
	BEFORE("zero page: no end", zero_page_endless, 0, "has no end"),
	BEFORE("extension: RAM, first", extension_ram, 1, IN_RAM "0x100000000-0x100001000 holds"),
	BEFORE("extension: RAM, last", extension_ram, 3, IN_RAM "0x180000000-0x180001000 holds"),
	BEFORE("extension: a second one", extension_second, 0, IN_RAM "0x8006000-0x8007000 holds"),
	BEFORE("extension: no whole entries", extension_ragged, 0, "does not hold whole entries"),
	BEFORE("chain: goes round", chain_round, 0, "the setup_data chain goes round"),
	BEFORE("chain: to itself unaligned", chain_away, AT_SETUP_DATA + SETUP_DATA_BYTES - 15,
	       NOWHERE "0x5100ff1"),
	BEFORE("chain: low memory", chain_away, 8, NOWHERE "0x8"),
	BEFORE("chain: the end of all", chain_away, UINT64_MAX - 7, NOWHERE "0xfffffffffffffff8"),
	BEFORE("chain: unmapped memory", chain_away, UNMAPPED, NOWHERE "0xffe00000"),
	BEFORE("chain: node too large", chain_huge, 0x2000, LARGE "0x5100400-0x5102410"),
	BEFORE("chain: node huge", chain_huge, 0xffffffff, LARGE "0x5100400-"),
	BEFORE("page fault", segment_unmapped, 0, "exception 14, error 0x0 at +0x"),
	AFTER("invalid instruction", instruction_bad, 0, "exception 6, error 0x0 at +0x"),
	AFTER("parameters: another entry", entry_moved, 0,
	      "its own parameters are not what was loaded"),
	AFTER("parameters: of something else", magic_wrong, 0,
	      "they do not start with the magic number"),
	AFTER("a constant flipped", flip_constant, 0,
	      "its own instructions are not what was loaded"),
};

const struct test_case case_alone = {.name = "waiting",
				     .before = wait_long,
				     .after = flip,
				     .offset = AT_INITRD,
				     .says = "segment initrd"};

const unsigned int case_count = sizeof(cases) / sizeof(*cases);

bool case_shows_vga(const struct test_case *running)
{
	return running->before == vga_console || running->before == vga_graphics;
}

bool case_keeps_graphics(const struct test_case *running)
{
	return running->before == vga_graphics_kept;
}
