/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The old kernel and the next one, as far as purgatory can tell: entered by QEMU as a PVH guest
 * (Xen's docs/misc/pvh.pandoc), goes to long mode with an identity map, and enters purgatory in the
 * state that relocate_kernel_64.S of Linux leaves behind.
 */
	.section .note.pvh, "a", @note
	.balign	4
	.long	4, 4, 18	/* XEN_ELFNOTE_PHYS32_ENTRY */
	.asciz	"Xen"
	.long	start

	.text
	.code32
	.globl	start
start:
	cli
	movl	%ebx, start_info
	movl	$stack_top, %esp
	xorl	%ecx, %ecx
1:	/* 4 GiB in pages of 2 MiB, but for the last one, which is left out to fault. */
	movl	%ecx, %eax
	shll	$21, %eax
	orl	$0x83, %eax
	movl	%eax, page_directories(, %ecx, 8)
	movl	%ecx, %eax
	shrl	$11, %eax
	movl	%eax, page_directories+4(, %ecx, 8)
	incl	%ecx
	cmpl	$2047, %ecx
	jb	1b
	movl	$page_pointers+3, page_root
	movl	$page_directories+3, page_pointers
	movl	$page_directories+0x1003, page_pointers+8
	movl	$page_directories+0x2003, page_pointers+16
	movl	$page_directories+0x3003, page_pointers+24
	movl	$0x20, %eax		/* PAE and nothing else, as Linux has it here */
	movl	%eax, %cr4
	movl	$page_root, %eax
	movl	%eax, %cr3
	movl	$0xc0000080, %ecx
	rdmsr
	orl	$0x100, %eax
	wrmsr
	movl	$0x80000021, %eax
	movl	%eax, %cr0
	lgdt	gdt_register
	ljmp	$0x10, $2f
	.code64
2:	movl	$0x18, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	movl	%eax, %fs
	movl	%eax, %gs
	movl	$stack_top, %esp
	movl	start_info, %edi
	call	cases_main
	ud2

	/* void purgatory_enter(uint64_t entry): does not return */
	.globl	purgatory_enter
purgatory_enter:
	movq	%rdi, target
	lidt	nothing
	lgdt	nothing
	xorl	%eax, %eax
	xorl	%ebx, %ebx
	xorl	%ecx, %ecx
	xorl	%edx, %edx
	xorl	%esi, %esi
	xorl	%edi, %edi
	xorl	%ebp, %ebp
	xorl	%esp, %esp
	xorl	%r8d, %r8d
	xorl	%r9d, %r9d
	xorl	%r10d, %r10d
	xorl	%r11d, %r11d
	xorl	%r12d, %r12d
	xorl	%r13d, %r13d
	xorl	%r14d, %r14d
	xorl	%r15d, %r15d
	jmp	*target

	/* What lies at the kernel's entry, to be copied there: no register is touched. */
	.globl	kernel_jump, kernel_jump_end
kernel_jump:
	jmp	*1f(%rip)
1:	.quad	kernel_entered
kernel_jump_end:

kernel_entered:
	movq	%rax, seen
	movq	%rbx, seen+8
	movq	%rcx, seen+16
	movq	%rdx, seen+24
	movq	%rdi, seen+32
	movq	%rbp, seen+40
	movq	%r8, seen+48
	movq	%r9, seen+56
	movq	%r10, seen+64
	movq	%r11, seen+72
	movq	%r12, seen+80
	movq	%r13, seen+88
	movq	%r14, seen+96
	movq	%r15, seen+104
	movq	%rsi, seen+112
	movl	$stack_top, %esp
	pushfq
	popq	seen+120
	movq	%cr0, %rax
	movq	%rax, seen+128
	movq	%cr4, %rax
	movq	%rax, seen+136
	movl	%cs, %eax
	movq	%rax, seen+144
	movl	%ds, %eax
	movq	%rax, seen+152
	movl	%es, %eax
	movq	%rax, seen+160
	movl	%ss, %eax
	movq	%rax, seen+168
	call	kernel_reached
	ud2

	.section .rodata
	.balign	16
gdt:
	.quad	0, 0, 0x00af9b000000ffff, 0x00cf93000000ffff
gdt_register:
	.word	31
	.quad	gdt
nothing:
	.word	0
	.quad	0

	.bss
	.balign	4096
page_root:
	.skip	4096
page_pointers:
	.skip	4096
page_directories:
	.skip	16384
	.skip	16384
stack_top:
	.globl	seen
seen:
	.skip	176
target:
	.skip	8
start_info:
	.skip	8

	.section .note.GNU-stack, "", @progbits
