/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs purgatory through a table of cases, one for each boot: what was loaded is built as a loader
 * would, damaged as the case wants, and purgatory is entered. Whatever happens, the machine resets
 * and the next boot runs the next case; their number outlives the reset in memory that nobody
 * clears. What is said on the serial ports is judged by purgatory_bare.sh.
 */
#include <string.h>

#include "purgatory/arch/x86_64/port.h"
#include "tests/vm/purgatory_bare/bare.h"

extern const uint64_t seen[22];
_Noreturn void purgatory_enter(uint64_t entry);
_Noreturn void cases_main(const uint64_t *start_info);
_Noreturn void kernel_reached(void);

static volatile uint64_t *const counter = (uint64_t *)AT_COUNTER;
#define COUNTER_MAGIC UINT64_C(0x6b6578656361736)

static void put(uint16_t port, const char *text)
{
	for (; *text; text++) {
		while (!(port_read(port + 5) & 0x20))
			;
		port_write(port, (uint8_t)*text);
	}
}

void tell(const char *text)
{
	put(COM1, text);
	put(COM2, text);
}

/* Without an IDT the second is a triple fault, where the first does nothing. */
static _Noreturn void reset(void)
{
	port_write(0xcf9, 0x06);
	for (;;)
		__asm__ volatile("lidt %0; ud2" : : "m"((const uint16_t[5]){0}));
}

/* By themselves: as many flips all over the blob, numbered by two digits. */
#define FLIP_COUNT 32

static const struct test_case *running;

static void seen_check(uint64_t value, uint64_t wanted, const char *what)
{
	if (value == wanted)
		return;
	tell("KERNEL FOUND WRONG ");
	tell(what);
	tell("\n");
}

_Noreturn void kernel_reached(void)
{
	char lines[161];
	/* The last two lines: one may not be enough. */
	volatile uint16_t *cells = (volatile uint16_t *)at(0xb8000 + 23 * 160);

	for (unsigned int i = 0; i < 14; i++)
		seen_check(seen[i], 0, "a register");
	seen_check(seen[14], AT_BOOT_PARAMS, "rsi");
	seen_check(seen[15] & 0x600, 0, "the interrupt or direction flag");
	seen_check(seen[16], 0x80000021 | 0x10, "cr0");
	seen_check(seen[17], 0x20, "cr4");
	seen_check(seen[18], 0x10, "cs");
	seen_check(seen[19], 0x18, "ds");
	seen_check(seen[20], 0x18, "es");
	seen_check(seen[21], 0x18, "ss");
	if (case_shows_vga(running)) {
		for (unsigned int i = 0; i < 160; i++)
			lines[i] = (char)cells[i];
		lines[160] = '\0';
		tell("VGA ");
		tell(lines);
		tell("\n");
	} else if (case_keeps_graphics(running)) {
		port_write(0x3ce, 6);
		tell(port_read(0x3cf) == 0x05 ? "VGA none\n" : "VGA was changed\n");
	}
	tell("KERNEL REACHED\n");
	reset();
}

/* A case for each of FLIP_COUNT bytes spread over the blob: never started. */
static void flip_case(struct test_case *made, uint64_t number)
{
	*made = (struct test_case){
		.name = "a byte of purgatory itself",
		.says = "",
		.after = flip_purgatory,
		.offset = purgatory_x86_64.bytes_size * (2 * number + 1) / (2 * FLIP_COUNT),
	};
}

/* With "case=NAME" or "flip=00" on the command line that one, else the next one; NULL after the
 * last. */
static const struct test_case *case_next(const char *command_line)
{
	static struct test_case made;
	uint64_t number;

	if (memcmp(command_line, "case=", 5) == 0) {
		for (number = 0; number < case_count; number++)
			if (strcmp(cases[number].name, command_line + 5) == 0)
				return &cases[number];
		return strcmp(case_alone.name, command_line + 5) == 0 ? &case_alone : NULL;
	}
	if (memcmp(command_line, "flip=", 5) == 0) {
		flip_case(&made, (uint64_t)(command_line[5] - '0') * 10 +
					 (uint64_t)(command_line[6] - '0'));
		return &made;
	}
	if (counter[0] != COUNTER_MAGIC) {
		counter[0] = COUNTER_MAGIC;
		counter[1] = 0;
	}
	number = counter[1]++;
	return number < case_count ? &cases[number] : NULL;
}

_Noreturn void cases_main(const uint64_t *start_info)
{
	static struct scene scene;

	/* cmdline_paddr of struct hvm_start_info */
	running = case_next((const char *)at(start_info[3]));
	if (!running) {
		tell("ALL DONE\n");
		port_write(0xf4, 0);
		reset();
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
	purgatory_enter((uintptr_t)scene.image + purgatory_x86_64.entry_offset);
}
