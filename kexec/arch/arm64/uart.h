/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The serial port that purgatory speaks on. */
#ifndef KEXEC_ARCH_ARM64_UART_H
#define KEXEC_ARCH_ARM64_UART_H

struct options;
struct machine;
struct purgatory_parameters;

/*
 * Fills the members of the UART: of --serial=NAME, whose line of success is then wanted; else of the
 * first serial port that is a console of the running kernel, for failures alone; else none.
 * 0, or an exit code after failure() when --serial names none that is known.
 */
int uart_find(const struct machine *machine, const struct options *options,
	      struct purgatory_parameters *parameters);

#endif
