/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The old kernel and the next one, as far as purgatory can tell: started by QEMU, it enters
 * purgatory in the state that Linux leaves behind (arch/arm64/kernel/cpu-reset.S), with values in
 * registers that the next kernel must find again.
 */
#define SETTINGS 0x42000000
#define SETTING_HOST 1
#define SETTING_TRAPS 2

#define MAIR 0x00bb0000004404ff
#define TTBR0 0x0000000049990000

	.section .text.start, "ax", @progbits
	.globl	start
start:
	msr	daifset, #0xf
	ldr	x0, =stack_top
	mov	sp, x0
	ldr	x0, =bss_start
	ldr	x1, =bss_end
1:	cmp	x0, x1
	b.hs	2f
	stp	xzr, xzr, [x0], #16
	b	1b
2:	bl	el2_prepare
	ldr	x0, =vectors
	mrs	x1, CurrentEL
	cmp	x1, #8
	b.eq	3f
	msr	vbar_el1, x0
	b	4f
3:	msr	vbar_el2, x0
4:	isb
	bl	cases_main
	b	.

	/* Goes to EL1 where the settings say so. */
el2_prepare:
	mrs	x1, CurrentEL
	cmp	x1, #8
	b.ne	2f
	mov	x0, #1
	ldr	x2, =machine_has_el2
	str	x0, [x2]
	ldr	x2, =SETTINGS
	ldr	w2, [x2]
	tbz	w2, #1, 1f
	ldr	x0, =trap_vectors
	msr	vbar_el2, x0
	ldr	x0, =0x80040000			/* HCR_EL2.RW, TID3 */
	msr	hcr_el2, x0
	ldr	x0, =trap_stack_top
	mov	sp, x0
	mov	x0, #0x3c5			/* EL1h, all masked */
	msr	spsr_el2, x0
	ldr	x0, =el1_continue
	msr	elr_el2, x0
	isb
	eret
1:	tbz	w2, #0, 2f
	ldr	x0, =0x488000000		/* HCR_EL2.E2H, RW, TGE */
	msr	hcr_el2, x0
	isb
2:	ret
el1_continue:
	ldr	x0, =stack_top
	mov	sp, x0
	ret

	/* void purgatory_enter(uint64_t entry): does not return */
	.globl	purgatory_enter
purgatory_enter:
	mov	x16, x0
	bl	registers_set
	mov	x0, xzr
	mov	x1, xzr
	mov	x2, xzr
	mov	x3, xzr
	mov	x5, #-1
	mov	x19, #-1
	mov	x20, #-1
	mov	x30, xzr
	mov	x4, xzr
	mov	sp, x4
	br	x16

	/*
	 * SCTLR's bits that read as one, no vector registers; the rest is anything. And SCTLR.A:
	 * QEMU does not know that all unaligned accesses fault while the MMU is off, and so they do.
	 */
registers_set:
	ldr	x1, =MAIR
	ldr	x2, =TTBR0
	mrs	x0, CurrentEL
	cmp	x0, #8
	b.eq	1f
	ldr	x0, =0x30d00802
	msr	sctlr_el1, x0
	msr	mair_el1, x1
	msr	ttbr0_el1, x2
	mov	x0, #0x19
	msr	tcr_el1, x0
	msr	cpacr_el1, xzr
	isb
	ret
1:	ldr	x0, =0x30c50832
	msr	sctlr_el2, x0
	msr	mair_el2, x1
	msr	ttbr0_el2, x2
	mrs	x0, hcr_el2
	tbnz	x0, #34, 2f
	ldr	x0, =0x80800019
	msr	tcr_el2, x0
	ldr	x0, =0x37ff			/* CPTR_EL2.TFP and what reads as one */
	msr	cptr_el2, x0
	isb
	ret
2:	mov	x0, #0x19
	msr	tcr_el2, x0
	msr	cptr_el2, xzr
	isb
	ret

	/* What lies at the kernel's entry, to be copied there. */
	.globl	kernel_jump, kernel_jump_end
kernel_jump:
	ldr	x16, 1f
	br	x16
1:	.quad	kernel_entered
kernel_jump_end:

	.globl	registers_read
