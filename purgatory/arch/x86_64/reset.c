/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Waiting by the PC's timer, and every way to reset a PC in turn. */
#include "purgatory/arch/x86_64/port.h"
#include "purgatory/arch/x86_64/x86_64.h"

/* Intel 8254 data sheet; the PC clocks it at 1193182 Hz. Channel 2's gate and output are in port
 * 0x61 (ICH9 data sheet, 13.7.1). */
enum {
	PORT_TIMER_2 = 0x42,
	PORT_TIMER_MODE = 0x43,
	PORT_SPEAKER = 0x61,
	PORT_KEYBOARD = 0x64,
	PORT_SYSTEM_CONTROL = 0x92,
	PORT_RESET_CONTROL = 0xcf9,
};
#define TICKS_PER_MILLISECOND 1193
#define TIMER_2_MODE_0 0xb0
#define SPEAKER_GATE 0x01
#define SPEAKER_DATA 0x02
#define SPEAKER_OUTPUT 0x20
/* So many port reads take at least a millisecond and at most a few: the wait of a machine
 * without the timer. */
#define PATIENCE 2000

static void wait_millisecond(void)
{
	uint8_t speaker = port_read(PORT_SPEAKER) & ~SPEAKER_DATA;

	port_write(PORT_SPEAKER, speaker & ~SPEAKER_GATE);
	port_write(PORT_TIMER_MODE, TIMER_2_MODE_0);
	port_write(PORT_TIMER_2, TICKS_PER_MILLISECOND & 0xff);
	port_write(PORT_TIMER_2, TICKS_PER_MILLISECOND >> 8);
	port_write(PORT_SPEAKER, speaker | SPEAKER_GATE);
	for (unsigned int i = 0; i < PATIENCE; i++)
		if (port_read(PORT_SPEAKER) & SPEAKER_OUTPUT)
			return;
}

static void wait(uint32_t milliseconds)
{
	for (; milliseconds > 0; milliseconds--)
		wait_millisecond();
}

/* The order is from the mildest on: each way that a machine lacks does nothing. */
_Noreturn void machine_reset(uint32_t delay_milliseconds)
{
	wait(delay_milliseconds);

	/* PIIX and ICH: bit 1 asks for a hard reset, the rise of bit 2 does it. */
	port_write(PORT_RESET_CONTROL, 0x02);
	wait(1);
	port_write(PORT_RESET_CONTROL, 0x06);
	wait(50);

	/* The keyboard controller's command 0xfe pulses the processor's reset line. */
	for (unsigned int i = 0; i < PATIENCE; i++)
		if (!(port_read(PORT_KEYBOARD) & 0x02))
			break;
	port_write(PORT_KEYBOARD, 0xfe);
	wait(50);

	port_write(PORT_SYSTEM_CONTROL, port_read(PORT_SYSTEM_CONTROL) & ~0x01);
	port_write(PORT_SYSTEM_CONTROL, port_read(PORT_SYSTEM_CONTROL) | 0x01);
	wait(50);

	/* An exception without an IDT: a triple fault, which resets what nothing above did. */
	exceptions_release();
	for (;;)
		__asm__ volatile("ud2");
}
