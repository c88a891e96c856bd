/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of this architecture share. */
#ifndef KEXEC_ARCH_X86_64_H
#define KEXEC_ARCH_X86_64_H

#include "kexec/arch.h"

extern const struct image_type *const x86_64_image_types[]; /* image.c; NULL at the end */
extern const struct plan_check x86_64_checks[]; /* place_check.c; name NULL at the end */

int x86_64_options_check(const struct options *options);
int x86_64_map(struct machine *machine, struct warnings *warnings);
void x86_64_limits(const struct plan *plan, const char *config, struct target *target);
int x86_64_place(struct plan *plan);

#endif
