/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A snapshot of a machine, file by file, in a directory of its own. */
#ifndef TESTS_UNIT_MACHINE_FIXTURE_H
#define TESTS_UNIT_MACHINE_FIXTURE_H

#include <stddef.h>
#include <stdint.h>

#include "kexec/failure.h"
#include "kexec/machine.h"
#include "kexec/options.h"

struct machine_fixture {
	char root[64];
	struct options options; /* .machine is root */
	struct machine machine;
	struct warnings warnings;
};

/* An x86_64 machine with RAM 0-0x9fbff and 0x100000-0x3fffffff, in iomem and in the firmware's
 * map. Not read yet. */
void fixture_x86_64(struct machine_fixture *fixture);
/* An arm64 machine with RAM 0x40000000-0x7fffffff; 0x48000000-0x480fffff is reserved in it. */
void fixture_arm64(struct machine_fixture *fixture);
void fixture_free(struct machine_fixture *fixture);

/* A file below the root, with the folders that it is in; over what was there. */
void fixture_text(struct machine_fixture *fixture, const char *path, const char *text);
void fixture_bytes(struct machine_fixture *fixture, const char *path, const void *bytes,
		   size_t size);
/* One entry of the firmware's map; the end is exclusive. */
void fixture_memmap(struct machine_fixture *fixture, unsigned int number, uint64_t start,
		    uint64_t end, const char *type);
/* kpageflags that reaches to the end of RAM, with these frames bad; ends with 0. */
void fixture_poison(struct machine_fixture *fixture, uint64_t end, ...);
void fixture_remove(struct machine_fixture *fixture, const char *path);

/* machine_read() into fixture->machine; its exit code. */
int fixture_read(struct machine_fixture *fixture);

/* Whether a warning has this text in it. */
int fixture_warned(const struct machine_fixture *fixture, const char *text);

#endif
