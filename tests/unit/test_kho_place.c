/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whole plans with KHO on x86_64: where scratch memory and the segment come to lie, that
 * nothing else lies in scratch, how the kernel is told of them, the running kernel's own areas, and
 * what is said when there is no room. Every plan that is made passes the checker, which shares no code
 * with what is tested here, and its tree is read by the independent reader.
 */
#include <libfdt.h>

#include "kexec/bytes.h"
#include "kexec/kho/carrier.h"
#include "kexec/kho/files.h"
#include "kexec/kho/place.h"
#include "kexec/place.h"
#include "kexec/poison_table.h"
#include "purgatory/purgatory.h"
#include "tests/unit/capture.h"
#include "tests/unit/kho_plan.h"
#include "tests/unit/plan_fixture.h"

#define MIB(number) ((uint64_t)(number) << 20)
#define MAP "0-9fc00 ram, f0000-100000 reserved, 100000-40000000 ram"
#define LARGE MAP ", 100000000-180000000 ram"

/* A plan that is not decided yet: frames may be added. */
static void begin(struct plan_fixture *f, unsigned int modes, const char *map, const char *frames)
{
	plan_fixture_start(f, map, "");
	frames_of_words(frames, &f->plan.frames);
	hwpoison_outcome_free(&f->plan.outcome);
	f->plan.modes = modes;
	f->plan.kho.abi = HWPOISON_KHO_V4;
	f->plan.target.max_order = 10;
	f->machine.cpus = 2;
	plan_fixture_command_line(f, "quiet kho=on");
}

static void decide(struct plan_fixture *f)
{
	const struct carrier_base base = {.map = &f->machine.bare};

	assert_int_equal(kho_carrier_run(&f->plan, &base), 0);
}

static void start(struct plan_fixture *f, unsigned int modes, const char *map, const char *frames)
{
	begin(f, modes, map, frames);
	decide(f);
}

static void places(struct plan_fixture *f)
{
	assert_int_equal(arch_x86_64.place(&f->plan), 0);
	assert_int_equal(plan_check(&f->plan), 0);
	if (f->plan.modes & MODE_KHO)
		kho_plan_read(&f->plan);
}

static void refuses(struct plan_fixture *f, const char *says)
{
	const char *said;
	int code;

	capture_start();
	code = arch_x86_64.place(&f->plan);
	said = capture_stop();
	if (code != EXIT_USAGE || !strstr(said, says))
		fail_msg("code %d, said: %s", code, said);
	assert_ptr_equal(strchr(said, '\n'), said + strlen(said) - 1);
	plan_fixture_free(f);
}

static const struct segment *segment_of(const struct plan *plan, const char *name)
{
	for (size_t i = 0; i < plan->segment_count; i++) {
		if (strcmp(plan->segments[i].name, name) == 0)
			return &plan->segments[i];
	}
	fail_msg("no segment %s", name);
	return NULL;
}

static void assert_scratch(const struct plan *plan, const char *wanted)
{
	char words[1024] = "";
	size_t used = 0;

	for (size_t i = 0; i < plan->kho.scratch_count; i++)
		used += (size_t)snprintf(words + used, sizeof(words) - used, "%s%llx-%llx",
					 i ? ", " : "",
					 (unsigned long long)plan->kho.scratch[i].start,
					 (unsigned long long)plan->kho.scratch[i].end);
	assert_string_equal(words, wanted);
}

static void assert_nothing_in_scratch(const struct plan *plan)
{
	for (size_t i = 0; i < plan->kho.scratch_count; i++) {
		const struct hwpoison_range *area = &plan->kho.scratch[i];

		for (size_t j = 0; j < plan->segment_count; j++)
			assert_false(plan->segments[j].start < area->end &&
				     area->start <
					     plan->segments[j].start + plan->segments[j].size);
		assert_null(hwpoison_frames_find(&plan->frames, area->start, area->end));
	}
}

/* The node of a type in the chain of setup_data; NULL. */
static const uint8_t *setup_node(const struct plan *plan, uint32_t type)
{
	const struct segment *data = segment_of(plan, "setup_data");
	const uint8_t *bytes = data->bytes;
	uint64_t at = get_le64((const uint8_t *)segment_of(plan, "boot_params")->bytes + 0x250);

	while (at) {
		const uint8_t *node = bytes + (at - data->start);

		if (get_le32(node + 8) == type)
			return node;
		at = get_le64(node);
	}
	return NULL;
}

