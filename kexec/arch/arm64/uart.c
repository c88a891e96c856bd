/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Looks a serial port up in /sys/class/tty, which knows of it whether by tree or by ACPI. */
#include "kexec/arch/arm64/uart.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kexec/file.h"
#include "kexec/machine.h"
#include "kexec/options.h"
#include "purgatory/purgatory.h"

/* However short its text is, a file of sysfs says that it is a page long, 64 KiB at most
 * (sysfs_add_file_mode_ns() in fs/sysfs/file.c). */
#define TEXT_LIMIT (64u << 10)
#define NAME_MAX_TTY 31

/* PORT_* of include/uapi/linux/serial_core.h and serial.h. */
enum port {
	PORT_8250 = 1,
	PORT_16450 = 2,
	PORT_16550 = 3,
	PORT_16550A = 4,
	PORT_16750 = 7,
	PORT_AMBA = 32,
};

/* UPIO_* of include/linux/serial_core.h. */
enum access { ACCESS_MEMORY = 2, ACCESS_MEMORY_32 = 3 };

struct uart {
	uint32_t kind, shift;
	uint64_t address;
};

/* Decimal, or hexadecimal with 0x. */
static bool number_read(const struct machine *machine, const char *tty, const char *file,
			uint64_t *number)
{
	char path[sizeof("sys/class/tty//iomem_reg_shift") + NAME_MAX_TTY], *end;
	AUTO_FREE void *text = NULL;
	size_t size;

	snprintf(path, sizeof(path), "sys/class/tty/%s/%s", tty, file);
	if (machine_file(machine, path, TEXT_LIMIT, &text, &size))
		return false;
	errno = 0;
	*number = strtoull(text, &end, 0);
	return !errno && end != text && (*end == '\n' || !*end);
}

static uint32_t kind_of(uint64_t port, uint64_t access)
{
	switch (port) {
	case PORT_AMBA:
		return PURGATORY_UART_PL011;
	case PORT_8250:
	case PORT_16450:
	case PORT_16550:
	case PORT_16550A:
	case PORT_16750:
		if (access == ACCESS_MEMORY_32)
			return PURGATORY_UART_8250_32;
		return access == ACCESS_MEMORY ? PURGATORY_UART_8250 : PURGATORY_UART_NONE;
	default:
		return PURGATORY_UART_NONE;
	}
}

static bool uart_read(const struct machine *machine, const char *tty, struct uart *uart)
{
	uint64_t port, access, shift;

	if (strlen(tty) > NAME_MAX_TTY || strchr(tty, '/') || tty[0] == '.')
		return false;
	if (!number_read(machine, tty, "type", &port) ||
	    !number_read(machine, tty, "io_type", &access) ||
	    !number_read(machine, tty, "iomem_reg_shift", &shift) ||
	    !number_read(machine, tty, "iomem_base", &uart->address))
		return false;
	uart->kind = kind_of(port, access);
	uart->shift = (uint32_t)shift;
	return uart->kind != PURGATORY_UART_NONE && uart->address && shift <= 4 &&
	       uart->address < HWPOISON_ADDRESS_LIMIT - 4096;
}

/* "tty0 ttyAMA0": /dev/console is the last. */
static bool console_read(const struct machine *machine, struct uart *uart)
{
	AUTO_FREE void *text = NULL;
	char *rest, *tty;
	size_t size;

	if (machine_file(machine, "sys/class/tty/console/active", TEXT_LIMIT, &text, &size))
		return false;
	for (tty = strtok_r(text, " \n", &rest); tty; tty = strtok_r(NULL, " \n", &rest)) {
		if (uart_read(machine, tty, uart))
			return true;
	}
	return false;
}

int uart_find(const struct machine *machine, const struct options *options,
	      struct purgatory_parameters *parameters)
{
	const char *tty = options->serial;
	struct uart uart = {0};

	if (tty) {
		if (strncmp(tty, "/dev/", 5) == 0)
			tty += 5;
		if (!uart_read(machine, tty, &uart))
			return failure(EXIT_USAGE,
				       "--serial=%s: %s/sys/class/tty/%s is no PL011 or "
				       "8250 in memory",
				       options->serial, machine->prefix, tty);
		parameters->flags |= PURGATORY_CONSOLE_UART;
	} else if (!console_read(machine, &uart)) {
		return 0;
	}
	parameters->uart_kind = uart.kind;
	parameters->uart_shift = uart.shift;
	parameters->uart_address = uart.address;
	return 0;
}
