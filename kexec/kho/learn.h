/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the running kernel was handed over by Kexec HandOver of bad frames. */
#ifndef KEXEC_KHO_LEARN_H
#define KEXEC_KHO_LEARN_H

#include "hwpoison/hwpoison.h"
#include "kexec/failure.h"

struct machine;

/* Adds the frames of the list that it was handed. 0, or an exit code after failure(): a list that is
 * there and cannot be read or understood is one, or a warning in spoilt, where that is not NULL. */
int kho_in_learn(const struct machine *machine, struct hwpoison_frames *frames,
		 struct warnings *spoilt);

/* Warns when more was handed over than is known: a list that cannot be seen, or the kernel's own that
 * counts more. known: of all sources. */
void kho_in_warn(const struct machine *machine, const struct hwpoison_frames *known,
		 struct warnings *warnings);

#endif
