/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks of what runs between the kernels, which an architecture's table of checks takes up. */
#ifndef KEXEC_CHECK_PURGATORY_H
#define KEXEC_CHECK_PURGATORY_H

#include "kexec/check.h"
#include "purgatory/purgatory.h"

/* Its code, memory, entry and flags; gives the parameters, as it will read them, for a check of what
 * the architecture alone knows. */
int check_purgatory_code(const struct plan *plan, struct purgatory_parameters *parameters,
			 char *reason, size_t size);

/* "digests" and "poison-table"; both need "purgatory". */
int check_digests(const struct plan *plan, char *reason, size_t size);
int check_poison_table(const struct plan *plan, char *reason, size_t size);

#endif
