/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Exceptions, and the reset by PSCI (Arm DEN 0022), which an exception may be the answer to: HVC
 * and SMC are undefined where nobody is there to take them. TPIDR counts exceptions, so that none
 * of this needs memory but to tell: memory may be what is broken.
 */
#include "purgatory/arch/arm64/level.inc"

#define PSCI_SYSTEM_RESET 0x84000009
#define CONDUIT_HVC 1
#define CONDUIT_SMC 2
/* So many are told; then the ways to reset are gone through, one with each exception. */
#define TOLD_MAX 2

	.section .text.vectors, "ax", @progbits
	.balign	2048
	.globl	exception_vectors
exception_vectors:
	.set	vector, 0
	.rept	16
	.balign	0x80
	mov	x0, #vector
	b	exception_common
	.set	vector, vector + 1
	.endr
	.balign	0x80

exception_common:
	at_el2	x2, 1f
	mrs	x1, tpidr_el1
	add	x1, x1, #1
	msr	tpidr_el1, x1
	b	2f
1:	mrs	x1, tpidr_el2
	add	x1, x1, #1
	msr	tpidr_el2, x1
2:	cmp	x1, #TOLD_MAX
	b.hi	reset_next
	adrp	x2, stack_top
	add	x2, x2, :lo12:stack_top
	mov	sp, x2
	b	exception_handle	/* vector, how many there were */

	/* _Noreturn void psci_reset(uint64_t conduit) */
	.globl	psci_reset
	.type	psci_reset, @function
psci_reset:
	mov	x20, x0
	mov	x1, #(TOLD_MAX + 1)
	at_el2	x2, 3f
	msr	tpidr_el1, x1
	b	reset_next
3:	msr	tpidr_el2, x1

	/* x1: the way; x20: the conduit, if psci_reset was come to. */
reset_next:
	sub	x19, x1, #(TOLD_MAX + 1)
4:	mov	w0, #(PSCI_SYSTEM_RESET & 0xffff)
	movk	w0, #(PSCI_SYSTEM_RESET >> 16), lsl #16
	mov	x1, xzr
	mov	x2, xzr
	mov	x3, xzr
	cmp	x19, #1
	b.eq	reset_smc
	b.hi	reset_hvc
	cmp	x20, #CONDUIT_SMC
	b.eq	reset_smc
	cmp	x20, #CONDUIT_HVC
	b.ne	reset_on
reset_hvc:
	cmp	x19, #2
	b.hi	reset_none
	at_el2	x4, reset_on		/* there it would come to purgatory itself */
	hvc	#0
	b	reset_on
reset_smc:
	smc	#0
	/* It came back: nobody resets the machine that way. */
reset_on:
	add	x19, x19, #1
	add	x1, x19, #(TOLD_MAX + 1)
	at_el2	x2, 5f
	msr	tpidr_el1, x1
	b	4b
5:	msr	tpidr_el2, x1
	b	4b

	/* Nothing on this machine resets it. */
reset_none:
	wfe
	b	reset_none
	.size	psci_reset, . - psci_reset

	.section .note.GNU-stack, "", @progbits
