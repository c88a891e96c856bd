/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An arm64 machine of a few lines, and a plan for it that goes the whole way to its segments. */
#ifndef TESTS_UNIT_ARM64_FIXTURE_H
#define TESTS_UNIT_ARM64_FIXTURE_H

#include "kexec/arch.h"
#include "kexec/image.h"
#include "kexec/plan.h"
#include "tests/unit/image_fixture.h"
#include "tests/unit/machine_fixture.h"

struct arm64_fixture {
	struct machine_fixture files;
	struct blob kernel; /* an Image of 1 MiB with an image_size of 2 MiB; to be changed */
	struct image image;
	struct hwpoison_frames frames;
	struct plan plan;
};

/* What describes the machine. */
enum arm64_kind {
	ARM64_TREE,	/* a device tree with a memory node and a node that is reserved */
	ARM64_EFI_TREE, /* the same, with EFI handed over, which tells of memory */
	ARM64_ACPI,	/* EFI and a tree with nothing but /chosen */
	ARM64_ACPI_MAP, /* the same, with an EFI memory map that can be read */
};

/* RAM is 0x40000000-0x7fffffff, of which 0x48000000-0x480fffff is held (and where there is a tree, what
 * it reserves); frames as
 * frames_of_words() takes them. In the EFI memory map 0x7b000000-0x7b0fffff is for ACPI's tables.
 * The command line is "quiet". */
void arm64_fixture_start(struct arm64_fixture *fixture, enum arm64_kind kind, const char *frames);
void arm64_fixture_free(struct arm64_fixture *fixture);

/* Such a tree; the caller frees it. */
void *arm64_tree_make(enum arm64_kind kind);

/* Writes a file below the fixture's root, and gives its path. Of the last two calls. */
const char *arm64_fixture_file(struct arm64_fixture *fixture, const char *name, const void *bytes,
			       size_t size);

/* Reads the machine and the image, decides and places. An exit code. */
int arm64_fixture_plan(struct arm64_fixture *fixture);
/* The same once more, from the start. */
int arm64_fixture_again(struct arm64_fixture *fixture);

/* That again, which must succeed and pass the checker; or fail and say this. */
void arm64_places(struct arm64_fixture *fixture);
void arm64_refuses(struct arm64_fixture *fixture, const char *words);

/* Whether a warning has this text in it. */
bool arm64_warned(const struct arm64_fixture *fixture, const char *words);

/* The segment of a name; NULL. */
struct segment *arm64_segment(struct arm64_fixture *fixture, const char *name);
uint64_t arm64_start(struct arm64_fixture *fixture, const char *name);

/* A property of /chosen in the tree that is handed over; NULL. */
const void *arm64_chosen(struct arm64_fixture *fixture, const char *name, int *length);

#endif
