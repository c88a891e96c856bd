/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * MMU and caches on, and off again. Nothing here touches memory but by cache maintenance: between
 * the maintenance and the switch there is nothing that could make it untrue.
 */
#include "purgatory/arch/arm64/level.inc"

	/* What purgatory writes, line by line. x4: bytes of a line. */
	.macro	written_lines operation
	adrp	x9, purgatory_written
	adrp	x10, purgatory_memory_end
1:	dc	\operation, x9
	add	x9, x9, x4
	cmp	x9, x10
	b.lo	1b
	dsb	sy
	.endm

	/* Arm ARM, D8.13 and B2.3: translations and instructions of before are forgotten. */
	.macro	forget
	at_el2	x9, 2f
	tlbi	vmalle1
	b	3f
2:	tlbi	alle2
3:	ic	iallu
	dsb	sy
	isb
	.endm

	.text
	/*
	 * void mmu_on(uint64_t sctlr, uint64_t ttbr0, uint64_t tcr, uint64_t mair,
	 *	       uint64_t line)
	 * What was written with the cache off went past lines that may have been fetched before,
	 * by speculation: they are stale, and go.
	 */
	.globl	mmu_on
	.type	mmu_on, @function
mmu_on:
	dsb	sy
	written_lines ivac
	at_el2	x9, 4f
	msr	ttbr0_el1, x1
	msr	tcr_el1, x2
	msr	mair_el1, x3
	isb
	forget
	msr	sctlr_el1, x0
	isb
	ret
4:	msr	ttbr0_el2, x1
	msr	tcr_el2, x2
	msr	mair_el2, x3
	isb
	forget
	msr	sctlr_el2, x0
	isb
	ret
	.size	mmu_on, . - mmu_on

	/*
	 * The same arguments, with the registers as they were before. The stack goes on where it is,
	 * so what the cache has of it must be in memory first.
	 */
	.globl	mmu_off
	.type	mmu_off, @function
mmu_off:
	dsb	sy
	written_lines civac
	isb
	at_el2	x9, 4f
	msr	sctlr_el1, x0
	isb
	forget
	msr	ttbr0_el1, x1
	msr	tcr_el1, x2
	msr	mair_el1, x3
	isb
	ret
4:	msr	sctlr_el2, x0
	isb
	forget
	msr	ttbr0_el2, x1
	msr	tcr_el2, x2
	msr	mair_el2, x3
	isb
	ret
	.size	mmu_off, . - mmu_off

	.section .note.GNU-stack, "", @progbits
