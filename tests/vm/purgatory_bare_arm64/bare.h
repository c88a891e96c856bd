/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What was loaded, and the cases that damage it: shared by the files of the guest. */
#ifndef TESTS_VM_PURGATORY_BARE_ARM64_BARE_H
#define TESTS_VM_PURGATORY_BARE_ARM64_BARE_H

#include "purgatory/purgatory.h"
#include "purgatory/sha256.h"

enum {
	AT_UART = 0x09000000,
	AT_NOTHING = 0x0b000000, /* reads of it are answered by an external abort */
	AT_SETTINGS = 0x42000000,
	AT_COUNTER = 0x43000000,
	AT_KERNEL = 0x44000000,
	AT_TREE = 0x46000000,
	AT_PURGATORY = 0x47001000,
	AT_RAM_UART = 0x48000000,
	KERNEL_BYTES = 0x21234,
	KERNEL_MEMORY = 0x200000,
	INITRD_BYTES = 100003,
	INITRD_MEMORY = 0x19000,
	TREE_BYTES = 0x1000,
};
/* Past what 32 bits of address range reach. */
#define AT_INITRD UINT64_C(0x120000000)

/* Written to AT_SETTINGS by QEMU. */
enum setting {
	SETTING_HOST = 1,	/* EL2 with E2H, as Linux has it */
	SETTING_TRAPS = 2,	/* purgatory runs at EL1, and EL2 answers for the ID registers: */
	SETTING_NO_SHA = 4,	/* no SHA instructions, */
	SETTING_NO_GRANULE = 8, /* no pages of 4 KiB */
	SETTING_FLIP = 16,	/* one byte of purgatory is flipped: which one, from bit 8 on */
};

struct scene {
	struct purgatory_parameters parameters;
	uint8_t *image;
	struct purgatory_poison *poison;
	uint64_t poison_count;
	uint64_t offset; /* of the case's table row */
};

struct test_case {
	const char *name;
	const char *says; /* must be said; NULL: nothing at all may be */
	bool starts;	  /* the next kernel is reached */
	/* Before the parameters are sealed, and after everything was written. */
	void (*before)(struct scene *scene);
	void (*after)(struct scene *scene);
	uint64_t offset;
	uint64_t ram_uart_bytes; /* RAM plays the serial port: how wide its data register is */
};

extern const uint8_t kernel_jump[], kernel_jump_end[];

void scene_build(struct scene *scene);
void scene_seal(struct scene *scene);
/* The digests of what a case changed on purpose: the tree is what is to be caught, not the bytes. */
void segments_seal(struct scene *scene);
/* Where a node or property of the tree starts, by its name: its tag. */
uint8_t *tree_find_node(const char *name);
uint8_t *tree_find_property(const char *node, const char *name);
void big_write(uint8_t *bytes, uint32_t number);
uint32_t big_read(const uint8_t *bytes);

/* How the machine's firmware is called. */
enum purgatory_psci conduit(void);

extern const struct test_case cases[];
extern const unsigned int case_count;
void flip_purgatory(struct scene *scene);

void tell(const char *text);

static inline uint8_t *at(uint64_t address)
{
	__asm__("" : "+r"(address));
	return (uint8_t *)address;
}

#endif
