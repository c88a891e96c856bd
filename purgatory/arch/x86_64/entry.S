/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From the old kernel to purgatory and on to the next one.
 *
 * In: identity-mapped long mode, every general register zero, no usable GDT or IDT, no stack of our
 * own (identity_mapped() in arch/x86/kernel/relocate_kernel_64.S of Linux).
 * Out: the 64-bit boot protocol (Documentation/arch/x86/boot.rst): %rsi is boot_params, CS 0x10 and
 * DS, ES, SS 0x18 are flat segments, interrupts are off.
 */
	.section .text.entry, "ax", @progbits
	.globl	purgatory_start
	.type	purgatory_start, @function
purgatory_start:
	cli
	cld
	leaq	stack_top(%rip), %rsp

	/* The GDT's address is known only now: its register image is made on the stack. */
	leaq	gdt(%rip), %rax
	pushq	%rax
	subq	$8, %rsp
	movw	$(gdt_end - gdt - 1), 6(%rsp)
	lgdt	6(%rsp)
	addq	$16, %rsp
	movl	$0x18, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	movl	%eax, %fs
	movl	%eax, %gs
	pushq	$0x10
	leaq	1f(%rip), %rax
	pushq	%rax
	lretq
1:
	/* Linux zeroes what lies beyond the blob's bytes; this does not take that on trust. */
	leaq	bss_start(%rip), %rdi
	leaq	stack_bottom(%rip), %rcx
	subq	%rdi, %rcx
	xorl	%eax, %eax
	rep stosb

	leaq	kernel_start(%rip), %rdi
	call	purgatory_main

	movq	kernel_start+8(%rip), %rsi
	xorl	%eax, %eax
	xorl	%ebx, %ebx
	xorl	%ecx, %ecx
	xorl	%edx, %edx
	xorl	%edi, %edi
	xorl	%ebp, %ebp
	xorl	%r8d, %r8d
	xorl	%r9d, %r9d
	xorl	%r10d, %r10d
	xorl	%r11d, %r11d
	xorl	%r12d, %r12d
	xorl	%r13d, %r13d
	xorl	%r14d, %r14d
	xorl	%r15d, %r15d
	jmp	*kernel_start(%rip)
	.size	purgatory_start, . - purgatory_start

	/* Some exceptions push an error code (Intel SDM vol. 3A, table 6-1); the others get a 0. */
	.balign	16
	.globl	exception_stubs
exception_stubs:
	.set	vector, 0
	.rept	32
	.balign	16
	.if	vector == 2
	/* A late NMI of a watchdog says nothing about this machine's memory: go on. */
	iretq
	.else
	.ifeq	(0x60227d00 >> vector) & 1
	pushq	$0
	.endif
	pushq	$vector
	jmp	exception_common
	.endif
	.set	vector, vector + 1
	.endr
	.balign	16

exception_common:
	cld
	movq	%rsp, %rdi
	andq	$-16, %rsp
	call	exception_handle
	.size	exception_stubs, . - exception_stubs

	.section .rodata.gdt, "a", @progbits
	.balign	16
gdt:
	.quad	0
	.quad	0
	.quad	0x00af9b000000ffff	/* 0x10: code, 64 bits, accessed */
	.quad	0x00cf93000000ffff	/* 0x18: data, 4 GiB, accessed */
gdt_end:

	.section .bss.entry, "aw", @nobits
	.balign	16
kernel_start:
	.skip	16

	.section .bss.stack, "aw", @nobits
	.balign	16
stack_bottom:
	.skip	16384
stack_top:

	.section .note.GNU-stack, "", @progbits
