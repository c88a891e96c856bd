/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The cases: what each damages, and what must be said of it. */
#include <string.h>

#include "tests/vm/purgatory_bare_arm64/bare.h"

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
	scene->image[purgatory_arm64.parameters_offset - 1] ^= 0x04;
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

/* A port for failures only. */
static void no_success(struct scene *scene)
{
	scene->parameters.flags &= ~(uint32_t)PURGATORY_CONSOLE_UART;
}

static void no_port(struct scene *scene)
{
	no_success(scene);
	scene->parameters.uart_kind = PURGATORY_UART_NONE;
	scene->parameters.uart_address = 0;
}

/* What answers there is an abort, which is no port's to tell of. */
static void port_nowhere(struct scene *scene)
{
	scene->parameters.uart_address = AT_NOTHING;
}

/* RAM that says that it is a port: ready, or never so. */
static void ram_port(struct scene *scene, enum purgatory_uart kind, uint8_t status)
{
	memset(at(AT_RAM_UART), 0xa5, 4096);
	at(AT_RAM_UART)[5U << scene->offset] = status;
	scene->parameters.uart_kind = kind;
	scene->parameters.uart_shift = (uint32_t)scene->offset;
	scene->parameters.uart_address = AT_RAM_UART;
}

static void ram_8250(struct scene *scene)
{
	ram_port(scene, PURGATORY_UART_8250, 0x20);
}

static void ram_8250_32(struct scene *scene)
{
	ram_port(scene, PURGATORY_UART_8250_32, 0x20);
}

static void ram_8250_busy(struct scene *scene)
{
	ram_port(scene, PURGATORY_UART_8250, 0);
}

static void psci_none(struct scene *scene)
{
	scene->parameters.psci = PURGATORY_PSCI_NONE;
}

static void psci_other(struct scene *scene)
{
	scene->parameters.psci = conduit() == PURGATORY_PSCI_HVC ? PURGATORY_PSCI_SMC :
								   PURGATORY_PSCI_HVC;
}

static void unhashed_initrd(struct scene *scene)
{
	scene->parameters.segments[2].hashed = 0;
}

/* It is not mapped when nobody is to read it: nothing may look at it. */
static void unhashed_nowhere(struct scene *scene)
{
	unhashed_initrd(scene);
	scene->parameters.segments[2].start = AT_NOTHING;
}

static void segment_nowhere(struct scene *scene)
{
	scene->parameters.segments[2].start = AT_NOTHING;
}

/* So much memory that it takes all sizes of block, from one page on to 1 GiB and beyond. */
static void segment_far(struct scene *scene)
{
	scene->parameters.segments[2].start = UINT64_C(1) << 49;
}

static void poison_disorder(struct scene *scene)
{
	scene->poison[3] = scene->poison[1];
}

/* A frame of the padding, which the kernel uses as its own. */
static void poison_in_kernel(struct scene *scene)
{
	scene->poison[0].start = AT_KERNEL + KERNEL_MEMORY - 0x1000;
	scene->poison[0].end = AT_KERNEL + KERNEL_MEMORY;
}

/* The tree says otherwise, and its digest agrees. */

static void node_move(struct scene *scene)
{
	uint8_t *reg = tree_find_property("hwpoison@49006000", "reg") + 12;

	big_write(reg + 4, (uint32_t)(big_read(reg + 4) + scene->offset));
	segments_seal(scene);
}

static void node_mapped(struct scene *scene)
{
	big_write(tree_find_property("hwpoison@49000000", "no-map"), 4);
	big_write(tree_find_property("hwpoison@49000000", "no-map") + 4, 4);
	segments_seal(scene);
}

/* Its no-map becomes NOPs. */
static void node_without_no_map(struct scene *scene)
{
	uint8_t *property = tree_find_property("hwpoison@49000000", "no-map");

	for (unsigned int i = 0; i < 3; i++)
		big_write(property + 4 * i, 4);
	segments_seal(scene);
}

static void node_disabled(struct scene *scene)
{
	memcpy(tree_find_property("hwpoison@4a000000", "status") + 12, "nope", 4);
	segments_seal(scene);
}

static void node_empty(struct scene *scene)
{
	memset(tree_find_property("hwpoison@140000000", "reg") + 20, 0, 8);
	segments_seal(scene);
}

