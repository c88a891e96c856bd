/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The frame set against a model that has one value for each page: random additions, removals,
 * unions and roundings, and after each of them the set must say what the model says, in its one
 * sorted, disjoint, merged form.
 */
#include "tests/property/model.h"

static struct hwpoison_frames frames;

static void add(struct hwpoison_frames *set, struct set_model *model)
{
	struct hwpoison_range range = draw_range(model->base, MODEL_PAGES * MODEL_PAGE,
						 draw(4) ? 16384 : MODEL_PAGES * MODEL_PAGE);
	uint32_t page_size = draw_page_size(), sources = 1u << draw(3);
	unsigned int page;

	CHECK(hwpoison_frames_add(set, range.start, range.end, sources, page_size) == 0);
	for (page = 0; page < MODEL_PAGES; page++)
		if (page_within(model->base, page, range.start, range.end, page_size))
			set_model_add(model, page, sources, page_size);
}

static void remove_some(struct set_model *model)
{
	struct hwpoison_range range = draw_range(model->base, MODEL_PAGES * MODEL_PAGE, 20000);
	unsigned int page;

	CHECK(hwpoison_frames_remove(&frames, range.start, range.end) == 0);
	for (page = 0; page < MODEL_PAGES; page++)
		if (model->sources[page] &&
		    page_within(model->base, page, range.start, range.end, model->page_size[page]))
			model->sources[page] = 0;
}

static void unite(struct set_model *model)
{
	struct set_model other_model = {.base = model->base};
	struct hwpoison_frames other = {0};
	unsigned int page, i, count = (unsigned int)draw(5);

	for (i = 0; i < count; i++)
		add(&other, &other_model);
	CHECK(hwpoison_frames_unite(&frames, &other) == 0);
	check_set(&other, &other_model);
	hwpoison_frames_free(&other);
	for (page = 0; page < MODEL_PAGES; page++)
		if (other_model.sources[page])
			set_model_add(model, page, other_model.sources[page],
				      other_model.page_size[page]);
}

static void round_up(struct set_model *model)
{
	struct set_model rounded_model = {.base = model->base};
	struct hwpoison_frames rounded = {0};
	uint32_t page_size = draw_page_size();
	unsigned int page, other;

	for (page = 0; page < MODEL_PAGES; page++) {
		uint64_t address = model->base + (uint64_t)page * MODEL_PAGE;

		for (other = 0; model->sources[page] && other < MODEL_PAGES; other++)
			if (page_within(model->base, other, address, address + 1, page_size))
				set_model_add(&rounded_model, other, model->sources[page],
					      model->page_size[page]);
	}
	CHECK(hwpoison_frames_round(&frames, page_size, &rounded) == 0);
	check_set(&rounded, &rounded_model);
	check_set(&frames, model);
	if (draw(2)) {
		hwpoison_frames_free(&frames);
		frames = rounded;
		*model = rounded_model;
	} else {
		hwpoison_frames_free(&rounded);
	}
}

static void find(const struct set_model *model)
{
	struct hwpoison_range range = draw_range(model->base, MODEL_PAGES * MODEL_PAGE, 30000);
	const struct hwpoison_frame_range *found;
	unsigned int page = 0;

	while (page < MODEL_PAGES &&
	       !(model->sources[page] &&
		 page_within(model->base, page, range.start, range.end, MODEL_PAGE)))
		page++;
	found = hwpoison_frames_find(&frames, range.start, range.end);
	if (page == MODEL_PAGES) {
		CHECK(!found);
		return;
	}
	CHECK(found);
	CHECK(found->start <= model->base + (uint64_t)page * MODEL_PAGE);
	CHECK(found->end > model->base + (uint64_t)page * MODEL_PAGE);
}

static void one_case(void)
{
	struct set_model model = {.base = draw_base(MODEL_PAGES * MODEL_PAGE)};
	uint64_t i, steps = 1 + draw(10);

	hwpoison_frames_free(&frames);
	for (i = 0; i < steps; i++) {
		switch (draw(8)) {
		case 0:
			remove_some(&model);
			break;
		case 1:
			unite(&model);
			break;
		case 2:
			round_up(&model);
			break;
		default:
			add(&frames, &model);
		}
		check_set(&frames, &model);
		find(&model);
	}
	hwpoison_frames_free(&frames);
}

static void set_is_what_the_model_says(void **state)
{
	(void)state;
	run_cases(50000, one_case);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(set_is_what_the_model_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
