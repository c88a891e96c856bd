/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Waiting by the generic timer, and the reset. */
#include "purgatory/arch/arm64/arm64.h"
#include "purgatory/arch/arm64/registers.h"

/* Where firmware did not say how fast the timer is. */
#define FREQUENCY_USUAL 100000000
/* A timer that stands still is not waited for: so many looks take a millisecond and more. */
#define PATIENCE 200000

static uint64_t timer_read(void)
{
	synchronize();
	return REGISTER_READ(cntvct_el0);
}

static void wait_millisecond(void)
{
	uint64_t frequency = REGISTER_READ(cntfrq_el0) & UINT32_MAX;
	uint64_t start = timer_read();
	uint64_t ticks = (frequency ? frequency : FREQUENCY_USUAL) / 1000 + 1;

	for (unsigned int i = 0; i < PATIENCE; i++)
		if (timer_read() - start >= ticks)
			return;
}

_Noreturn void machine_reset(uint32_t delay_milliseconds)
{
	for (; delay_milliseconds > 0; delay_milliseconds--)
		wait_millisecond();
	psci_reset(purgatory_parameters.psci);
}