static void cells_differ(struct scene *scene)
{
	big_write(tree_find_property("reserved-memory", "#size-cells") + 12, 1);
	segments_seal(scene);
}

static void ranges_missing(struct scene *scene)
{
	big_write(tree_find_property("reserved-memory", "ranges") + 8,
		  big_read(tree_find_property("hwpoison@4a000000", "no-map") + 8));
	segments_seal(scene);
}

static void entry_missing(struct scene *scene)
{
	/* The second, of the size: Linux stops there, and never sees the third. */
	memset(at(AT_TREE + 40 + 16 + 8), 0, 8);
	segments_seal(scene);
}

static void entry_short(struct scene *scene)
{
	big_write(at(AT_TREE + 40 + 32 + 12), 0xfff);
	segments_seal(scene);
}

static void header_word(struct scene *scene)
{
	big_write(at(AT_TREE + (scene->offset & 0xff)), (uint32_t)(scene->offset >> 8));
	segments_seal(scene);
}

static void tag_wrong(struct scene *scene)
{
	big_write(tree_find_node("hwpoison@49005000"), 7);
	segments_seal(scene);
}

static void property_huge(struct scene *scene)
{
	big_write(tree_find_property("hwpoison@49005000", "reg") + 4, 0xfffffff0);
	segments_seal(scene);
}

static void instruction_bad(struct scene *scene)
{
	/* What is undefined for ever, where the hash of the parameters starts. */
	memset(scene->image + purgatory_arm64.sha256_portable_offset, 0, 4);
}

/* Nothing but the digest says that this is wrong. */
static void entry_moved(struct scene *scene)
{
	struct purgatory_parameters *p =
		(struct purgatory_parameters *)(scene->image + purgatory_arm64.parameters_offset);

	p->kernel_entry += 4;
}

static void magic_wrong(struct scene *scene)
{
	struct purgatory_parameters *p =
		(struct purgatory_parameters *)(scene->image + purgatory_arm64.parameters_offset);

	p->magic++;
	sha256_of(SHA256_PORTABLE, p, offsetof(struct purgatory_parameters, sha256), p->sha256);
}

#define GOOD(n, b, s)                                                                              \
	{                                                                                          \
		.name = n, .starts = true, .before = b, .says = s                                  \
	}
