/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an architecture gives to purgatory's main program. */
#ifndef PURGATORY_MACHINE_H
#define PURGATORY_MACHINE_H

#include "purgatory/check.h"

/* The parameters as the loader wrote them into the blob. */
extern const struct purgatory_parameters purgatory_parameters;
/* The blob's first byte, where it was loaded. */
extern const uint8_t purgatory_image[];

/* Makes the consoles that the parameters name ready. Before it nothing is printed. */
void console_open(const struct purgatory_parameters *parameters);
/* Makes every console of the machine ready, and prints to all from now on. */
void console_open_all(void);
/* To every open console. A newline ends a line. */
void console_put(char character);

/* Makes it quick to read the segments, once it is known that no poison is among them. Whether the
 * processor's SHA instructions may be used. */
bool machine_reading_start(const struct purgatory_parameters *parameters);

/* Whether the map handed over keeps the poisoned frames out. */
bool machine_map_check(const struct purgatory_parameters *parameters,
		       struct purgatory_fault *fault);

/* Waits, then resets the machine by every way there is. */
_Noreturn void machine_reset(uint32_t delay_milliseconds);

/* Text for the consoles. */
void say(const char *text);
void say_number(uint64_t number);
void say_hex(uint64_t number);

/* All checks. Returns when the next kernel may be started; resets the machine otherwise. */
void purgatory_run(const struct purgatory_parameters *parameters);

/* Says that the machine is reset, and does it after the parameters' delay. */
_Noreturn void purgatory_give_up(void);

#endif
