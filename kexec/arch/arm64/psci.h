/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How this machine's firmware is called. */
#ifndef KEXEC_ARCH_ARM64_PSCI_H
#define KEXEC_ARCH_ARM64_PSCI_H

#include "purgatory/purgatory.h"

struct machine;

/* What the machine's device tree says, else its ACPI tables. */
enum purgatory_psci psci_find(const struct machine *machine);

#endif
