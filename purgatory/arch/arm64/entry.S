/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From the old kernel to purgatory and on to the next one.
 *
 * In: EL1 or EL2, MMU and data cache off, no stack, no vectors; what was loaded is clean to the
 * point of coherency (arm64_relocate_new_kernel and cpu_soft_restart in arch/arm64/kernel of Linux).
 * Out: Documentation/arch/arm64/booting.rst: x0 is the device tree, x1 to x3 are zero, interrupts
 * are masked, MMU and caches as they were.
 */
#include "purgatory/arch/arm64/level.inc"

	.section .text.entry, "ax", @progbits
	.globl	purgatory_start
	.type	purgatory_start, @function
purgatory_start:
	msr	daifset, #0xf
	msr	spsel, #1
	adrp	x0, stack_top
	add	x0, x0, :lo12:stack_top
	mov	sp, x0
	adrp	x0, exception_vectors
	add	x0, x0, :lo12:exception_vectors
	at_el2	x1, 1f
	msr	vbar_el1, x0
	msr	tpidr_el1, xzr
	b	2f
1:	msr	vbar_el2, x0
	msr	tpidr_el2, xzr
2:	isb

	/* Linux zeroes what lies beyond the blob's bytes; this does not take that on trust. */
	adrp	x0, purgatory_written
	adrp	x1, bss_end
	add	x1, x1, :lo12:bss_end
3:	cmp	x0, x1
	b.hs	4f
	stp	xzr, xzr, [x0], #16
	b	3b
4:
	mov	x29, xzr
	mov	x30, xzr
	bl	purgatory_main

	/* struct kernel_start came in x0 and x1. */
	mov	x16, x0
	mov	x0, x1
	mov	x1, xzr
	mov	x2, xzr
	mov	x3, xzr
	br	x16
	.size	purgatory_start, . - purgatory_start

	.section .stack, "aw", @nobits
	.balign	16
	.skip	16384
	.globl	stack_top
	.hidden	stack_top
stack_top:

	.section .note.GNU-stack, "", @progbits
