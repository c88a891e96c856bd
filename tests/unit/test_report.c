/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is printed of a plan, letter by letter for people and member by member for programs. The
 * plan is made by hand, so that everything that can be said is.
 */
#include <jansson.h>

#include "kexec/arch.h"
#include "kexec/image.h"
#include "kexec/json.h"
#include "kexec/learn.h"
#include "kexec/machine.h"
#include "kexec/options.h"
#include "kexec/plan.h"
#include "kexec/report.h"
#include "tests/unit/words.h"

static const struct style plain = {.columns = 60};
static char printed[16384];

static void sizes_are_written(void **state)
{
	static const struct {
		uint64_t bytes;
		const char *text;
	} cases[] = {
		{0, "0 bytes"},
		{1, "1 bytes"},
		{1023, "1023 bytes"},
		{1024, "1 KiB"},
		{1025, "1.0 KiB"},
		{1536, "1.5 KiB"},
		{4096, "4 KiB"},
		{639 << 10, "639 KiB"},
		{(1 << 20) - 1, "1023.9 KiB"},
		{1 << 20, "1 MiB"},
		{(1 << 20) + 1, "1.0 MiB"},
		{UINT64_C(3) << 30, "3 GiB"},
		{UINT64_C(5) << 40, "5 TiB"},
		{UINT64_C(1) << 52, "4096 TiB"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char text[SIZE_TEXT];

		assert_string_equal(size_text(cases[i].bytes, text), cases[i].text);
	}
}

static void sources_are_written(void **state)
{
	char text[SOURCES_TEXT];

	(void)state;
	assert_string_equal(sources_text(0, text), "");
	assert_string_equal(sources_text(HWPOISON_SOURCE_FILE, text), "file");
	assert_string_equal(sources_text(HWPOISON_SOURCE_KPAGEFLAGS | HWPOISON_SOURCE_FDT, text),
			    "kpageflags, fdt");
	assert_true(strlen(sources_text(0xff, text)) < SOURCES_TEXT);
	assert_non_null(strstr(sources_text(0xff, text), "offline"));
}

static const char *picture(const struct hwpoison_map *map, const struct hwpoison_frames *excluded,
			   struct style style)
{
	FILE *out = fmemopen(printed, sizeof(printed), "w");

	printed[0] = 0;
	picture_print(map, excluded, style, out);
	fclose(out);
	return printed;
}

static void the_picture_shows_poison(void **state)
{
	struct hwpoison_map map = {0};
	struct hwpoison_frames excluded = {0};

	(void)state;
	/* 36 marks in 60 columns: each is 1 MiB. */
	assert_int_equal(hwpoison_map_add(&map, 0, 10 << 20, HWPOISON_RAM), 0);
	assert_int_equal(hwpoison_map_add(&map, 10 << 20, 12 << 20, HWPOISON_RESERVED), 0);
	assert_int_equal(hwpoison_map_add(&map, UINT64_C(1) << 40, (UINT64_C(1) << 40) + (24 << 20),
					  HWPOISON_RAM),
			 0);
	assert_int_equal(hwpoison_map_add(&map, UINT64_C(1) << 50, UINT64_C(1) << 51,
					  HWPOISON_RESERVED),
			 0);
	assert_string_equal(
		picture(&map, &excluded, plain),
		"  [##########..########################] 36 MiB\n"
		"   # RAM  . other  X bad, anywhere in the 1 MiB that one mark stands for\n");
	/* One frame in the last mark, one at the border of two, one in a hole. */
	hwpoison_frames_add(&excluded, (UINT64_C(1) << 40) + (24 << 20) - 4096,
			    (UINT64_C(1) << 40) + (24 << 20), 1, 4096);
	hwpoison_frames_add(&excluded, (3 << 20) - 4096, (3 << 20) + 4096, 1, 4096);
	hwpoison_frames_add(&excluded, 20 << 20, 21 << 20, 1, 4096);
	assert_non_null(strstr(picture(&map, &excluded, plain),
			       "[##XX######..#######################X] 36 MiB\n"));
	/* Twice the colour starts, and twice it ends. */
	picture(&map, &excluded, (struct style){.columns = 60, .colour = true});
	assert_non_null(strstr(printed, "[##\033[1;31mXX\033[0m######..###"));
	assert_non_null(strstr(printed, "#\033[1;31mX\033[0m] 36 MiB\n"));
	picture(&map, &excluded, (struct style){.columns = 60, .utf8 = true});
	assert_non_null(strstr(printed, "▕██××██████░░███"));
	hwpoison_map_free(&map);
	hwpoison_frames_free(&excluded);
}

/* Machines without memory, and with less than there are marks. */
static void the_picture_bears_anything(void **state)
{
	struct hwpoison_map map = {0};
	struct hwpoison_frames excluded = {0};

	(void)state;
	assert_string_equal(picture(&map, &excluded, plain), "");
	assert_int_equal(hwpoison_map_add(&map, 0, 2, HWPOISON_RAM), 0);
	assert_non_null(strstr(picture(&map, &excluded, plain),
			       "[####################################] 2 bytes\n"));
	hwpoison_map_free(&map);
}

struct scene {
	struct machine machine;
	struct options options;
	struct image image;
	struct learnt learnt;
	struct plan plan;
};

static void scene_make(struct scene *scene)
{
	*scene = (struct scene){0};
	scene->machine = (struct machine){.prefix = "/snap",
					  .arch = &arch_x86_64,
					  .page_size = 4096};
	hwpoison_map_add(&scene->machine.ram, 0, 16 << 20, HWPOISON_RAM);
	scene->options = (struct options){.preserve = true, .format = REPORT_JSON};
	scene->image = (struct image){.path = "vmlinuz", .layers = "UKI, gzip"};
	scene->plan = (struct plan){.machine = &scene->machine,
				    .options = &scene->options,
				    .image = &scene->image,
				    .modes = MODE_E820};
	scene->plan.target = (struct target){.release = "7.2.0",
					     .version_from = "its image",
					     .page_size = 4096,
					     .max_entries = 3200,
					     .entries_from = "CONFIG_NODES_SHIFT",
					     .config_from = "/boot/config-7.2.0",
					     .max_ram_regions = 120,
					     .regions_from = "why regions"};
	hwpoison_frames_add(&scene->plan.frames, 0x100000, 0x101000, HWPOISON_SOURCE_FILE, 4096);
	hwpoison_frames_add(&scene->plan.frames, 0x103000, 0x104000, HWPOISON_SOURCE_KPAGEFLAGS,
			    4096);
	hwpoison_frames_add(&scene->learnt.forgotten, 0x800000, 0x801000,
			    HWPOISON_SOURCE_FIRMWARE_MAP, 4096);
	hwpoison_map_add(&scene->plan.before, 0, 8 << 20, HWPOISON_RAM);
	hwpoison_map_add(&scene->plan.before, 8 << 20, (8 << 20) + 4096, HWPOISON_UNUSABLE);
	hwpoison_map_add(&scene->plan.before, (8 << 20) + 4096, 16 << 20, HWPOISON_RAM);
	hwpoison_map_add(&scene->plan.before, 16 << 20, 17 << 20, 99);
	hwpoison_map_add(&scene->plan.outcome.map, 0, 0x100000, HWPOISON_RAM);
	hwpoison_map_add(&scene->plan.outcome.map, 0x100000, 0x104000, HWPOISON_UNUSABLE);
	hwpoison_map_add(&scene->plan.outcome.map, 0x104000, 16 << 20, HWPOISON_RAM);
	hwpoison_map_add(&scene->plan.outcome.map, 16 << 20, 17 << 20, 99);
	hwpoison_map_add(&scene->plan.outcome.given_up, 0x101000, 0x103000, HWPOISON_RAM);
	scene->plan.outcome.given_up_bytes = 0x2000;
	scene->plan.outcome.entries = 4;
	scene->plan.outcome.limit = 3200;
	scene->plan.outcome.ram_regions = 2;
	scene->plan.segments[0] = (struct segment){.name = "kernel",
						   .start = 0x200000,
						   .size = 0x5000,
						   .bytes_size = 0x4321};
	scene->plan.segment_count = 1;
	scene->plan.areas[0] = (struct working_area){"trampoline", 0x9d000, 0x9f000};
	scene->plan.area_count = 1;
	scene->plan.command_line = strdup("quiet");
	scene->learnt.scanned = true;
	scene->learnt.scanned_bytes = 16 << 20;
	warn(&scene->plan.warnings, "be warned");
}

static void scene_free(struct scene *scene)
{
	hwpoison_map_free(&scene->machine.ram);
	learnt_free(&scene->learnt);
	plan_free(&scene->plan);
}

static void text_says_it_all(void **state)
{
	static const char expected[] =
		"Machine      x86_64, snapshot /snap, 4 KiB pages, 16 MiB of RAM by "
		"/sys/firmware/memmap\n"
		"Next kernel  vmlinuz (UKI, gzip), Linux 7.2.0 (by its image), 4 KiB pages\n"
		"Command line quiet\n"
		"Told by      e820: 4 entries of 3200 (CONFIG_NODES_SHIFT in /boot/config-7.2.0)\n"
		"             2 regions of RAM, of 120 (why regions)\n"
		"Given up     8 KiB between bad frames, to fit\n"
		"Bad memory   8 KiB in 2 ranges; 16 MiB looked at in /proc/kpageflags\n"
		"    0x0000000100000-0x0000000100fff       4 KiB  file\n"
		"    0x0000000103000-0x0000000103fff       4 KiB  kpageflags\n"
		"    0x0000000800000-0x0000000800fff       4 KiB  taken back (firmware-map)\n"
		"\n"
		"  [##X#################################] 16 MiB\n"
		"   # RAM  . other  X bad, anywhere in the 455.1 KiB that one mark stands for\n"
		"\n"
		"Memory map, before -> after\n"
		"    0x0000000000000-0x00000000fffff       1 MiB  ram\n"
		"  - 0x0000000100000-0x0000000103fff      16 KiB  ram -> unusable  kpageflags, file, and "
		"8 KiB of good memory\n"
		"    0x0000000104000-0x00000007fffff     6.9 MiB  ram\n"
		"  + 0x0000000800000-0x0000000800fff       4 KiB  unusable -> ram\n"
		"    0x0000000801000-0x0000000ffffff     7.9 MiB  ram\n"
		"    0x0000001000000-0x00000010fffff       1 MiB  other\n"
		"\n"
		"What lies where when it starts\n"
		"    0x0000000200000-0x0000000204fff      20 KiB  kernel\n"
		"    0x000000009d000-0x000000009efff       8 KiB  trampoline\n"
		"\n"
		"Warning\n"
		"  ! be warned\n";
	struct scene scene;
	FILE *out;

	(void)state;
	scene_make(&scene);
	out = fmemopen(printed, sizeof(printed), "w");
	report_text(&scene.plan, &scene.learnt, plain, out);
	fclose(out);
	assert_string_equal(printed, expected);
	scene_free(&scene);
}

static void colour_marks_what_changed(void **state)
{
	struct scene scene;
	FILE *out;

	(void)state;
	scene_make(&scene);
	out = fmemopen(printed, sizeof(printed), "w");
	report_text(&scene.plan, &scene.learnt, (struct style){.colour = true, .columns = 60}, out);
	fclose(out);
	assert_non_null(strstr(printed, "\033[31m  - 0x0000000100000"));
	assert_non_null(strstr(printed, "\033[32m  + 0x0000000800000"));
	assert_non_null(strstr(printed, "    0x0000000104000-0x00000007fffff     6.9 MiB  ram\n"));
	scene_free(&scene);
}

static void json_is_as_documented(void **state)
{
	static const char expected[] =
		"{\"arch\":\"x86_64\",\"page_size\":4096,\"preserve_hwpoison\":true,"
		"\"hwpoison\":{\"bytes\":8192,\"ranges\":["
		"{\"start\":\"0x100000\",\"size\":4096,\"page_size\":4096,\"sources\":[\"file\"]},"
		"{\"start\":\"0x103000\",\"size\":4096,\"page_size\":4096,\"sources\":[\"kpageflags\"]}]},"
		"\"carriers\":[{\"mode\":\"e820\",\"entries\":4,\"limit\":3200,"
		"\"limit_from\":\"CONFIG_NODES_SHIFT\",\"given_up_bytes\":8192,"
		"\"given_up\":[{\"start\":\"0x101000\",\"size\":8192}],\"rounded_bytes\":0,"
		"\"ram_regions\":2,\"ram_regions_limit\":120,\"ram_regions_limit_from\":\"why regions\"}],"
		"\"memory_map\":{\"before\":["
		"{\"start\":\"0x0\",\"size\":8388608,\"type\":\"ram\"},"
		"{\"start\":\"0x800000\",\"size\":4096,\"type\":\"unusable\"},"
		"{\"start\":\"0x801000\",\"size\":8384512,\"type\":\"ram\"},"
		"{\"start\":\"0x1000000\",\"size\":1048576,\"type\":\"other\",\"e820_type\":99}],"
		"\"after\":["
		"{\"start\":\"0x0\",\"size\":1048576,\"type\":\"ram\"},"
		"{\"start\":\"0x100000\",\"size\":16384,\"type\":\"unusable\"},"
		"{\"start\":\"0x104000\",\"size\":15712256,\"type\":\"ram\"},"
		"{\"start\":\"0x1000000\",\"size\":1048576,\"type\":\"other\",\"e820_type\":99}]},"
		"\"segments\":[{\"name\":\"kernel\",\"start\":\"0x200000\",\"size\":20480,\"bytes\":17185}],"
		"\"areas\":[{\"name\":\"trampoline\",\"start\":\"0x9d000\",\"size\":8192}],"
		"\"next_kernel\":{\"release\":\"7.2.0\",\"release_from\":\"its image\","
		"\"page_size\":4096,\"config\":\"/boot/config-7.2.0\"},"
		"\"warnings\":[\"be warned\"],\"command_line\":\"quiet\"}";
	struct scene scene;
	json_t *object;
	char *text;

	(void)state;
	scene_make(&scene);
	object = report_json(&scene.plan);
	assert_non_null(object);
	text = json_dumps(object, JSON_COMPACT);
	assert_string_equal(text, expected);
	free(text);
	json_decref(object);
	/* No limit is null. */
	scene.plan.outcome.limit = HWPOISON_NO_LIMIT;
	object = report_json(&scene.plan);
	assert_non_null(object);
	assert_true(json_is_null(
		json_object_get(json_array_get(json_object_get(object, "carriers"), 0), "limit")));
	json_decref(object);
	scene_free(&scene);
}

static void json_has_what_is_no_utf8(void **state)
{
	struct scene scene;
	json_t *object;

	(void)state;
	scene_make(&scene);
	warn(&scene.plan.warnings, "file \xff");
	strcpy(scene.plan.target.config_from, "/\xc3\xa4/\xe4/config");
	free(scene.plan.command_line);
	scene.plan.command_line = strdup("a=\xfe\xff b");
	object = report_json(&scene.plan);
	assert_non_null(object);
	assert_string_equal(json_string_value(
				    json_array_get(json_object_get(object, "warnings"), 1)),
			    "file \xef\xbf\xbd");
	assert_string_equal(json_string_value(
				    json_object_get(json_object_get(object, "next_kernel"),
						    "config")),
			    "/\xc3\xa4/\xef\xbf\xbd/config");
	assert_string_equal(json_string_value(json_object_get(object, "command_line")),
			    "a=\xef\xbf\xbd\xef\xbf\xbd b");
	json_decref(object);
	scene_free(&scene);
}

/* Every first byte, and behind it the borders of what may follow: what jansson takes stays as it is, and
 * what it does not take becomes what it takes. */
static void text_becomes_utf8(void **state)
{
	static const char follow[] = "\x00\x7f\x80\x8f\x90\x9f\xa0\xbf\xc0";
	const unsigned int kinds = sizeof(follow) - 1;

	(void)state;
	for (unsigned int i = 0; i < 256 * kinds * kinds * kinds; i++) {
		const char text[] = {(char)(i % 256), follow[i / 256 % kinds],
				     follow[i / 256 / kinds % kinds],
				     follow[i / 256 / kinds / kinds], 0};
		json_t *as_it_is = json_string(text), *made = json_text(text);

		assert_non_null(made);
		if (as_it_is)
			assert_true(json_equal(as_it_is, made));
		json_decref(as_it_is);
		json_decref(made);
	}
}

static size_t allocations_left;

static void *allocate(size_t size)
{
	return allocations_left-- ? malloc(size) : NULL;
}

/* Whichever allocation fails: the JSON is whole, or there is none. */
static void json_is_whole_or_none(void **state)
{
	struct scene scene;
	json_t *whole, *object = NULL;
	size_t count;

	(void)state;
	scene_make(&scene);
	scene.plan.modes = MODE_E820 | MODE_DTB | MODE_KHO;
	scene.plan.target.ranges_from = scene.plan.kho.abi_from = "someone";
	scene.plan.fdt_way_why = "because";
	scene.plan.kho.layout = (struct hwpoison_kho_layout){.fdt_size = 4096, .scratch_size = 16};
	scene.plan.kho.scratch_count = 1;
	hwpoison_frames_add(&scene.plan.kho.kept, 0x5000, 0x6000, 1, 4096);
	whole = report_json(&scene.plan);
	assert_non_null(whole);
	json_set_alloc_funcs(allocate, free);
	for (count = 0; !object; count++) {
		allocations_left = count;
		object = report_json(&scene.plan);
		if (object)
			assert_true(json_equal(object, whole));
	}
	json_set_alloc_funcs(malloc, free);
	assert_true(count > 300);
	json_decref(object);
	json_decref(whole);
	scene_free(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes_are_written),
		cmocka_unit_test(sources_are_written),
		cmocka_unit_test(the_picture_shows_poison),
		cmocka_unit_test(the_picture_bears_anything),
		cmocka_unit_test(text_says_it_all),
		cmocka_unit_test(colour_marks_what_changed),
		cmocka_unit_test(json_is_as_documented),
		cmocka_unit_test(json_has_what_is_no_utf8),
		cmocka_unit_test(text_becomes_utf8),
		cmocka_unit_test(json_is_whole_or_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
