/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text and numbers for purgatory's consoles. */
#include "purgatory/machine.h"

void say(const char *text)
{
	for (; *text != '\0'; text++)
		console_put(*text);
}

static void say_digits(uint64_t number, unsigned int base)
{
	char digits[20];
	unsigned int count = 0;

	do {
		digits[count++] = "0123456789abcdef"[number % base];
		number /= base;
	} while (number > 0);
	while (count > 0)
		console_put(digits[--count]);
}

void say_number(uint64_t number)
{
	say_digits(number, 10);
}

void say_hex(uint64_t number)
{
	say("0x");
	say_digits(number, 16);
}
