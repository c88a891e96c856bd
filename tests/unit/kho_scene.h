/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A good hand-over by KHO, made by the library for a plan by hand, and what breaks it. */
#ifndef TESTS_UNIT_KHO_SCENE_H
#define TESTS_UNIT_KHO_SCENE_H

#include <libfdt.h>

#include "kexec/bytes.h"
#include "kexec/kho/check.h"
#include "kexec/machine.h"
#include "kexec/options.h"
#include "tests/unit/kho_plan.h"

#define MAP "0-a0000 ram, f0000-100000 reserved, 100000-80000000 ram, fee00000-fef00000 reserved"
/* Alone, a run, one over the end of what a leaf has with pages of 4 KiB; and one that is no RAM. */
#define FRAMES                                                                                     \
	"2000000-2001000, 6000000-6003000, 7ffe000-8002000, 7fff0000-80000000, fee00000-fee01000"

struct scene {
	struct machine machine;
	struct options options;
	struct plan plan;
	struct kho_handed handed;
	uint8_t *bytes;
	size_t size;
};

static const char *const ok = "passes";
static char reason[192];

/* What of the frames is RAM, in whole pages. */
static inline void kept_find(struct plan *plan)
{
	uint32_t page = plan->target.page_size;

	hwpoison_frames_free(&plan->kho.kept);
	for (size_t i = 0; i < plan->frames.count; i++) {
		const struct hwpoison_frame_range *range = &plan->frames.ranges[i];

		if (map_covers(&plan->outcome.map, range->start, range->end))
			assert_int_equal(hwpoison_frames_add(&plan->kho.kept, range->start,
							     range->end, range->sources, page),
					 0);
	}
}

static inline void scene_write(struct scene *scene)
{
	struct plan *plan = &scene->plan;
	const struct hwpoison_kho_options options = {
		.abi = plan->kho.abi,
		.page_size = plan->target.page_size,
		.scratch = plan->kho.scratch,
		.scratch_count = plan->kho.scratch_count,
	};

	free(scene->bytes);
	assert_int_equal(hwpoison_kho_size(&plan->kho.kept, &plan->frames, &options, &scene->size),
			 0);
	scene->bytes = malloc(scene->size);
	assert_non_null(scene->bytes);
	assert_int_equal(hwpoison_kho_write(&plan->kho.kept, &plan->frames, &options, 0x41000000,
					    scene->bytes, scene->size, &plan->kho.layout),
			 0);
	plan->segments[0] = (struct segment){
		.name = "kho",
		.bytes = scene->bytes,
		.bytes_size = scene->size,
		.start = 0x41000000,
		.size = scene->size,
	};
	plan->segments[1] = (struct segment){
		.name = "other",
		.start = 0x50000000,
		.size = 0x10000,
	};
	plan->segment_count = 2;
	scene->handed = (struct kho_handed){plan->kho.layout.fdt, plan->kho.layout.fdt_size,
					    plan->kho.layout.scratch,
					    plan->kho.layout.scratch_size};
}

static inline void scene_start(struct scene *scene, unsigned int abi, uint32_t page)
{
	struct plan *plan = &scene->plan;

	memset(scene, 0, sizeof(*scene));
	scene->machine.arch = &arch_arm64;
	scene->machine.page_size = 4096;
	plan->machine = &scene->machine;
	plan->options = &scene->options;
	plan->modes = MODE_KHO;
	plan->command_line = (char *)"quiet kho=on";
	plan->target.page_size = page;
	plan->kho.abi = abi;
	map_of_words(MAP, &plan->outcome.map);
	frames_of_words(FRAMES, &plan->frames);
	kept_find(plan);
	plan->kho.scratch[0] = (struct hwpoison_range){0x20000000, 0x40000000};
	plan->kho.scratch_count = 1;
	if (page == 4096) {
		plan->kho.scratch[0].end = 0x22000000;
		plan->kho.scratch[1] = (struct hwpoison_range){0x30000000, 0x32000000};
		plan->kho.scratch_count = 2;
	}
	scene_write(scene);
	kho_plan_read(plan);
}

static inline void scene_free(struct scene *scene)
{
	free(scene->bytes);
	hwpoison_map_free(&scene->plan.outcome.map);
	hwpoison_map_free(&scene->plan.outcome.given_up);
	hwpoison_map_free(&scene->machine.in_use);
	hwpoison_map_free(&scene->plan.present);
	hwpoison_map_free(&scene->plan.unseen);
	hwpoison_frames_free(&scene->plan.outcome.excluded);
	hwpoison_frames_free(&scene->plan.frames);
	hwpoison_frames_free(&scene->plan.kho.kept);
}

/* Why the first check that fails does; "passes". */
static inline const char *scene_check(const struct scene *scene)
{
	reason[0] = '\0';
	for (const struct plan_check *check = kho_checks; check->name; check++) {
		if (check->run(&scene->plan, reason, sizeof(reason)))
			return reason;
	}
	return check_kho_handed(&scene->plan, &scene->handed, reason, sizeof(reason)) ? reason : ok;
}

#define BREAK(name, statement)                                                                     \
	static void name(struct scene *s)                                                          \
	{                                                                                          \
		statement;                                                                         \
	}

/* With the segment written anew for what is wrong, so that it agrees. */
#define REWRITE(name, statement)                                                                   \
	static void name(struct scene *s)                                                          \
	{                                                                                          \
		statement;                                                                         \
		scene_write(s);                                                                    \
	}

struct scene_break {
	const char *name, *words; /* what the check that fails says */
	void (*break_scene)(struct scene *scene);
};

#define ROW(name, words)                                                                           \
	{                                                                                          \
#name, words, name                                                                 \
	}

static inline void breaks_try(const struct scene_break *breaks, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct scene scene;
		const char *said;

		scene_start(&scene, 4, 4096);
		breaks[i].break_scene(&scene);
		said = scene_check(&scene);
		if (said == ok || !strstr(said, breaks[i].words))
			fail_msg("%s: %s", breaks[i].name, said);
		scene_free(&scene);
	}
}

#endif
