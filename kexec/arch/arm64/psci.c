/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds out by which instruction the firmware's PSCI is called, for purgatory's reset. */
#include "kexec/arch/arm64/psci.h"

#include <string.h>

#include <libfdt.h>

#include "kexec/tree.h"
#include "kexec/bytes.h"
#include "kexec/file.h"
#include "kexec/machine.h"

/* ACPI 6.5, 5.2.9: ARM_BOOT_ARCH of the FADT, and its bits of table 5.11. */
#define FADT_ARM_BOOT_ARCH 129
#define PSCI_COMPLIANT 1
#define PSCI_USE_HVC 2
#define FADT_LIMIT 4096

/* Documentation/devicetree/bindings/arm/psci.yaml in Linux: method. */
static enum purgatory_psci method_of(const void *fdt)
{
	static const char *const names[] = {"arm,psci-1.0", "arm,psci-0.2", "arm,psci"};
	int node = -1, length;
	const char *method;

	for (size_t i = 0; i < sizeof(names) / sizeof(*names) && node < 0; i++)
		node = fdt_node_offset_by_compatible(fdt, -1, names[i]);
	method = node < 0 ? NULL : fdt_getprop(fdt, node, "method", &length);
	if (method && length == 4 && memcmp(method, "hvc", 4) == 0)
		return PURGATORY_PSCI_HVC;
	if (method && length == 4 && memcmp(method, "smc", 4) == 0)
		return PURGATORY_PSCI_SMC;
	return PURGATORY_PSCI_NONE;
}

enum purgatory_psci psci_find(const struct machine *machine)
{
	enum purgatory_psci psci = PURGATORY_PSCI_NONE;
	AUTO_FREE void *fadt = NULL;
	size_t size;

	if (machine->fdt && tree_is_good(machine->fdt, machine->fdt_size))
		psci = method_of(machine->fdt);
	if (psci != PURGATORY_PSCI_NONE ||
	    machine_file(machine, "sys/firmware/acpi/tables/FACP", FADT_LIMIT, &fadt, &size))
		return psci;
	if (size >= FADT_ARM_BOOT_ARCH + 2) {
		uint16_t flags = get_le16((const uint8_t *)fadt + FADT_ARM_BOOT_ARCH);

		if (flags & PSCI_COMPLIANT)
			return flags & PSCI_USE_HVC ? PURGATORY_PSCI_HVC : PURGATORY_PSCI_SMC;
	}
	return psci;
}