#define PORT(n, b, shift, bytes, s)                                                                \
	{                                                                                          \
		.name = n, .starts = true, .before = b, .offset = shift, .ram_uart_bytes = bytes,  \
		.says = s                                                                          \
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
#define FAULT(n, b, s)                                                                             \
	{                                                                                          \
		.name = n, .before = b, .after = flip, .offset = AT_INITRD + 5, .says = s          \
	}
#define IN_RAM "a poisoned frame is RAM in the device tree: "
#define DAMAGED "the device tree is damaged: 0x46000000-0x46000028"
#define HEADER(word, value) ((uint64_t)(value) << 8 | 4 * (word))

const struct test_case cases[] = {
	GOOD("all is well", NULL,
	     "purgatory: 3 segments, 239831 bytes verified, 520 poisoned frames kept out"),
	GOOD("no poison", no_poison, "verified, 0 poisoned frames kept out"),
	GOOD("no digests", skip_digests, "purgatory: no digests checked, 520 poisoned frames"),
	GOOD("a port for failures, no words", no_success, NULL),
	GOOD("no port, no words", no_port, NULL),
	PORT("an 8250 of bytes", ram_8250, 0, 1, "PORT WRITTEN"),
	PORT("an 8250 of bytes, four apart", ram_8250, 2, 1, "PORT WRITTEN"),
	PORT("an 8250 of words", ram_8250_32, 2, 4, "PORT WRITTEN"),
	PORT("an 8250 that takes nothing", ram_8250_busy, 0, 0, NULL),
	GOOD("one segment is not hashed", unhashed_initrd, "2 segments, 139828 bytes verified"),
	GOOD("what is not hashed is not touched", unhashed_nowhere,
	     "2 segments, 139828 bytes verified"),
	{.name = "padding is nobody's",
	 .starts = true,
	 .after = flip,
	 .offset = AT_KERNEL + KERNEL_BYTES,
	 .says = "3 segments, 239831 bytes verified"},
	FLIP("kernel, middle", "kernel", AT_KERNEL + 0x10000),
	FLIP("kernel, last byte", "kernel", AT_KERNEL + KERNEL_BYTES - 1),
	FLIP("kernel, first byte", "kernel", AT_KERNEL),
	FLIP("initrd, first byte", "initrd", AT_INITRD),
	FLIP("initrd, last byte", "initrd", AT_INITRD + INITRD_BYTES - 1),
	FLIP("dtb, first byte", "dtb", AT_TREE),
	FLIP("dtb, last byte", "dtb", AT_TREE + TREE_BYTES - 1),
	FAULT("a port for failures, a fault", no_success,
	      "segment initrd: what lies there is not what was loaded: 0x120000000-0x1200186a3"),
	FAULT("no port, a fault", no_port, NULL),
	FAULT("a port that faults", port_nowhere, NULL),
	FAULT("nobody said how to reset", psci_none, "segment initrd"),
	FAULT("the wrong way to reset was said", psci_other, "segment initrd"),
	{.name = "no digests, a fault is not seen",
	 .before = skip_digests,
	 .starts = true,
	 .after = flip,
	 .offset = AT_INITRD,
	 .says = "no digests checked"},
	AFTER("poison table flipped", flip_poison, 0, "the poison table is not what was loaded"),
	BEFORE("poison table out of order", poison_disorder, 0, "the poison table is out of order"),
	BEFORE("poison where the kernel is", poison_in_kernel, 0,
	       "segment kernel: it lies on a poisoned frame: 0x44000000-0x44200000 holds "
	       "0x441ff000-0x44200000"),
	BEFORE("node: later", node_move, 0x1000, IN_RAM "0x49006000-0x49008000"),
	BEFORE("node: earlier", node_move, (uint64_t)-0x1000, IN_RAM "0x49007000-0x49008000"),
	BEFORE("node: no-map is a NOP and damage", node_mapped, 0, DAMAGED),
	BEFORE("node: no no-map", node_without_no_map, 0, IN_RAM "0x49000000-0x49001000"),
	BEFORE("node: disabled", node_disabled, 0, IN_RAM "0x4a000000-0x4a200000"),
	BEFORE("node: of no size", node_empty, 0, IN_RAM "0x140000000-0x140003000"),
	BEFORE("nodes: other cells than the root", cells_differ, 0, IN_RAM "0x49000000-0x49001000"),
	BEFORE("nodes: no ranges", ranges_missing, 0, IN_RAM "0x49000000-0x49001000"),
	BEFORE("entry: missing", entry_missing, 0, IN_RAM "0x100000000-0x100001000"),
	BEFORE("entry: a byte too short", entry_short, 0, IN_RAM "0x140002fff-0x140003000"),
	BEFORE("tree: not one", header_word, HEADER(0, 0xd00dfeee), DAMAGED),
	BEFORE("tree: larger than what was loaded", header_word, HEADER(1, 0x1001), DAMAGED),
	BEFORE("tree: structure outside", header_word, HEADER(2, 0xfffffffc), DAMAGED),
	BEFORE("tree: strings outside", header_word, HEADER(3, 0x1000), DAMAGED),
	BEFORE("tree: entries outside", header_word, HEADER(4, 0xfffffff8), DAMAGED),
	BEFORE("tree: another version", header_word, HEADER(5, 2), DAMAGED),
	BEFORE("tree: no end", header_word, HEADER(9, 0x100), DAMAGED),
	BEFORE("tree: an unknown tag", tag_wrong, 0, DAMAGED),
	BEFORE("tree: a property too large", property_huge, 0, DAMAGED),
	BEFORE("an abort", segment_nowhere, 0,
	       "exception, syndrome 0x9[0-9a-f]* at +0x[0-9a-f]* "
	       "on address 0xb0000"),
	BEFORE("past the addresses that can be mapped", segment_far, 0,
	       "exception, syndrome 0x9[0-9a-f]* at +0x[0-9a-f]* on address 0x2000000"),
	AFTER("invalid instruction", instruction_bad, 0, "exception, syndrome 0x2000000 at +0x"),
	AFTER("parameters: another entry", entry_moved, 0,
	      "its own parameters are not what was loaded"),
	AFTER("parameters: of something else", magic_wrong, 0,
	      "they do not start with the magic number"),
	AFTER("a constant flipped", flip_constant, 0,
	      "its own instructions are not what was loaded"),
};

const unsigned int case_count = sizeof(cases) / sizeof(*cases);
