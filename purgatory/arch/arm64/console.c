/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Purgatory's console on arm64: one serial port in memory. No wait here is without end. */
#include "purgatory/arch/arm64/arm64.h"

/* Arm PL011 manual DDI 0183, table 3-1. */
enum { PL011_DATA = 0x00, PL011_FLAGS = 0x18 };
#define PL011_FLAGS_FULL 0x20

/* National Semiconductor PC16550D data sheet, table II. */
enum { UART_DATA = 0, UART_LINE_STATUS = 5 };
#define LINE_STATUS_EMPTY 0x20

/* A read of a device takes 100 ns and more, a character at 1200 baud 8 ms. */
#define UART_PATIENCE 200000

static bool open, quiet;

static bool uart_ready(const struct purgatory_parameters *p)
{
	uint64_t status = p->uart_address + ((uint64_t)UART_LINE_STATUS << p->uart_shift);

	switch (p->uart_kind) {
	case PURGATORY_UART_PL011:
		return !(*(volatile uint32_t *)(p->uart_address + PL011_FLAGS) & PL011_FLAGS_FULL);
	case PURGATORY_UART_8250:
		return *(volatile uint8_t *)status & LINE_STATUS_EMPTY;
	default:
		return *(volatile uint32_t *)status & LINE_STATUS_EMPTY;
	}
}

/* A port that does not take a character in time is not asked again. */
static void uart_put(const struct purgatory_parameters *p, char character)
{
	unsigned int looks = 0;

	while (!uart_ready(p)) {
		if (++looks == UART_PATIENCE) {
			console_quiet();
			return;
		}
	}
	if (p->uart_kind == PURGATORY_UART_8250)
		*(volatile uint8_t *)(p->uart_address + UART_DATA) = (uint8_t)character;
	else
		*(volatile uint32_t *)(p->uart_address + PL011_DATA) = (uint8_t)character;
}

/* These may be damaged parameters: the port is looked at, as far as that can be. */
static bool uart_known(const struct purgatory_parameters *p)
{
	return p->uart_kind != PURGATORY_UART_NONE && p->uart_kind <= PURGATORY_UART_8250_32 &&
	       p->uart_address != 0 && p->uart_address % 4 == 0 && p->uart_shift <= 4;
}

void console_open(const struct purgatory_parameters *parameters)
{
	open = (parameters->flags & PURGATORY_CONSOLE_UART) && uart_known(parameters);
}

void console_open_all(void)
{
	open = !quiet && uart_known(&purgatory_parameters);
}

void console_quiet(void)
{
	quiet = true;
	open = false;
}

void console_put(char character)
{
	if (!open)
		return;
	if (character == '\n')
		uart_put(&purgatory_parameters, '\r');
	if (open)
		uart_put(&purgatory_parameters, character);
}
