/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Placement against a page-by-page model. First, random requests on a random small machine: the
 * model knows of each page whether it may be used, tries every page as a start, and so knows the
 * highest and the lowest place; the answer must be that one. Then a hunt: a whole kernel is placed
 * again and again, each time with a bad frame where a piece of it was; it must move away each time
 * and pass the checker, until there is truly no room.
 */
#include "kexec/place.h"
#include "tests/property/model.h"
#include "tests/unit/capture.h"
#include "tests/unit/plan_fixture.h"

#define PAGE 4096u
#define PAGES 512u
#define BASE UINT64_C(0xc0000) /* a part lies below 1 MiB, where nothing is placed */
#define LOW_PAGES 64u
#define CELL 1024u
#define REQUESTS 12u

static struct machine machine;
static struct options options;
static struct plan plan;
static bool usable[PAGES];

static uint64_t draw_cell(void)
{
	return BASE + draw(PAGES * (PAGE / CELL)) * CELL;
}

/* Marks pages that [start, end) touches as not usable. */
static void model_cut(uint64_t start, uint64_t end)
{
	for (unsigned int i = 0; i < PAGES; i++) {
		uint64_t page = BASE + (uint64_t)i * PAGE;

		if (page < end && start < page + PAGE)
			usable[i] = false;
	}
}

/* What is not in a map of RAM, byte by byte of each page's edges. */
static void model_cut_outside(const struct hwpoison_map *ram)
{
	uint64_t at = 0;

	for (size_t i = 0; i < ram->count; i++) {
		if (ram->entries[i].type != HWPOISON_RAM)
			continue;
		if (at < ram->entries[i].start)
			model_cut(at, ram->entries[i].start);
		at = ram->entries[i].end;
	}
	model_cut(at, UINT64_MAX);
}

static void draw_ranges(struct hwpoison_map *map, unsigned int count, uint64_t largest)
{
	for (unsigned int i = 0; i < count; i++) {
		uint64_t start = draw_cell(), end = start + CELL * (1 + draw(largest));

		end = end < BASE + PAGES * PAGE ? end : BASE + PAGES * PAGE;
		CHECK(hwpoison_map_add(map, start, end, HWPOISON_RAM) == 0);
	}
	CHECK(hwpoison_map_normalise(map) == 0);
}

static void draw_machine(void)
{
	struct hwpoison_map whole = {0};

	draw_ranges(&whole, 1 + (unsigned int)draw(5), PAGES * 2);
	for (uint64_t i = draw(12); i > 0; i--) {
		uint64_t start = draw_cell() & ~UINT64_C(4095);

		CHECK(hwpoison_frames_add(&plan.frames, start, start + PAGE * (1 + draw(3)), 1,
					  PAGE) == 0);
	}
	/* Half of the time the map tells the frames, else another carrier does. */
	if (draw(2))
		CHECK(hwpoison_map_poison(&whole, &plan.frames, &plan.outcome.map) == 0);
	else
		CHECK(hwpoison_map_copy(&whole, &plan.outcome.map) == 0);
	hwpoison_map_free(&whole);
	if (draw(2))
		draw_ranges(&machine.ram, 1 + (unsigned int)draw(3), PAGES * 3);
	if (draw(2))
		draw_ranges(&machine.in_use, 1 + (unsigned int)draw(4), 40);
	options.mem_min = draw(3) ? 0 : draw_cell();
	options.mem_max = draw(3) ? UINT64_MAX : draw_cell() + draw(3) - 1;
}

static void model_machine(void)
{
	memset(usable, true, sizeof(usable));
	model_cut(0, UINT64_C(1) << 20);
	model_cut_outside(&plan.outcome.map);
	if (machine.ram.count)
		model_cut_outside(&machine.ram);
	for (size_t i = 0; i < machine.in_use.count; i++)
		model_cut(machine.in_use.entries[i].start, machine.in_use.entries[i].end);
	for (size_t i = 0; i < plan.frames.count; i++)
		model_cut(plan.frames.ranges[i].start, plan.frames.ranges[i].end);
	model_cut(0, options.mem_min);
	if (options.mem_max != UINT64_MAX)
		model_cut(options.mem_max + 1, UINT64_MAX);
}

static bool model_fits(const struct hole_request *request, unsigned int page)
{
	uint64_t start = BASE + (uint64_t)page * PAGE;
	unsigned int count = (unsigned int)((request->size + PAGE - 1) / PAGE);

	if (page + count > PAGES || start < request->offset ||
	    (request->align && (start - request->offset) % request->align))
		return false;
	if (start < request->min || (request->max && start + (uint64_t)count * PAGE > request->max))
		return false;
	for (unsigned int i = 0; i < count; i++) {
		if (!usable[page + i])
			return false;
	}
	return true;
}

