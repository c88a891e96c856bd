/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The device tree that the next kernel is handed in place of the machine's own: what it tells of bad
 * frames is learnt, and is taken back as any other. */
#include "kexec/image.h"
#include "kexec/learn.h"
#include "tests/unit/capture.h"
#include "tests/unit/machine_fixture.h"
#include "tests/unit/tree.h"

/* A node, and a record with a frame that lies in nothing. */
static void *tree_told(void)
{
	void *tree = tree_begin(2, 2, NULL);

	reserved_begin(tree, 2, 2);
	put_node(tree, "hwpoison@50000000", 0x50000000, 0x2000, "no-map", NULL);
	OK(fdt_end_node(tree));
	OK(fdt_begin_node(tree, "chosen"));
	put_numbers(tree, "hwpoison,frames", (uint64_t[]){0x60000000, 0x10000, 0x10000}, 3);
	OK(fdt_end_node(tree));
	return tree_end(tree);
}

#define TOLD "50000000-50002000 10/1000, 60000000-60010000 10/10000"

static void learnt_is(struct machine_fixture *f, const struct image *image, const char *expected)
{
	struct hwpoison_frames frames = {0};
	struct learnt learnt = {0};

	assert_int_equal(fixture_read(f), 0);
	assert_int_equal(learn_frames(&f->machine, &f->options, image, &frames, &learnt,
				      &f->warnings),
			 0);
	assert_string_equal(frames_words(&frames), expected);
	hwpoison_frames_free(&frames);
	learnt_free(&learnt);
	machine_free(&f->machine);
}

static void the_tree_of_dtb_is_learnt_from(void **state)
{
	static const char *forget[] = {"0x50001000"};
	struct machine_fixture f;
	char path[128];
	void *tree = tree_told();

	(void)state;
	fixture_arm64(&f);
	fixture_bytes(&f, "other.dtb", tree, fdt_totalsize(tree));
	snprintf(path, sizeof(path), "%s/other.dtb", f.root);
	f.options.dtb = path;
	learnt_is(&f, NULL, "");
	f.options.preserve = true;
	learnt_is(&f, NULL, TOLD);
	f.options.forget = forget;
	f.options.forget_count = 1;
	learnt_is(&f, NULL, "50000000-50001000 10/1000, 60000000-60010000 10/10000");
	f.options.forget_all = true;
	learnt_is(&f, NULL, "");
	fixture_free(&f);
	free(tree);
}

/* --dtb comes before it. */
static void the_tree_of_an_image_is_learnt_from(void **state)
{
	struct machine_fixture f;
	char path[128];
	void *tree = tree_told(), *plain = tree_plain();
	struct image image = {.dtb = tree, .dtb_size = fdt_totalsize(tree)};

	(void)state;
	fixture_arm64(&f);
	f.options.preserve = true;
	learnt_is(&f, &image, TOLD);
	fixture_bytes(&f, "other.dtb", plain, fdt_totalsize(plain));
	snprintf(path, sizeof(path), "%s/other.dtb", f.root);
	f.options.dtb = path;
	learnt_is(&f, &image, "");
	fixture_free(&f);
	free(plain);
	free(tree);
}

static void a_record_that_makes_no_sense_is_refused(void **state)
{
	struct machine_fixture f;
	struct hwpoison_frames frames = {0};
	struct learnt learnt = {0};
	char path[128];
	void *tree = tree_told();

	(void)state;
	OK(fdt_setprop_inplace_namelen_partial(tree, fdt_path_offset(tree, "/chosen"),
					       "hwpoison,frames", 15, 0, "\xff", 1));
	fixture_arm64(&f);
	fixture_bytes(&f, "other.dtb", tree, fdt_totalsize(tree));
	snprintf(path, sizeof(path), "%s/other.dtb", f.root);
	f.options.dtb = path;
	f.options.preserve = true;
	assert_int_equal(fixture_read(&f), 0);
	capture_start();
	assert_int_equal(learn_frames(&f.machine, &f.options, NULL, &frames, &learnt, &f.warnings),
			 EXIT_USAGE);
	assert_non_null(strstr(capture_stop(), "/other.dtb: "));
	hwpoison_frames_free(&frames);
	learnt_free(&learnt);
	fixture_free(&f);
	free(tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_tree_of_dtb_is_learnt_from),
		cmocka_unit_test(the_tree_of_an_image_is_learnt_from),
		cmocka_unit_test(a_record_that_makes_no_sense_is_refused),
	};

	return cmocka_run_group_tests_name("learn_tree", tests, NULL, NULL);
}
