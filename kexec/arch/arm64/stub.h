/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Device trees that do not describe the machine: ACPI does. */
#ifndef KEXEC_ARCH_ARM64_STUB_H
#define KEXEC_ARCH_ARM64_STUB_H

#include <stdbool.h>
#include <stddef.h>

/* Whether it holds nothing of the machine, so that Linux takes ACPI: dt_is_stub() in
 * arch/arm64/kernel/acpi.c. A /reserved-memory with nothing but our own nodes, which are written
 * anew, does not count. false for what is not a tree. */
bool tree_is_stub(const void *fdt, size_t size);

#endif