static void test_x86_64(void **state)
{
	struct plan_fixture f;
	const struct segment *kho;
	const uint8_t *node;

	(void)state;
	start(&f, MODE_KHO, MAP, "3f000000-3f001000, 5000000-5001000");
	places(&f);
	/* 18 + 2 + 16 + 1 + 5 = 42, twice; above the bad frame there is no room for it. */
	assert_scratch(&f.plan, "39c00000-3f000000");
	assert_string_equal(f.plan.kho.scratch_from, "chosen by rule");
	assert_nothing_in_scratch(&f.plan);
	kho = segment_of(&f.plan, "kho");
	assert_true(kho->hashed);
	node = setup_node(&f.plan, 10);
	assert_non_null(node);
	assert_int_equal(get_le32(node + 12), 32);
	assert_int_equal(get_le64(node + 16), f.plan.kho.layout.fdt);
	assert_int_equal(get_le64(node + 24), f.plan.kho.layout.fdt_size);
	assert_int_equal(get_le64(node + 32), f.plan.kho.layout.scratch);
	assert_int_equal(get_le64(node + 40), 16);
	/* What they point to is there. */
	assert_int_equal(fdt_check_header((const uint8_t *)kho->bytes +
					  (f.plan.kho.layout.fdt - kho->start)),
			 0);
	assert_int_equal(get_le64((const uint8_t *)kho->bytes +
				  (f.plan.kho.layout.scratch - kho->start)),
			 0x39c00000);
	plan_fixture_free(&f);
	/* Where the scratch memory takes the highest hole, the segments behind it go below. */
	start(&f, MODE_KHO, "0-9fc00 ram, 100000-40500000 ram", "5000000-5001000");
	places(&f);
	assert_scratch(&f.plan, "3a400000-40000000");
	assert_nothing_in_scratch(&f.plan);
	assert_true(segment_of(&f.plan, "kho")->start < 0x3a400000);
	plan_fixture_free(&f);
	/* Without KHO there is none of it. */
	start(&f, MODE_E820 | MODE_KHO, MAP, "5000000-5001000");
	f.plan.modes = MODE_E820;
	places(&f);
	assert_int_equal(f.plan.kho.scratch_count, 0);
	assert_null(setup_node(&f.plan, 10));
	plan_fixture_free(&f);
}

static void test_x86_64_above(void **state)
{
	struct plan_fixture f;

	(void)state;
	start(&f, MODE_E820 | MODE_KHO, LARGE, "17f000000-17f001000, 3f000000-3f001000, 5000-6000");
	plan_fixture_command_line(&f, "crashkernel=64M kho=on");
	places(&f);
	/* Below: (64 + 0.5 + 16), twice, and the crash kernel's; above: 54 + 6 + 16 + 1 + 5, twice. */
	assert_scratch(&f.plan, "30c00000-3f000000, 174c00000-17f000000");
	assert_nothing_in_scratch(&f.plan);
	plan_fixture_free(&f);
}

/* The map of purgatory's guard has what is told, and not what stays RAM. */
static void test_x86_64_poison_table(void **state)
{
	struct purgatory_poison table[8];
	struct plan_fixture f;

	(void)state;
	start(&f, MODE_E820 | MODE_KHO, MAP, "5000-6000, 5000000-5001000, 6000000-6001000");
	assert_int_equal(poison_table_write(&f.plan, table), 3);
	plan_fixture_free(&f);
	start(&f, MODE_KHO, MAP, "5000000-5001000, 3ffff000-40002000");
	assert_int_equal(poison_table_write(&f.plan, table), 1);
	assert_int_equal(table[0].start, 0x40000000);
	assert_int_equal(table[0].end, 0x40002000);
	plan_fixture_free(&f);
}

/* With an area of its own in the way, and the kernel where the area is. */
static void own(struct plan_fixture *f, uint64_t first, uint64_t end)
{
	f->machine.kho_scratch = calloc(1, sizeof(*f->machine.kho_scratch));
	f->machine.kho_scratch[0] = (struct hwpoison_range){first, end};
	f->machine.kho_scratch_count = 1;
}

