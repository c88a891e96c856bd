/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which frames Kexec HandOver's tree of preserved pages keeps: all of them, or with e820 or dtb
 * beside it those that the map has no room for.
 */
#ifndef KEXEC_KHO_CARRIER_H
#define KEXEC_KHO_CARRIER_H

#include "kexec/carrier.h"

/* plan->outcome and kho.kept, and on arm64 plan->next_dtb. 0, or an exit code after failure(). */
int kho_carrier_run(struct plan *plan, const struct carrier_base *base);

#endif
