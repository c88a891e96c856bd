/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Purgatory on arm64: the names that its files share. */
#ifndef PURGATORY_ARCH_ARM64_ARM64_H
#define PURGATORY_ARCH_ARM64_ARM64_H

#include "purgatory/machine.h"

/* purgatory.lds: where what is written starts, and where all ends. */
extern uint8_t purgatory_written[];
extern const uint8_t purgatory_memory_end[];

/* Where to go, for entry.S: two registers. */
struct kernel_start {
	uint64_t entry, device_tree;
};

/* Called by entry.S on purgatory's stack with its own vectors. */
struct kernel_start purgatory_main(void);
/* Called by vectors.S: the vector's number, and how many exceptions there were. */
_Noreturn void exception_handle(uint64_t vector, uint64_t count);

/* vectors.S: by the conduit that is known, then by the others. */
_Noreturn void psci_reset(uint64_t conduit);

/* mmu.S */
void mmu_on(uint64_t sctlr, uint64_t ttbr0, uint64_t tcr, uint64_t mair, uint64_t line);
void mmu_off(uint64_t sctlr, uint64_t ttbr0, uint64_t tcr, uint64_t mair, uint64_t line);

/* Everything as it was before machine_reading_start(). */
void reading_stop(void);

/* Nothing is printed any more: the console may be what faults. */
void console_quiet(void);

#endif
