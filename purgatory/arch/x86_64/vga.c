/* SPDX-License-Identifier: GPL-2.0-or-later */
/* VGA text of 80 by 25, written on the last line, and the registers of mode 3 (IBM VGA manual). */
#include "purgatory/arch/x86_64/port.h"
#include "purgatory/arch/x86_64/x86_64.h"

#define VGA_MEMORY 0xb8000
#define COLUMNS 80
#define ROWS 25
#define ATTRIBUTE 0x0700 /* light grey on black */

enum {
	PORT_ATTRIBUTE = 0x3c0,
	PORT_MISC_WRITE = 0x3c2,
	PORT_SEQUENCER = 0x3c4,
	PORT_GRAPHICS = 0x3ce,
	PORT_CRTC = 0x3d4,
	PORT_STATUS = 0x3da,
};
#define GRAPHICS_MISC 6
#define GRAPHICS_MISC_MASK 0x0d
#define GRAPHICS_MISC_TEXT 0x0c /* memory at 0xb8000, alphanumeric */

/* 25 lines of 16 scan lines, 9 dots wide, 28.322 MHz. */
static const uint8_t sequencer[] = {0x03, 0x00, 0x03, 0x00, 0x02};
static const uint8_t crtc[] = {
	0x5f, 0x4f, 0x50, 0x82, 0x55, 0x81, 0xbf, 0x1f, 0x00, 0x4f, 0x0d, 0x0e, 0x00,
	0x00, 0x07, 0x80, 0x9c, 0x8e, 0x8f, 0x28, 0x1f, 0x96, 0xb9, 0xa3, 0xff,
};
static const uint8_t graphics[] = {0x00, 0x00, 0x00, 0x00, 0x00, 0x10, 0x0e, 0x00, 0xff};
static const uint8_t attributes[] = {
	0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x14, 0x07, 0x38, 0x39, 0x3a,
	0x3b, 0x3c, 0x3d, 0x3e, 0x3f, 0x0c, 0x00, 0x0f, 0x08, 0x00,
};

static unsigned int column;
static bool line_open;

static void register_write(uint16_t port, uint8_t number, uint8_t value)
{
	port_write(port, number);
	port_write(port + 1, value);
}

void vga_reset(void)
{
	port_write(PORT_MISC_WRITE, 0x67);
	register_write(PORT_SEQUENCER, 0, 0x01);
	for (uint8_t i = 1; i < sizeof(sequencer); i++)
		register_write(PORT_SEQUENCER, i, sequencer[i]);
	register_write(PORT_SEQUENCER, 0, sequencer[0]);
	/* Bit 7 of register 0x11 guards the first eight. */
	register_write(PORT_CRTC, 0x11, 0x0e);
	for (uint8_t i = 0; i < sizeof(crtc); i++)
		register_write(PORT_CRTC, i, crtc[i]);
	for (uint8_t i = 0; i < sizeof(graphics); i++)
		register_write(PORT_GRAPHICS, i, graphics[i]);
	/* A read of the status port makes the next write to the attribute port a number. */
	port_read(PORT_STATUS);
	for (uint8_t i = 0; i < sizeof(attributes); i++) {
		port_write(PORT_ATTRIBUTE, i);
		port_write(PORT_ATTRIBUTE, attributes[i]);
	}
	port_write(PORT_ATTRIBUTE, 0x20);
}

/* False on machines without VGA too: ports that nobody answers read as ones. */
bool vga_text_mode(void)
{
	port_write(PORT_GRAPHICS, GRAPHICS_MISC);
	return (port_read(PORT_GRAPHICS + 1) & GRAPHICS_MISC_MASK) == GRAPHICS_MISC_TEXT;
}

static volatile uint16_t *cells(void)
{
	uintptr_t address = VGA_MEMORY;

	/* Else gcc takes an object at a fixed address for one of no size (-Warray-bounds). */
	__asm__("" : "+r"(address));
	return (volatile uint16_t *)address;
}

static void line_start(void)
{
	volatile uint16_t *cell = cells();

	for (unsigned int i = 0; i < COLUMNS * (ROWS - 1); i++)
		cell[i] = cell[i + COLUMNS];
	for (unsigned int i = COLUMNS * (ROWS - 1); i < COLUMNS * ROWS; i++)
		cell[i] = ATTRIBUTE | ' ';
	column = 0;
	line_open = true;
}

/* A line's end is put off until something follows it, so that the last line is seen whole. */
void vga_put(char character)
{
	if (!line_open || column == COLUMNS)
		line_start();
	if (character == '\n')
		line_open = false;
	else
		cells()[COLUMNS * (ROWS - 1) + column++] = ATTRIBUTE | (uint8_t)character;
}
