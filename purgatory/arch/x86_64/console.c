/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Purgatory's consoles on x86_64: 16550 serial ports and VGA text. No wait here is without end. */
#include "purgatory/arch/x86_64/port.h"
#include "purgatory/arch/x86_64/x86_64.h"

#define PORT_COM1 0x3f8

/* National Semiconductor PC16550D data sheet, table II. */
enum {
	UART_DATA = 0,
	UART_DIVISOR_LOW = 0,
	UART_DIVISOR_HIGH = 1,
	UART_INTERRUPTS = 1,
	UART_FIFO = 2,
	UART_LINE_CONTROL = 3,
	UART_LINE_STATUS = 5,
	UART_SCRATCH = 7,
};
#define LINE_CONTROL_8N1 0x03
#define LINE_CONTROL_DIVISOR 0x80
#define LINE_STATUS_EMPTY 0x20
/* A port read takes about a microsecond, a character at 300 baud 33 ms. */
#define UART_PATIENCE 100000

enum console {
	CONSOLE_SERIAL, /* the one that the parameters name */
	CONSOLE_COM1,
	CONSOLE_VGA,
	CONSOLE_COUNT,
};

static bool open[CONSOLE_COUNT];
static uint16_t serial_port;
static enum console busy;

static void uart_speed(uint16_t port, uint32_t baud)
{
	uint32_t divisor = 115200 / baud;

	port_write(port + UART_INTERRUPTS, 0);
	port_write(port + UART_LINE_CONTROL, LINE_CONTROL_DIVISOR | LINE_CONTROL_8N1);
	port_write(port + UART_DIVISOR_LOW, divisor & 0xff);
	port_write(port + UART_DIVISOR_HIGH, divisor >> 8);
	port_write(port + UART_LINE_CONTROL, LINE_CONTROL_8N1);
	port_write(port + UART_FIFO, 0x01);
}

static bool uart_present(uint16_t port)
{
	uint8_t before = port_read(port + UART_SCRATCH), seen;

	port_write(port + UART_SCRATCH, 0x5a);
	seen = port_read(port + UART_SCRATCH);
	port_write(port + UART_SCRATCH, before);
	return seen == 0x5a;
}

static void uart_put(uint16_t port, char character)
{
	for (unsigned int i = 0; i < UART_PATIENCE; i++)
		if (port_read(port + UART_LINE_STATUS) & LINE_STATUS_EMPTY)
			break;
	port_write(port + UART_DATA, (uint8_t)character);
}

void console_open(const struct purgatory_parameters *parameters)
{
	if (parameters->serial_port != 0) {
		serial_port = (uint16_t)parameters->serial_port;
		if (parameters->serial_baud > 0)
			uart_speed(serial_port, parameters->serial_baud);
		open[CONSOLE_SERIAL] = true;
	}
	if (parameters->flags & PURGATORY_RESET_VGA)
		vga_reset();
	open[CONSOLE_VGA] = (parameters->flags & PURGATORY_CONSOLE_VGA) && vga_text_mode();
}

void console_open_all(void)
{
	if (!open[CONSOLE_COM1] && serial_port != PORT_COM1 && uart_present(PORT_COM1)) {
		/* A port that nobody has set up is at five data bits. */
		if ((port_read(PORT_COM1 + UART_LINE_CONTROL) & 0x03) != LINE_CONTROL_8N1)
			uart_speed(PORT_COM1, 115200);
		open[CONSOLE_COM1] = true;
	}
	if (!open[CONSOLE_VGA])
		open[CONSOLE_VGA] = vga_text_mode();
}

void console_quiet(void)
{
	open[busy] = false;
}

void console_put(char character)
{
	for (busy = 0; busy < CONSOLE_COUNT; busy++) {
		if (!open[busy])
			continue;
		if (busy == CONSOLE_VGA) {
			vga_put(character);
			continue;
		}
		if (character == '\n')
			uart_put(busy == CONSOLE_COM1 ? PORT_COM1 : serial_port, '\r');
		uart_put(busy == CONSOLE_COM1 ? PORT_COM1 : serial_port, character);
	}
}
