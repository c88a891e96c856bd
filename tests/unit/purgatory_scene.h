/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a loader would have put into memory, in buffers, for the tests of purgatory's checks. */
#ifndef TESTS_UNIT_PURGATORY_SCENE_H
#define TESTS_UNIT_PURGATORY_SCENE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "purgatory/check.h"

#define FRAME 4096

struct scene {
	struct purgatory_parameters parameters;
	struct purgatory_fault fault;
	struct purgatory_poison poison[8];
	uint8_t *kernel, *boot_params, *setup_data; /* FRAME bytes each */
	uint8_t *image;
};

static inline uint64_t address_of(const void *pointer)
{
	return (uintptr_t)pointer;
}

static inline int setup(void **state)
{
	struct scene *scene = calloc(1, sizeof(*scene));
	struct purgatory_parameters *p;

	if (!scene)
		return -1;
	p = &scene->parameters;
	scene->kernel = calloc(1, FRAME);
	scene->boot_params = calloc(1, FRAME);
	scene->setup_data = calloc(1, FRAME);
	scene->image = malloc(purgatory_x86_64.memory_size);
	memset(scene->kernel, 0x5a, 1000);
	memcpy(scene->image, purgatory_x86_64.bytes, purgatory_x86_64.bytes_size);
	scene->poison[0] = (struct purgatory_poison){0x10000, 0x11000};
	scene->poison[1] = (struct purgatory_poison){0x20000, 0x23000};
	purgatory_parameters_start(p);
	p->kernel_entry = address_of(scene->kernel) + 0x200;
	p->handover = address_of(scene->boot_params);
	purgatory_segment_add(p, "kernel", address_of(scene->kernel), scene->kernel, 1000, FRAME,
			      true);
	purgatory_segment_add(p, "boot_params", address_of(scene->boot_params), NULL, FRAME, FRAME,
			      false);
	purgatory_segment_add(p, "setup_data", address_of(scene->setup_data), NULL, FRAME, FRAME,
			      false);
	purgatory_poison_set(p, address_of(scene->poison), scene->poison, 2);
	*state = scene;
	return 0;
}

static inline int teardown(void **state)
{
	struct scene *scene = *state;

	free(scene->kernel);
	free(scene->boot_params);
	free(scene->setup_data);
	free(scene->image);
	free(scene);
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif
