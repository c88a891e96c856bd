/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Purgatory on x86_64: the names that its files share. */
#ifndef PURGATORY_ARCH_X86_64_X86_64_H
#define PURGATORY_ARCH_X86_64_X86_64_H

#include "purgatory/machine.h"

/* entry.S: 32 pieces of EXCEPTION_STUB_SIZE bytes, one for each vector. */
#define EXCEPTION_STUB_SIZE 16
#define EXCEPTION_COUNT 32
extern const uint8_t exception_stubs[];

/* What the stubs leave on the stack (entry.S), lowest first; then what the processor does. */
struct exception_frame {
	uint64_t vector, error;
	uint64_t rip, cs, rflags, rsp, ss;
};

/* Where to go, for entry.S. */
struct kernel_start {
	uint64_t entry, boot_params;
};

/* Called by entry.S on purgatory's stack with its own GDT. */
void purgatory_main(struct kernel_start *start);
/* Called by entry.S for every exception but NMI. */
_Noreturn void exception_handle(const struct exception_frame *frame);

/* Puts an IDT in place that leads every exception to exception_handle(). */
void exceptions_catch(void);
/* An IDT of no entries: the state in which the kernel entered purgatory. */
void exceptions_release(void);

/* Stops using the console that is being written: it may be what faults. */
void console_quiet(void);

/* vga.c */
void vga_reset(void);
bool vga_text_mode(void);
void vga_put(char character);

#endif
