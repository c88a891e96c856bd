/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Purgatory on arm64: what it does, and where to go. */
#include "purgatory/arch/arm64/arm64.h"
#include "purgatory/arch/arm64/registers.h"

bool machine_map_check(const struct purgatory_parameters *parameters, struct purgatory_fault *fault)
{
	return purgatory_fdt_check(parameters, fault);
}

/*
 * While it checks, an SError is taken where the processor lets it be: it may be what reading a
 * frame that has just gone bad leads to, and is not the next kernel's to be surprised by.
 */
struct kernel_start purgatory_main(void)
{
	__asm__ volatile("msr daifclr, #4" : : : "memory");
	purgatory_run(&purgatory_parameters);
	__asm__ volatile("dsb sy; isb; msr daifset, #0xf" : : : "memory");
	reading_stop();
	return (struct kernel_start){
		purgatory_parameters.kernel_entry,
		purgatory_parameters.handover,
	};
}
