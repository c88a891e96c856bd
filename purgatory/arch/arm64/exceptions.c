/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Exceptions in purgatory: each is told, and resets the machine. */
#include "purgatory/arch/arm64/arm64.h"
#include "purgatory/arch/arm64/registers.h"

static void vector_say(uint64_t vector)
{
	switch (vector & 3) {
	case 0:
		say("exception");
		break;
	case 3:
		say("SError");
		break;
	default:
		say("interrupt");
	}
}

/* What tells of an exception may itself fault: the second time nothing more is said, and after that
 * nothing more is tried than the reset (vectors.S). */
_Noreturn void exception_handle(uint64_t vector, uint64_t count)
{
	if (count > 1) {
		console_quiet();
		purgatory_give_up();
	}
	console_open_all();
	say("\npurgatory: ");
	vector_say(vector);
	say(", syndrome ");
	say_hex(LEVEL_READ(esr));
	say(" at +");
	say_hex(LEVEL_READ(elr) - (uintptr_t)purgatory_image);
	say(" on address ");
	say_hex(LEVEL_READ(far));
	say("\n");
	purgatory_give_up();
}