static void test_own(void **state)
{
	struct plan_fixture f;

	(void)state;
	start(&f, MODE_KHO, MAP, "5000000-5001000");
	own(&f, 0x38000000, 0x40000000);
	places(&f);
	assert_scratch(&f.plan, "38000000-40000000");
	assert_string_equal(f.plan.kho.scratch_from, "the running kernel's own");
	assert_null(f.plan.kho.own_refused);
	assert_nothing_in_scratch(&f.plan);
	plan_fixture_free(&f);
	/* What the running kernel has reserved of it is no hindrance. */
	start(&f, MODE_KHO, MAP, "5000000-5001000");
	own(&f, 0x38000000, 0x40000000);
	assert_int_equal(hwpoison_map_add(&f.machine.in_use, 0x38001000, 0x38002000,
					  HWPOISON_RESERVED),
			 0);
	places(&f);
	assert_scratch(&f.plan, "38000000-40000000");
	plan_fixture_free(&f);
	/* One bad frame in it, told or kept: no. */
	for (unsigned int modes = MODE_KHO; modes;
	     modes = modes == MODE_KHO ? MODE_E820 | modes : 0) {
		start(&f, modes, MAP, "3c000000-3c001000");
		own(&f, 0x38000000, 0x40000000);
		places(&f);
		assert_scratch(&f.plan, "36c00000-3c000000");
		assert_string_equal(f.plan.kho.scratch_from, "chosen by rule");
		assert_non_null(f.plan.kho.own_refused);
		plan_fixture_free(&f);
	}
	/* What the user says goes first. */
	start(&f, MODE_KHO, MAP, "5000000-5001000");
	own(&f, 0x38000000, 0x40000000);
	f.options.kho_scratch = MIB(64);
	places(&f);
	assert_string_equal(f.plan.kho.scratch_from, "--kho-scratch");
	assert_int_equal(f.plan.kho.scratch[0].end - f.plan.kho.scratch[0].start, MIB(64));
	plan_fixture_free(&f);
}

/* A plan that is refused, and can be tried again. */
static void refuses_with(struct plan_fixture *f, uint64_t mem_min, const char *line,
			 const char *says)
{
	const char *said;
	int code;

	f->options.mem_min = mem_min;
	plan_fixture_command_line(f, line);
	f->plan.segment_count = f->plan.area_count = f->plan.kho.scratch_count = 0;
	capture_start();
	code = arch_x86_64.place(&f->plan);
	said = capture_stop();
	if (code != EXIT_USAGE || !strstr(said, says))
		fail_msg("code %d, said: %s", code, said);
}

static void test_no_room(void **state)
{
	struct plan_fixture f;

	(void)state;
	/* 2.3 + 0.1 + 16 + 1 + 5 = 24.4, twice. */
	start(&f, MODE_KHO, "0-9fc00 ram, 100000-2c00000 ram", "2000000-2001000");
	refuses(&f, "no room for KHO's scratch memory");
	begin(&f, MODE_KHO, MAP, "");
	for (uint64_t at = MIB(1); at < MIB(1024); at += MIB(8))
		assert_int_equal(hwpoison_frames_add(&f.plan.frames, at, at + 4096, 1, 4096), 0);
	decide(&f);
	refuses(&f, "in holes of 8 MiB and more");
	/* What stands in the way is named, and what this architecture has instead. */
	start(&f, MODE_KHO, MAP, "5000000-5001000");
	refuses_with(&f, MIB(960), "quiet kho=on", "take e820 alone, or");
	refuses_with(&f, MIB(960), "quiet kho=on", "; --mem-min sets bounds to");
	refuses_with(&f, MIB(960), "kho=on crashkernel=700M",
		     "700 MiB of it are for crashkernel=; --mem-min sets");
	refuses_with(&f, 0, "kho=on crashkernel=950M", "950 MiB of it are for crashkernel=)");
	plan_fixture_free(&f);
	start(&f, MODE_KHO, MAP, "5000000-5001000");
	f.options.kho_scratch = MIB(24);
	refuses(&f, "--kho-scratch: with 24 MiB the next kernel would die");
}

/* Each area makes two regions of RAM more, and past 128 of them a kernel may hang without a word. */
static void test_regions(void **state)
{
	struct plan_fixture f;

	(void)state;
	/* Pieces of 8 MiB: 11 of them would do. */
	for (size_t limit = 20; limit <= 24; limit += 4) {
		begin(&f, MODE_KHO, MAP, "");
		for (uint64_t at = MIB(1); at < MIB(1024); at += MIB(12))
			assert_int_equal(hwpoison_frames_add(&f.plan.frames, at, at + 4096, 1,
							     4096),
					 0);
		f.plan.target.max_ram_regions = limit;
		decide(&f);
		if (limit == 20) {
			refuses(&f, "the largest 9 holes between");
			continue;
		}
		places(&f);
		assert_int_equal(f.plan.kho.scratch_count, 11);
		plan_fixture_free(&f);
	}
	/* A few there always may be. */
	start(&f, MODE_KHO, LARGE, "5000000-5001000");
	f.plan.target.max_ram_regions = 3;
	places(&f);
	assert_int_equal(f.plan.kho.scratch_count, 2);
	plan_fixture_free(&f);
}

static bool warned(const struct plan *plan, const char *text)
{
	for (size_t i = 0; i < plan->warnings.count; i++) {
		if (strstr(plan->warnings.lines[i], text))
			return true;
	}
	return false;
}

