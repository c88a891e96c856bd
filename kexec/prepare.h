/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The way from a command line to a plan: machine, frames, image, plan, in this order. What loads
 * and what only shows go the same way.
 */
#ifndef KEXEC_PREPARE_H
#define KEXEC_PREPARE_H

#include "kexec/image.h"
#include "kexec/learn.h"
#include "kexec/machine.h"
#include "kexec/plan.h"

struct options;

/* Initialise with {0}. plan.warnings has all warnings, of every step. */
struct preparation {
	struct machine machine;
	struct learnt learnt;
	struct image image; /* empty without options->kernel */
	struct plan plan;   /* placed and checked when a kernel was given */
};

/* 0, or an exit code after failure(). preparation_free() in every case. */
int preparation_make(const struct options *options, struct preparation *preparation);
void preparation_free(struct preparation *preparation);

#endif