kernel_entered:
	ldr	x9, =seen
	stp	x0, x1, [x9]
	stp	x2, x3, [x9, #16]
	add	x0, x9, #32
	bl	registers_read
	ldr	x9, =stack_top
	mov	sp, x9
	bl	kernel_reached
	b	.

	/* void registers_read(uint64_t registers[8]) */
registers_read:
	mrs	x1, daif
	mrs	x2, CurrentEL
	stp	x1, x2, [x0]
	cmp	x2, #8
	b.eq	1f
	mrs	x1, sctlr_el1
	mrs	x2, mair_el1
	stp	x1, x2, [x0, #16]
	mrs	x1, ttbr0_el1
	mrs	x2, tcr_el1
	stp	x1, x2, [x0, #32]
	mrs	x1, cpacr_el1
	stp	x1, xzr, [x0, #48]
	ret
1:	mrs	x1, sctlr_el2
	mrs	x2, mair_el2
	stp	x1, x2, [x0, #16]
	mrs	x1, ttbr0_el2
	mrs	x2, tcr_el2
	stp	x1, x2, [x0, #32]
	mrs	x1, cptr_el2
	mrs	x2, hcr_el2
	stp	x1, x2, [x0, #48]
	ret

	/* void registers_expect(uint64_t registers[8]): what purgatory is entered with */
	.globl	registers_expect
registers_expect:
	stp	x0, x30, [sp, #-16]!
	bl	registers_set
	ldp	x0, x30, [sp], #16
	b	registers_read

	/* uint64_t firmware_call(uint64_t conduit, uint64_t function) */
	.globl	firmware_call
firmware_call:
	mov	x4, x0
	mov	x0, x1
	mov	x1, xzr
	mov	x2, xzr
	mov	x3, xzr
	cmp	x4, #1
	b.eq	1f
	smc	#0
	ret
1:	hvc	#0
	ret

	/* An exception that purgatory did not take itself. */
	.balign	2048
vectors:
	.rept	16
	.balign	128
	ldr	x0, =stack_top
	mov	sp, x0
	bl	exception_reached
	.endr
	.balign	128

	/* At EL2, for a read of an ID register from EL1, or a call. */
	.balign	2048
trap_vectors:
	.rept	8
	.balign	128
	b	.
	.endr
	.balign	128
	sub	sp, sp, #256
	stp	x0, x1, [sp]
	stp	x2, x3, [sp, #16]
	stp	x4, x5, [sp, #32]
	stp	x6, x7, [sp, #48]
	stp	x8, x9, [sp, #64]
	stp	x10, x11, [sp, #80]
	stp	x12, x13, [sp, #96]
	stp	x14, x15, [sp, #112]
	stp	x16, x17, [sp, #128]
	b	trap_continue
	.rept	7
	.balign	128
	b	.
	.endr
	.balign	128
trap_continue:
	stp	x18, x19, [sp, #144]
	stp	x20, x21, [sp, #160]
	stp	x22, x23, [sp, #176]
	stp	x24, x25, [sp, #192]
	stp	x26, x27, [sp, #208]
	stp	x28, x29, [sp, #224]
	str	x30, [sp, #240]
	mrs	x0, esr_el2
	mov	x1, sp
	bl	trap_reached
	ldp	x0, x1, [sp]
	ldp	x2, x3, [sp, #16]
	ldp	x4, x5, [sp, #32]
	ldp	x6, x7, [sp, #48]
	ldp	x8, x9, [sp, #64]
	ldp	x10, x11, [sp, #80]
	ldp	x12, x13, [sp, #96]
	ldp	x14, x15, [sp, #112]
	ldp	x16, x17, [sp, #128]
	ldp	x18, x19, [sp, #144]
	ldp	x20, x21, [sp, #160]
	ldp	x22, x23, [sp, #176]
	ldp	x24, x25, [sp, #192]
	ldp	x26, x27, [sp, #208]
	ldp	x28, x29, [sp, #224]
	ldr	x30, [sp, #240]
	add	sp, sp, #256
	eret

	.bss
	.balign	16
	.skip	16384
stack_top:
	.skip	16384
trap_stack_top:
	.globl	seen, machine_has_el2
seen:
	.skip	96
machine_has_el2:
	.skip	8

	.section .note.GNU-stack, "", @progbits