/* The longest list that is handed over is one that is read back; a longer one is not handed over. */
static void test_long_list(void **state)
{
	const struct hwpoison_kho_options options = {
		.abi = HWPOISON_KHO_V4,
		.page_size = 4096,
		.scratch = &(struct hwpoison_range){MIB(4), MIB(8)},
		.scratch_count = 1,
	};
	const struct hwpoison_frames none = {0};
	struct hwpoison_frames longest = {0}, frames = {0};
	struct hwpoison_problem problem;
	struct hwpoison_kho_layout layout;
	struct plan_fixture f;
	struct placement placement = {.plan = &f.plan};
	struct hwpoison_frames known;
	uint8_t *bytes;
	size_t size;

	(void)state;
	for (uint64_t i = 0; i < KHO_LIST_MAX; i++)
		assert_int_equal(hwpoison_frames_add(&longest, MIB(4096) + i * 0x2000,
						     MIB(4096) + i * 0x2000 + 0x1000, 1, 4096),
				 0);
	assert_int_equal(hwpoison_kho_size(&none, &longest, &options, &size), 0);
	bytes = malloc(size);
	assert_non_null(bytes);
	assert_int_equal(hwpoison_kho_write(&none, &longest, &options, MIB(64), bytes, size,
					    &layout),
			 0);
	/* The blob of the list is the only one that large. */
	for (size_t at = 0; at < size && !frames.count; at += 4096) {
		if (fdt_check_header(bytes + at) == 0 && fdt_totalsize(bytes + at) > MIB(32)) {
			assert_true(fdt_totalsize(bytes + at) <= KHO_FILE_LIMIT);
			assert_int_equal(hwpoison_kho_frames(bytes + at, fdt_totalsize(bytes + at),
							     &frames, &problem),
					 0);
		}
	}
	assert_int_equal(frames.count, KHO_LIST_MAX);
	free(bytes);
	hwpoison_frames_free(&frames);
	hwpoison_frames_free(&longest);

	start(&f, MODE_KHO, MAP, "5000000-5001000");
	known = f.plan.frames;
	f.plan.frames.count = (size_t)KHO_LIST_MAX + 1;
	capture_start();
	assert_int_equal(kho_segment_place(&placement, &(struct hole_request){0}), EXIT_USAGE);
	assert_non_null(strstr(capture_stop(), "a list of 2796033 bad ranges is too long"));
	f.plan.frames = known;
	plan_fixture_free(&f);
}

static void test_warnings(void **state)
{
	struct plan_fixture f;

	(void)state;
	start(&f, MODE_KHO, MAP, "5000000-5001000");
	f.options.kho_scratch = MIB(40);
	places(&f);
	assert_true(warned(&f.plan, "--kho-scratch: 40 MiB are less than"));
	plan_fixture_free(&f);
	start(&f, MODE_KHO, MAP, "5000000-5001000");
	plan_fixture_command_line(&f, "crashkernel=64M kho=on");
	f.options.kho_scratch = MIB(64);
	places(&f);
	assert_true(warned(&f.plan, "large enough for crashkernel="));
	plan_fixture_free(&f);
	/* Many small pieces. */
	begin(&f, MODE_KHO, MAP, "");
	for (uint64_t at = MIB(1); at < MIB(900); at += MIB(16))
		assert_int_equal(hwpoison_frames_add(&f.plan.frames, at, at + 4096, 1, 4096), 0);
	assert_int_equal(hwpoison_frames_add(&f.plan.frames, MIB(930), MIB(1024), 1, 4096), 0);
	decide(&f);
	f.image.memory_size = MIB(20);
	places(&f);
	assert_true(f.plan.kho.scratch_count > 4);
	assert_true(warned(&f.plan, "a later kexec -s"));
	plan_fixture_free(&f);
	/* Very many kept ranges. */
	for (size_t count = 50000; count <= 50001; count++) {
		begin(&f, MODE_KHO, LARGE, "");
		for (uint64_t i = 0; i < count; i++)
			assert_int_equal(hwpoison_frames_add(&f.plan.frames, MIB(4096) + i * 0x2000,
							     MIB(4096) + i * 0x2000 + 0x1000, 1,
							     4096),
					 0);
		decide(&f);
		places(&f);
		assert_int_equal(warned(&f.plan, "KHO keeps 50001 ranges"), count > 50000);
		plan_fixture_free(&f);
	}
	start(&f, MODE_KHO, MAP, "5000000-5001000");
	places(&f);
	assert_int_equal(f.plan.warnings.count, 0);
	plan_fixture_free(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_x86_64),
		cmocka_unit_test(test_x86_64_above),
		cmocka_unit_test(test_x86_64_poison_table),
		cmocka_unit_test(test_own),
		cmocka_unit_test(test_no_room),
		cmocka_unit_test(test_regions),
		cmocka_unit_test(test_warnings),
		cmocka_unit_test(test_long_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
