/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Exceptions in purgatory: each is told, with what the machine check banks know, and resets. */
#include "purgatory/arch/x86_64/port.h"
#include "purgatory/arch/x86_64/x86_64.h"

#define VECTOR_PAGE_FAULT 14
#define VECTOR_MACHINE_CHECK 18

/* Intel SDM vol. 3B, section 16.3. */
#define MSR_MCG_CAP 0x179
#define MSR_MC_STATUS(bank) (0x401 + 4 * (bank))
#define MSR_MC_ADDRESS(bank) (0x402 + 4 * (bank))
#define MC_STATUS_VALID (UINT64_C(1) << 63)
#define MC_STATUS_ADDRESS_VALID (UINT64_C(1) << 58)

/* Intel SDM vol. 3A, figure 6-8: an interrupt gate of 64-bit mode. */
struct gate {
	uint16_t offset_low, selector;
	uint8_t stack, type;
	uint16_t offset_middle;
	uint32_t offset_high, reserved;
};

struct __attribute__((packed)) table_register {
	uint16_t limit;
	uint64_t base;
};

static struct gate gates[EXCEPTION_COUNT];
static unsigned int depth;

static void idt_load(const void *table, uint16_t limit)
{
	struct table_register idt = {.limit = limit, .base = (uintptr_t)table};

	__asm__ volatile("lidt %0" : : "m"(idt) : "memory");
}

void exceptions_catch(void)
{
	for (unsigned int vector = 0; vector < EXCEPTION_COUNT; vector++) {
		uint64_t stub = (uintptr_t)exception_stubs + vector * EXCEPTION_STUB_SIZE;

		gates[vector] = (struct gate){
			.offset_low = (uint16_t)stub,
			.selector = 0x10,
			.type = 0x8e,
			.offset_middle = (uint16_t)(stub >> 16),
			.offset_high = (uint32_t)(stub >> 32),
		};
	}
	idt_load(gates, sizeof(gates) - 1);
}

void exceptions_release(void)
{
	idt_load(NULL, 0);
}

static void machine_check_say(void)
{
	unsigned int banks = msr_read(MSR_MCG_CAP) & 0xff;

	for (unsigned int bank = 0; bank < banks; bank++) {
		uint64_t status = msr_read(MSR_MC_STATUS(bank));

		if (!(status & MC_STATUS_VALID))
			continue;
		say("purgatory: machine check bank ");
		say_number(bank);
		say(" status ");
		say_hex(status);
		if (status & MC_STATUS_ADDRESS_VALID) {
			say(" address ");
			say_hex(msr_read(MSR_MC_ADDRESS(bank)));
		}
		say("\n");
	}
}

/* What tells of an exception may itself fault: the second time nothing more is tried than the
 * consoles that are left, and then nothing at all. */
_Noreturn void exception_handle(const struct exception_frame *frame)
{
	if (++depth > 2)
		machine_reset(0);
	if (depth == 2)
		console_quiet();
	else
		console_open_all();
	say("\npurgatory: exception ");
	say_number(frame->vector);
	say(frame->vector == VECTOR_MACHINE_CHECK ? " (machine check), error " : ", error ");
	say_hex(frame->error);
	say(" at +");
	say_hex(frame->rip - (uintptr_t)purgatory_image);
	if (frame->vector == VECTOR_PAGE_FAULT) {
		say(" on address ");
		say_hex(cr2_read());
	}
	say("\n");
	if (frame->vector == VECTOR_MACHINE_CHECK && depth == 1)
		machine_check_say();
	purgatory_give_up();
}
