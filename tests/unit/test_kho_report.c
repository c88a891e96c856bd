/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a plan with KHO says of itself: each carrier has an object of its own in the JSON, with numbers
 * that are counted here again; the text says how many frames each carries; --dump has the bytes that
 * lie in the segment.
 */
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <unistd.h>

#include "kexec/dump.h"
#include "kexec/file.h"
#include "kexec/kho/carrier.h"
#include "kexec/learn.h"
#include "kexec/report.h"
#include "tests/unit/kho_plan.h"
#include "tests/unit/plan_fixture.h"

#define MAP "0-9fc00 ram, 100000-40000000 ram"

/* Three frames, of which e820 has room for two. */
static void start(struct plan_fixture *f, unsigned int modes, const char *frames)
{
	const struct carrier_base base = {.map = &f->machine.bare};

	plan_fixture_start(f, MAP, "");
	frames_of_words(frames, &f->plan.frames);
	hwpoison_outcome_free(&f->plan.outcome);
	f->plan.modes = modes;
	f->plan.kho.abi = HWPOISON_KHO_V4;
	f->plan.kho.abi_from = "its image";
	f->plan.target.max_order = 10;
	f->plan.target.max_entries = 6;
	f->plan.target.entries_from = "a test";
	f->plan.target.regions_from = "a test";
	f->plan.target.version_from = "a test";
	f->options.max_waste = 0;
	f->machine.cpus = 2;
	plan_fixture_command_line(f, "quiet kho=on");
	assert_int_equal(kho_carrier_run(&f->plan, &base), 0);
}

static void places(struct plan *plan)
{
	assert_int_equal(arch_x86_64.place(plan), 0);
	kho_plan_read(plan);
}

static long long number(const json_t *object, const char *name)
{
	const json_t *value = json_object_get(object, name);

	if (!json_is_integer(value))
		fail_msg("%s is no number", name);
	return json_integer_value(value);
}

static const char *text(const json_t *object, const char *name)
{
	const char *value = json_string_value(json_object_get(object, name));

	return value ? value : "(none)";
}

static void test_json_both(void **state)
{
	const json_t *carriers, *e820, *kho, *part;
	struct plan_fixture f;
	json_t *report;

	(void)state;
	start(&f, MODE_E820 | MODE_KHO, "5000000-5001000, 6000000-6001000, 7000000-7001000");
	places(&f.plan);
	report = report_json(&f.plan);
	assert_non_null(report);
	carriers = json_object_get(report, "carriers");
	assert_int_equal(json_array_size(carriers), 2);
	e820 = json_array_get(carriers, 0);
	assert_string_equal(text(e820, "mode"), "e820");
	assert_int_equal(number(e820, "entries"), 6);
	assert_int_equal(number(e820, "limit"), 6);
	assert_int_equal(number(e820, "ram_regions"), 4);
	assert_int_equal(number(e820, "given_up_bytes"), 0);
	assert_int_equal(number(e820, "rounded_bytes"), 0);
	kho = json_array_get(carriers, 1);
	assert_string_equal(text(kho, "mode"), "kho");
	assert_int_equal(number(kho, "entries"), 1);
	assert_true(json_is_null(json_object_get(kho, "limit")));
	assert_string_equal(text(kho, "abi"), "kho-v4");
	assert_string_equal(text(kho, "abi_from"), "its image");
	assert_int_equal(number(kho, "kept_bytes"), 4096);
	assert_int_equal(number(kho, "given_up_bytes"), 0);
	assert_true(json_is_integer(json_object_get(kho, "given_up_bytes")));
	part = json_array_get(json_object_get(kho, "kept"), 0);
	assert_string_equal(text(part, "start"), "0x7000000");
	assert_int_equal(number(part, "size"), 4096);
	assert_int_equal(json_array_size(json_object_get(kho, "scratch")),
			 f.plan.kho.scratch_count);
	part = json_array_get(json_object_get(kho, "scratch"), 0);
	assert_int_equal(number(part, "size"),
			 f.plan.kho.scratch[0].end - f.plan.kho.scratch[0].start);
	assert_string_equal(text(kho, "scratch_from"), "chosen by rule");
	assert_null(json_object_get(kho, "scratch_own_refused"));
	assert_int_equal(strtoull(text(json_object_get(kho, "fdt"), "start"), NULL, 0),
			 f.plan.kho.layout.fdt);
	assert_int_equal(strtoull(text(json_object_get(kho, "scratch_array"), "start"), NULL, 0),
			 f.plan.kho.layout.scratch);
	assert_null(json_object_get(kho, "rounded_bytes"));
	json_decref(report);
	plan_fixture_free(&f);
}

