/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An x86_64 machine with a map and bad frames that a test gives, and a plan for it that is decided
 * but not placed. */
#ifndef TESTS_UNIT_PLAN_FIXTURE_H
#define TESTS_UNIT_PLAN_FIXTURE_H

#include "kexec/arch.h"
#include "kexec/image.h"
#include "kexec/machine.h"
#include "kexec/options.h"
#include "kexec/plan.h"

struct plan_fixture {
	char root[64]; /* the machine's files */
	struct machine machine;
	struct options options;
	struct image image;
	struct plan plan;
};

/* map and frames are in the words of tests/unit/words.h. The kernel is blob_bzimage(1 MiB): 5 MiB
 * from 16 MiB up, aligned to 2 MiB. */
void plan_fixture_start(struct plan_fixture *fixture, const char *map, const char *frames);
void plan_fixture_free(struct plan_fixture *fixture);

/* A file of the machine, with the folders that it is in. */
void plan_fixture_file(struct plan_fixture *fixture, const char *path, const void *bytes,
		       size_t size);
void plan_fixture_text(struct plan_fixture *fixture, const char *path, const char *text);

/* A UEFI machine: a running boot_params, tables, systab and a runtime map of two ranges. */
void plan_fixture_efi(struct plan_fixture *fixture);

/* The command line of the next kernel. */
void plan_fixture_command_line(struct plan_fixture *fixture, const char *line);

#endif
