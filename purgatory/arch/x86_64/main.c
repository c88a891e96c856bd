/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Purgatory on x86_64: control registers for the checks and back again, and where to go. */
#include <cpuid.h>

#include "purgatory/arch/x86_64/port.h"
#include "purgatory/arch/x86_64/x86_64.h"

/* Intel SDM vol. 3A, section 2.5. */
#define CR0_MP (UINT64_C(1) << 1)
#define CR0_EM (UINT64_C(1) << 2)
#define CR0_TS (UINT64_C(1) << 3)
#define CR4_MCE (UINT64_C(1) << 6)
#define CR4_OSFXSR (UINT64_C(1) << 9)

bool machine_map_check(const struct purgatory_parameters *parameters, struct purgatory_fault *fault)
{
	return purgatory_e820_check(parameters, fault);
}

/* Paging and caches are on already, and purgatory_main() has seen to the vector registers. */
bool machine_reading_start(const struct purgatory_parameters *parameters)
{
	(void)parameters;
	return sha256_has_hardware();
}

/*
 * The SHA instructions use the XMM registers, which fault unless the system says that it knows
 * them; Linux clears these bits on its way here (relocate_kernel_64.S sets CR4 to little more than
 * PAE). With MCE set a machine check is told rather than shutting the machine down (SDM 16.10).
 */
static uint64_t cr4_for_checks(uint64_t cr4)
{
	unsigned int a, b, c, d;

	cr4 |= CR4_OSFXSR;
	if (__get_cpuid(1, &a, &b, &c, &d) && (d & (1 << 7)))
		cr4 |= CR4_MCE;
	return cr4;
}

void purgatory_main(struct kernel_start *start)
{
	uint64_t cr0 = cr0_read(), cr4 = cr4_read();

	exceptions_catch();
	cr0_write((cr0 & ~(CR0_EM | CR0_TS)) | CR0_MP);
	cr4_write(cr4_for_checks(cr4));
	purgatory_run(&purgatory_parameters);
	cr4_write(cr4);
	cr0_write(cr0);
	exceptions_release();
	start->entry = purgatory_parameters.kernel_entry;
	start->boot_params = purgatory_parameters.handover;
}