/* The page where it must go, or PAGES. */
static unsigned int model_find(const struct hole_request *request)
{
	for (unsigned int i = 0; i < PAGES; i++) {
		unsigned int page = request->lowest ? i : PAGES - 1 - i;

		if (model_fits(request, page))
			return page;
	}
	return PAGES;
}

static struct hole_request draw_request(void)
{
	struct hole_request request = {
		.name = "it",
		.size = 1 + draw(draw(2) ? 3 * PAGE : 60 * PAGE),
		.lowest = draw(2),
	};

	if (draw(2))
		request.align = (uint64_t)PAGE << draw(6);
	if (request.align > PAGE && draw(2))
		request.offset = PAGE * draw(request.align / PAGE);
	if (!draw(3)) {
		request.min = draw_cell() + draw(2);
		request.max = request.min + 1 + draw(200 * PAGE);
	}
	return request;
}

static void property_holes(void)
{
	struct hole_request requests[REQUESTS];
	struct placement placement;
	uint64_t starts[REQUESTS];
	int errors[REQUESTS];

	draw_machine();
	model_machine();
	CHECK(placement_start(&plan, &placement) == 0);
	capture_start();
	for (unsigned int i = 0; i < REQUESTS; i++) {
		requests[i] = draw_request();
		errors[i] = placement_take(&placement, &requests[i], &starts[i]);
	}
	capture_stop();
	for (unsigned int i = 0; i < REQUESTS; i++) {
		unsigned int page = model_find(&requests[i]);

		CHECK((errors[i] == 0) == (page < PAGES));
		if (errors[i])
			continue;
		CHECK(starts[i] == BASE + (uint64_t)page * PAGE);
		model_cut(starts[i], starts[i] + requests[i].size);
	}
	placement_free(&placement);
	hwpoison_frames_free(&plan.frames);
	hwpoison_map_free(&plan.outcome.map);
	hwpoison_map_free(&machine.ram);
	hwpoison_map_free(&machine.in_use);
}

static void test_holes(void **state)
{
	(void)state;
	CHECK(LOW_PAGES * PAGE + BASE == UINT64_C(1) << 20);
	plan.machine = &machine;
	plan.options = &options;
	machine.arch = &arch_x86_64;
	run_cases(2500, property_holes);
}

/* --- the hunt -------------------------------------------------------------------------------- */

/* A frame in a random piece of what was placed. */
static void draw_victim(const struct plan *placed, char *frames, size_t size)
{
	size_t at = draw(placed->segment_count + placed->area_count), used = strlen(frames);
	uint64_t start, end;

	if (at < placed->segment_count) {
		start = placed->segments[at].start;
		end = start + placed->segments[at].size;
	} else {
		start = placed->areas[at - placed->segment_count].start;
		end = placed->areas[at - placed->segment_count].end;
	}
	start += PAGE * draw((end - start) / PAGE);
	snprintf(frames + used, size - used, "%llx-%llx ", (unsigned long long)start,
		 (unsigned long long)start + PAGE);
}

/* Whether anything that was placed touches a bad frame, by comparing all with all. */
static bool touches(const struct plan *placed)
{
	for (size_t i = 0; i < placed->frames.count; i++) {
		const struct hwpoison_frame_range *frame = &placed->frames.ranges[i];

		for (size_t j = 0; j < placed->segment_count; j++) {
			if (placed->segments[j].start < frame->end &&
			    frame->start < placed->segments[j].start + placed->segments[j].size)
				return true;
		}
		for (size_t j = 0; j < placed->area_count; j++) {
			if (placed->areas[j].start < frame->end &&
			    frame->start < placed->areas[j].end)
				return true;
		}
	}
	return false;
}

static void property_hunt(void)
{
	char frames[64 * 40] = "", map[200];

	snprintf(map, sizeof(map), "0-9fc00 ram, 100000-%llx ram, 100000000-%llx ram",
		 (unsigned long long)0x1600000 + (draw(0x3000) << 10),
		 (unsigned long long)0x100000000 + ((1 + draw(0x4000)) << 10));
	for (unsigned int round = 0; round < 40; round++) {
		struct plan_fixture fixture;
		int error;

		plan_fixture_start(&fixture, map, frames);
		plan_fixture_command_line(&fixture, "quiet");
		if (draw(2))
			plan_fixture_efi(&fixture);
		capture_start();
		error = arch_x86_64.place(&fixture.plan);
		capture_stop();
		if (!error) {
			CHECK(!touches(&fixture.plan));
			CHECK(plan_check(&fixture.plan) == 0);
			draw_victim(&fixture.plan, frames, sizeof(frames));
		}
		plan_fixture_free(&fixture);
		if (error)
			break;
	}
}

static void test_hunt(void **state)
{
	(void)state;
	run_cases(10, property_hunt);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_holes),
		cmocka_unit_test(test_hunt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
