/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs purgatory through a table of cases, one for each boot: what was loaded is built as a loader
 * would, damaged as the case wants, and purgatory is entered. Whatever happens, the machine resets
 * and the next boot runs the next case; their number outlives the reset in memory that nobody
 * clears. What is said on the serial port is judged by purgatory_bare_arm64.sh.
 */
#include <string.h>

#include "purgatory/arch/arm64/registers.h"
#include "tests/vm/purgatory_bare_arm64/bare.h"

extern const uint64_t seen[12], machine_has_el2;
void registers_expect(uint64_t registers[8]);
uint64_t firmware_call(uint64_t conduit, uint64_t function);
_Noreturn void purgatory_enter(uint64_t entry);
_Noreturn void cases_main(void);
_Noreturn void kernel_reached(void);
_Noreturn void exception_reached(void);
void trap_reached(uint64_t syndrome, uint64_t registers[31]);

static volatile uint64_t *const counter = (uint64_t *)AT_COUNTER;
#define COUNTER_MAGIC UINT64_C(0x6b6578656361736)
#define PSCI_SYSTEM_OFF 0x84000008
#define PSCI_SYSTEM_RESET 0x84000009

/* By themselves: as many flips all over the blob. */
#define FLIP_COUNT 32

static const struct test_case *running;

void tell(const char *text)
{
	for (; *text; text++)
		*(volatile uint32_t *)at(AT_UART) = (uint8_t)*text;
}

enum purgatory_psci conduit(void)
{
	return machine_has_el2 ? PURGATORY_PSCI_SMC : PURGATORY_PSCI_HVC;
}

static _Noreturn void firmware(uint64_t function)
{
	firmware_call(conduit(), function);
	for (;;)
		__asm__ volatile("wfe");
}

static void seen_check(uint64_t value, uint64_t wanted, const char *what)
{
	if (value == wanted)
		return;
	tell("KERNEL FOUND WRONG ");
	tell(what);
	tell("\n");
}

/* The end of a line, and nothing beside it. */
static void ram_uart_check(void)
{
	const uint8_t *page = at(AT_RAM_UART);
	unsigned int status = 5U << running->offset;

	for (unsigned int i = 0; i < 4096; i++) {
		uint8_t wanted = i == status ? 0x20 : 0xa5;

		if (i < running->ram_uart_bytes)
			wanted = i ? 0 : '\n';
		if (page[i] != wanted)
			tell("KERNEL FOUND WRONG bytes of the serial port\n");
	}
	tell("PORT WRITTEN\n");
}

_Noreturn void kernel_reached(void)
{
	static const char *const names[] = {"DAIF",  "the level", "SCTLR",	 "MAIR",
					    "TTBR0", "TCR",	  "CPACR, CPTR", "HCR"};
	uint64_t wanted[8];

	registers_expect(wanted);
	seen_check(seen[0], AT_TREE, "x0");
	for (unsigned int i = 1; i < 4; i++)
		seen_check(seen[i], 0, "x1, x2 or x3");
	for (unsigned int i = 0; i < 8; i++)
		seen_check(seen[4 + i], wanted[i], names[i]);
	seen_check(seen[4], 0x3c0, "interrupts");
	seen_check(seen[6] & 0x5, 0, "MMU and cache");
	if (running->ram_uart_bytes)
		ram_uart_check();
	tell("KERNEL REACHED\n");
	firmware(PSCI_SYSTEM_RESET);
}

_Noreturn void exception_reached(void)
{
	tell("AN EXCEPTION THAT NOBODY TOOK\n");
	firmware(PSCI_SYSTEM_RESET);
}

/* Arm ARM, D17.2.37: classes of exception, and ISS of a trapped MRS. To a call the answer is that
 * nobody knows it. */
void trap_reached(uint64_t syndrome, uint64_t registers[31])
{
	uint64_t to = syndrome >> 5 & 31, value, settings = *(uint32_t *)at(AT_SETTINGS);

	if (syndrome >> 26 == 0x16) {
		registers[0] = (uint64_t)-1;
		return;
	}
	if (syndrome >> 26 != 0x18)
		exception_reached();
	REGISTER_WRITE(elr_el2, REGISTER_READ(elr_el2) + 4);
	switch (syndrome & 0x3ffc1e) {
	case 0x300008: /* ID_AA64PFR0_EL1: op0 3, CRm 4 */
		value = REGISTER_READ(id_aa64pfr0_el1);
		break;
	case 0x30000c:
		value = REGISTER_READ(id_aa64isar0_el1);
		if (settings & SETTING_NO_SHA)
			value &= ~UINT64_C(0xf000);
		break;
	case 0x30000e:
		value = REGISTER_READ(id_aa64mmfr0_el1);
		if (settings & SETTING_NO_GRANULE)
			value |= UINT64_C(0xf0000000);
		break;
	case 0x36000e:
		value = REGISTER_READ(s3_0_c0_c7_3);
		break;
	default:
		exception_reached();
	}
	if (to != 31)
		registers[to] = value;
}

/* A case for each of FLIP_COUNT bytes spread over the blob: never started. */
static void flip_case(struct test_case *made, uint64_t number)
{
	*made = (struct test_case){
		.name = "a byte of purgatory itself",
		.says = "",
		.after = flip_purgatory,
		.offset = purgatory_arm64.bytes_size * (2 * number + 1) / (2 * FLIP_COUNT),
	};
}

/* The one that the settings want, else the next one; NULL after the last. */
static const struct test_case *case_next(void)
{
	static struct test_case made;
	uint32_t settings = *(uint32_t *)at(AT_SETTINGS);
	uint64_t number;

	if (settings & SETTING_FLIP) {
		flip_case(&made, settings >> 8);
		return &made;
	}
	if (counter[0] != COUNTER_MAGIC) {
		counter[0] = COUNTER_MAGIC;
		counter[1] = 0;
	}
	number = counter[1]++;
	return number < case_count ? &cases[number] : NULL;
}

_Noreturn void cases_main(void)
{
	static struct scene scene;

	running = case_next();
	if (!running) {
		tell("ALL DONE\n");
		firmware(PSCI_SYSTEM_OFF);
	}
	tell("\nCASE ");
	tell(running->name);
	tell(running->starts ? "|starts|" : "|resets|");
	tell(running->says ? running->says : "silence");
	tell("\n");
	scene.offset = running->offset;
	scene_build(&scene);
	if (running->before)
		running->before(&scene);
	scene_seal(&scene);
	if (running->after)
		running->after(&scene);
	tell("ENTER\n");
	purgatory_enter((uintptr_t)scene.image + purgatory_arm64.entry_offset);
}
