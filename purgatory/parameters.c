/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The room for the parameters, in a file of its own: no compiler may take these values as final. */
#include "purgatory/machine.h"

__attribute__((section(".parameters"))) const struct purgatory_parameters purgatory_parameters = {
	.magic = PURGATORY_MAGIC,
};