static void test_json_alone(void **state)
{
	const json_t *carriers, *kho;
	struct plan_fixture f;
	json_t *report;

	(void)state;
	start(&f, MODE_KHO, "5000000-5001000");
	f.plan.kho.abi = 0;
	f.plan.kho.abi_from = "no kernel was named";
	f.plan.kho.own_refused = "a reason";
	report = report_json(&f.plan);
	assert_non_null(report);
	carriers = json_object_get(report, "carriers");
	assert_int_equal(json_array_size(carriers), 1);
	kho = json_array_get(carriers, 0);
	assert_string_equal(text(kho, "mode"), "kho");
	assert_true(json_is_null(json_object_get(kho, "abi")));
	assert_int_equal(json_array_size(json_object_get(kho, "scratch")), 0);
	assert_string_equal(text(kho, "scratch_own_refused"), "a reason");
	assert_int_equal(number(kho, "rounded_bytes"), 0);
	assert_null(json_object_get(kho, "fdt"));
	json_decref(report);
	plan_fixture_free(&f);
}

static void says(const struct plan *plan, const char *const *words)
{
	static char printed[8192];
	const struct learnt learnt = {0};
	FILE *out = fmemopen(printed, sizeof(printed), "w");

	report_text(plan, &learnt, (struct style){.columns = 80}, out);
	fclose(out);
	for (; *words; words++) {
		if (!strstr(printed, *words))
			fail_msg("no \"%s\" in:\n%s", *words, printed);
	}
}

static void test_text(void **state)
{
	struct plan_fixture f;

	(void)state;
	start(&f, MODE_E820 | MODE_KHO, "5000000-5001000, 6000000-6001000, 7000000-7001000");
	f.plan.kho.own_refused = "bad memory lies in it";
	places(&f.plan);
	says(&f.plan,
	     (const char *[]){
		     "Told by      e820: 6 entries of 6",
		     "and by       kho: 1 range (4 KiB) stays RAM and is kept by its tree, kho-v4 (by "
		     "its image)",
		     "of scratch memory, chosen by rule (not the running kernel's own: bad memory lies "
		     "in it)",
		     "kho=on on its command line: /sys/kernel/debug/kho/in shows the list",
		     "ram  4 KiB of it kept by KHO",
		     "  kho\n",
		     "  KHO's scratch memory\n",
		     NULL,
	     });
	plan_fixture_free(&f);
	start(&f, MODE_E820 | MODE_KHO, "5000000-5001000");
	plan_fixture_command_line(&f, "kho=off");
	says(&f.plan,
	     (const char *[]){"kho: the list of all bad memory, kho-v4",
			      "is chosen when a kernel is named",
			      "kho=off on its command line: /sys/kernel/debug/kho/in does not",
			      NULL});
	plan_fixture_free(&f);
	start(&f, MODE_KHO, "5000000-5001000");
	plan_fixture_command_line(&f, "quiet");
	says(&f.plan, (const char *[]){"Told by      kho: 1 range", "KHO is on by default", NULL});
	f.plan.target.handover_shown = CONFIG_NO;
	says(&f.plan,
	     (const char *[]){"/sys/kernel/debug/kho/in does not show the list: it is built without "
			      "CONFIG_KEXEC_HANDOVER_DEBUGFS",
			      NULL});
	plan_fixture_free(&f);
	start(&f, MODE_KHO, "5000000-5001000, 6000000-6001000");
	f.plan.kho.abi = 0;
	f.plan.kho.abi_from = "no kernel was named";
	f.plan.target.handover_shown = CONFIG_NO;
	says(&f.plan,
	     (const char *[]){
		     "2 ranges (8 KiB) stay RAM and are kept by its tree, in a version that "
		     "is not known (no kernel was named)",
		     "does not show the list: it is built without", NULL});
	plan_fixture_free(&f);
}

static void assert_file(int directory, const char *name, const void *bytes, size_t size)
{
	void *found;
	size_t found_size;

	assert_int_equal(file_read_at(directory, name, 1 << 24, &found, &found_size), 0);
	assert_int_equal(found_size, size);
	assert_memory_equal(found, bytes, size);
	free(found);
}

static void test_dump(void **state)
{
	const struct segment *kho = NULL;
	struct plan_fixture f;
	char path[128];
	int directory;

	(void)state;
	start(&f, MODE_KHO, "5000000-5001000");
	places(&f.plan);
	/* Wherever in the segment the root tree lies. */
	f.plan.kho.layout.fdt += 4096;
	f.plan.kho.layout.fdt_size = 100;
	snprintf(path, sizeof(path), "%s/dump", f.root);
	assert_int_equal(dump_write(&f.plan, path), 0);
	directory = open(path, O_RDONLY | O_DIRECTORY);
	for (size_t i = 0; i < f.plan.segment_count; i++) {
		if (strcmp(f.plan.segments[i].name, "kho") == 0)
			kho = &f.plan.segments[i];
	}
	assert_non_null(kho);
	assert_file(directory, "kho.bin", kho->bytes, kho->bytes_size);
	assert_file(directory, "kho.dtb",
		    (const uint8_t *)kho->bytes + (f.plan.kho.layout.fdt - kho->start),
		    f.plan.kho.layout.fdt_size);
	close(directory);
	plan_fixture_free(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_json_both),
		cmocka_unit_test(test_json_alone),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_dump),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
