/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What was loaded, and the cases that damage it: shared by the files of the guest. */
#ifndef TESTS_VM_PURGATORY_BARE_BARE_H
#define TESTS_VM_PURGATORY_BARE_BARE_H

#include "purgatory/purgatory.h"
#include "purgatory/sha256.h"

enum {
	AT_PURGATORY = 0x2000000,
	AT_KERNEL = 0x3000000,
	AT_INITRD = 0x4000000,
	AT_BOOT_PARAMS = 0x5000000,
	AT_SETUP_DATA = 0x5100000,
	AT_COUNTER = 0x6000000,
	KERNEL_BYTES = 0x21234,
	KERNEL_MEMORY = 0x40000,
	INITRD_BYTES = 100003,
	INITRD_MEMORY = 0x19000,
	SETUP_DATA_BYTES = 0x1000,
	COM1 = 0x3f8,
	COM2 = 0x2f8,
	UNMAPPED = 0xffe00000,
};

struct e820_entry {
	uint64_t start, size;
	uint32_t type;
} __attribute__((packed));

struct setup_data {
	uint64_t next;
	uint32_t type, size;
	struct e820_entry entries[];
} __attribute__((packed));

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
};

extern const uint8_t kernel_jump[], kernel_jump_end[];
/* The zero page's entries, and the nodes of the setup_data chain. */
struct e820_entry *zero_page_entries(void);
struct setup_data *node(unsigned int number);

void scene_build(struct scene *scene);
void scene_seal(struct scene *scene);
/* The digests of what a case changed on purpose: the map is what is to be caught, not the bytes. */
void segments_seal(struct scene *scene);

/* The table. What VGA shows is looked at after the cases that say so. */
extern const struct test_case cases[];
extern const unsigned int case_count;
/* By itself only: it waits long enough for a machine check to be sent from outside. */
extern const struct test_case case_alone;
bool case_shows_vga(const struct test_case *running);
bool case_keeps_graphics(const struct test_case *running);
void flip_purgatory(struct scene *scene);

/* To both serial ports. */
void tell(const char *text);

static inline uint8_t *at(uint64_t address)
{
	__asm__("" : "+r"(address));
	return (uint8_t *)address;
}

#endif
