/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which frames KHO keeps and which the map tells of: alone, and with e820 or dtb beside it when the
 * map has room for all, for some, or not even for those that KHO cannot keep. Every frame must be in
 * one of the two, and none in both: the independent reader looks at the tree that each decision makes.
 */
#include <libfdt.h>

#include "kexec/arch.h"
#include "kexec/kho/carrier.h"
#include "tests/unit/capture.h"
#include "tests/unit/kho_plan.h"
#include "tests/unit/plan_fixture.h"

#define MAP "0-9fc00 ram, f0000-100000 reserved, 100000-40000000 ram, 40000000-40001000 nvs"

/* A plan that is not decided: frames, modes, and limits to be set. */
static void start(struct plan_fixture *f, unsigned int modes, const char *map, const char *frames)
{
	plan_fixture_start(f, map, "");
	frames_of_words(frames, &f->plan.frames);
	hwpoison_outcome_free(&f->plan.outcome);
	f->plan.modes = modes;
	f->plan.kho.abi = HWPOISON_KHO_V4;
	f->plan.target.ranges_from = f->plan.target.entries_from = f->plan.target.regions_from =
		"a test";
}

static int run(struct plan_fixture *f)
{
	const struct carrier_base base = {.map = &f->machine.bare};

	return kho_carrier_run(&f->plan, &base);
}

static void decides(struct plan_fixture *f, const struct carrier_base *base)
{
	assert_int_equal(kho_carrier_run(&f->plan, base), 0);
	kho_plan_write_and_read(&f->plan);
}

static void decides_bare(struct plan_fixture *f)
{
	decides(f, &(struct carrier_base){.map = &f->machine.bare});
}

static void runs(struct plan_fixture *f, const char *map, const char *kept)
{
	decides_bare(f);
	assert_string_equal(map_words(&f->plan.outcome.map), map);
	assert_string_equal(frames_words(&f->plan.kho.kept), kept);
}

static void refuses(struct plan_fixture *f, const char *says)
{
	const char *said;
	int code;

	capture_start();
	code = run(f);
	said = capture_stop();
	if (code != EXIT_USAGE || !strstr(said, says))
		fail_msg("code %d, said: %s", code, said);
	assert_ptr_equal(strchr(said, '\n'), said + strlen(said) - 1);
	plan_fixture_free(f);
}

#define SAME "0-9fc00 ram, f0000-100000 reserved, 100000-40000000 ram, 40000000-40001000 nvs"

/* --- alone ------------------------------------------------------------------------------------ */

static void test_alone(void **state)
{
	struct plan_fixture f;

	(void)state;
	start(&f, MODE_KHO, MAP, "5000000-5001000, 5001000-5003000 2/1000, 10000000-10200000");
	runs(&f, SAME, "5000000-5001000 1/1000, 5001000-5003000 2/1000, 10000000-10200000 1/1000");
	assert_string_equal(frames_words(&f.plan.outcome.excluded),
			    "5000000-5001000 1/1000, 5001000-5003000 2/1000, "
			    "10000000-10200000 1/1000");
	assert_int_equal(f.plan.outcome.limit, HWPOISON_NO_LIMIT);
	assert_int_equal(f.plan.outcome.rounded_bytes, 0);
	plan_fixture_free(&f);
	start(&f, MODE_KHO, MAP, "");
	runs(&f, SAME, "");
	plan_fixture_free(&f);
}

/* A page that the next kernel has no struct page for would make it panic. */
static void test_alone_outside(void **state)
{
	struct plan_fixture f;

	(void)state;
	start(&f, MODE_KHO, MAP, "3fff0000-40002000, 50000000-50001000");
	runs(&f, SAME, "3fff0000-40000000 1/1000");
	/* They are in the list that is handed over all the same. */
	assert_int_equal(f.plan.frames.count, 2);
	plan_fixture_free(&f);
	/* A page that is RAM in part is none. */
	start(&f, MODE_KHO, "100000-2000800 ram, 2000800-3000000 reserved, 3000000-4000000 ram",
	      "1fff000-2001000, 2fff000-3001000");
	runs(&f, "100000-2000800 ram, 2000800-3000000 reserved, 3000000-4000000 ram",
	     "1fff000-2000000 1/1000, 3000000-3001000 1/1000");
	plan_fixture_free(&f);
}

static void test_alone_early(void **state)
{
	struct plan_fixture f;

	(void)state;
	start(&f, MODE_KHO, MAP, "5000-6000, 5000000-5001000");
	refuses(&f, "0x5000-0x5fff lies below 1 MiB");
	/* The last frame below. What is no RAM there is not touched. */
	start(&f, MODE_KHO, "0-100000 ram, 100000-40000000 ram", "ff000-101000");
	refuses(&f, "--hwpoison-mode=e820,kho");
	start(&f, MODE_KHO, MAP, "f5000-f6000, 100000-101000");
	runs(&f, SAME, "100000-101000 1/1000");
	plan_fixture_free(&f);
	start(&f, MODE_KHO, "0-5000 ram, 5000-6000 unusable, 6000-9fc00 ram, 100000-40000000 ram",
	      "5000-6000");
	runs(&f, "0-5000 ram, 5000-6000 unusable, 6000-9fc00 ram, 100000-40000000 ram", "");
	plan_fixture_free(&f);
}

#define TOLD                                                                                       \
	"100000-1000000 ram, 1000000-1001000 unusable, 1001000-2000000 ram, "                      \
	"2000000-2001000 unusable, 2001000-40000000 ram"

/* What an earlier hop has told stays told; what is taken back is RAM again. */
static void test_alone_told_before(void **state)
{
	struct carrier_base base = {0};
	struct hwpoison_map whole = {0};
	struct plan_fixture f;

	(void)state;
	start(&f, MODE_KHO, TOLD, "1000000-1001000, 2000000-2001000, 3000000-3001000");
	runs(&f, TOLD, "3000000-3001000 1/1000");
	plan_fixture_free(&f);
	/* 0x2000000 is taken back: base has all of it as RAM, frames do not. */
	start(&f, MODE_KHO, TOLD, "1000000-1001000, 3000000-3001000");
	map_of_words("100000-40000000 ram", &whole);
	base.map = &whole;
	decides(&f, &base);
	assert_string_equal(map_words(&f.plan.outcome.map),
			    "100000-1000000 ram, 1000000-1001000 unusable, 1001000-40000000 ram");
	assert_string_equal(frames_words(&f.plan.kho.kept), "3000000-3001000 1/1000");
	hwpoison_map_free(&whole);
	plan_fixture_free(&f);
}

static void test_alone_larger_pages(void **state)
{
	struct plan_fixture f;

	(void)state;
	start(&f, MODE_KHO, "100000-40000000 ram", "5001000-5002000, 500b000-500d000");
	f.plan.target.page_size = 16384;
	runs(&f, "100000-40000000 ram", "5000000-5004000 1/4000, 5008000-5010000 1/4000");
	assert_int_equal(f.plan.outcome.rounded_bytes, 0xc000 - 0x3000);
	plan_fixture_free(&f);
	/* Learnt in larger pages than the next kernel's: not a byte more than the RAM. */
	start(&f, MODE_KHO, "100000-5001000 ram, 5002000-40000000 ram", "5000000-5004000 1/4000");
	runs(&f, "100000-5001000 ram, 5002000-40000000 ram",
	     "5000000-5001000 1/1000, 5002000-5004000 1/1000");
	plan_fixture_free(&f);
}

/* Only pages that the next kernel has from the start have a struct page: it panics over others. */
static void test_alone_absent(void **state)
{
	struct plan_fixture f;

	(void)state;
	start(&f, MODE_KHO, "40000000-80000000 ram, 100000000-140000000 ram",
	      "50000000-50001000, 120000000-120001000");
	f.machine.arch = &arch_arm64;
	map_of_words("40000000-80000000 ram, 100000000-120000000 ram", &f.plan.present);
	refuses(&f, "0x120000000-0x120000fff is not in the memory that the next kernel is told of");
	/* All there; and a frame that is no RAM of either needs none. */
	start(&f, MODE_KHO, "40000000-80000000 ram, 100000000-140000000 ram",
	      "50000000-50001000, 120000000-120001000, 200000000-200001000");
	f.machine.arch = &arch_arm64;
	map_of_words("40000000-90000000 ram, 100000000-121000000 ram", &f.plan.present);
	runs(&f, "40000000-80000000 ram, 100000000-140000000 ram",
	     "50000000-50001000 1/1000, 120000000-120001000 1/1000");
	plan_fixture_free(&f);
	/* Nobody knows what there is: RAM of this kernel may be kept, and no other. */
	start(&f, MODE_KHO, "40000000-80000000 ram, 120000000-120001000 ram",
	      "120000000-120001000");
	f.machine.arch = &arch_arm64;
	map_of_words("0-40000000 ram, 80000000-140000000 ram", &f.plan.unseen);
	refuses(&f, "0x120000000-0x120000fff is not RAM of this kernel");
	start(&f, MODE_KHO, "40000000-80000000 ram", "50000000-50001000");
	f.machine.arch = &arch_arm64;
	map_of_words("0-40000000 ram, 80000000-140000000 ram", &f.plan.unseen);
	runs(&f, "40000000-80000000 ram", "50000000-50001000 1/1000");
	plan_fixture_free(&f);
}

/* --- with e820 ---------------------------------------------------------------------------------- */

#define BOTH (MODE_E820 | MODE_KHO)
#define THREE "5000-6000, 5000000-5001000, 6000000-6001000"

static void test_both_fit(void **state)
{
	struct plan_fixture f;

	(void)state;
	start(&f, BOTH, MAP, THREE);
	f.plan.target.max_entries = 10;
	runs(&f,
	     "0-5000 ram, 5000-6000 unusable, 6000-9fc00 ram, f0000-100000 reserved, "
	     "100000-5000000 ram, 5000000-5001000 unusable, 5001000-6000000 ram, "
	     "6000000-6001000 unusable, 6001000-40000000 ram, 40000000-40001000 nvs",
	     "");
	assert_int_equal(f.plan.warnings.count, 0);
	plan_fixture_free(&f);
}

/* With one entry less, what is below 1 MiB is told, then the lowest; the rest is kept. */
static void test_both_overflow(void **state)
{
	struct plan_fixture f;

	(void)state;
	start(&f, BOTH, MAP, THREE);
	f.plan.target.max_entries = 9;
	f.options.max_waste = 0;
	runs(&f,
	     "0-5000 ram, 5000-6000 unusable, 6000-9fc00 ram, f0000-100000 reserved, "
	     "100000-5000000 ram, 5000000-5001000 unusable, 5001000-40000000 ram, "
	     "40000000-40001000 nvs",
	     "6000000-6001000 1/1000");
	assert_int_equal(f.plan.outcome.given_up_bytes, 0);
	assert_int_equal(f.plan.warnings.count, 1);
	assert_non_null(strstr(f.plan.warnings.lines[0], "bears 2 of 3 bad ranges"));
	/* It is excluded, though not by the map. */
	assert_non_null(hwpoison_frames_find(&f.plan.outcome.excluded, 0x6000000, 0x6001000));
	plan_fixture_free(&f);
	/* What is larger goes first, wherever it lies. */
	start(&f, BOTH, MAP, "5000-6000, 5000000-5001000, 6000000-6002000");
	f.plan.target.max_ram_regions = 4;
	f.options.max_waste = 0;
	runs(&f,
	     "0-5000 ram, 5000-6000 unusable, 6000-9fc00 ram, f0000-100000 reserved, "
	     "100000-6000000 ram, 6000000-6002000 unusable, 6002000-40000000 ram, "
	     "40000000-40001000 nvs",
	     "5000000-5001000 1/1000");
	plan_fixture_free(&f);
}

/* As long as little enough good memory has to be given up, the map has all. */
static void test_both_waste(void **state)
{
	struct plan_fixture f;

	(void)state;
	start(&f, BOTH, MAP, "5000000-5001000, 5002000-5003000");
	f.plan.target.max_entries = 6;
	f.options.max_waste = 4096;
	runs(&f,
	     "0-9fc00 ram, f0000-100000 reserved, 100000-5000000 ram, 5000000-5003000 unusable, "
	     "5003000-40000000 ram, 40000000-40001000 nvs",
	     "");
	plan_fixture_free(&f);
	start(&f, BOTH, MAP, "5000000-5001000, 5002000-5003000");
	f.plan.target.max_entries = 6;
	f.options.max_waste = 4095;
	runs(&f,
	     "0-9fc00 ram, f0000-100000 reserved, 100000-5000000 ram, 5000000-5001000 unusable, "
	     "5001000-40000000 ram, 40000000-40001000 nvs",
	     "5002000-5003000 1/1000");
	plan_fixture_free(&f);
}

/* What KHO cannot keep must fit. */
static void test_both_early_does_not_fit(void **state)
{
	struct plan_fixture f;

	(void)state;
	start(&f, BOTH, MAP, "5000-6000, 7000-8000, 5000000-5001000");
	f.plan.target.max_entries = 7;
	f.options.max_waste = 0;
	refuses(&f, "where the next kernel bears 7");
	/* With the page between them given up it does. */
	start(&f, BOTH, MAP, "5000-6000, 7000-8000, 5000000-5001000");
	f.plan.target.max_entries = 6;
	f.options.max_waste = 4096;
	runs(&f,
	     "0-5000 ram, 5000-8000 unusable, 8000-9fc00 ram, f0000-100000 reserved, "
	     "100000-40000000 ram, 40000000-40001000 nvs",
	     "5000000-5001000 1/1000");
	assert_int_equal(f.plan.outcome.given_up_bytes, 4096);
	plan_fixture_free(&f);
}

/* 2000 frames, one in 64 KiB, where 300 entries may be: all are somewhere, none twice. */
static void test_both_many(void **state)
{
	struct plan_fixture f;
	size_t told = 0, kept = 0;

	(void)state;
	start(&f, BOTH, MAP, "");
	for (uint64_t i = 0; i < 2000; i++)
		assert_int_equal(hwpoison_frames_add(&f.plan.frames, 0x1000000 + i * 0x10000,
						     0x1001000 + i * 0x10000, 1, 4096),
				 0);
	f.plan.target.max_entries = 300;
	f.options.max_waste = 0;
	decides_bare(&f);
	assert_in_range(f.plan.outcome.map.count, 299, 300);
	for (size_t i = 0; i < f.plan.frames.count; i++) {
		uint64_t at = f.plan.frames.ranges[i].start;
		bool is_kept = hwpoison_frames_find(&f.plan.kho.kept, at, at + 4096);
		bool is_ram = hwpoison_map_find(&f.plan.outcome.map, at)->type == HWPOISON_RAM;

		assert_int_equal(is_kept, is_ram);
		kept += is_kept;
		told += !is_ram;
	}
	assert_int_equal(told, 148);
	assert_int_equal(kept, 2000 - 148);
	assert_int_equal(hwpoison_frames_bytes(&f.plan.kho.kept), kept * 4096);
	plan_fixture_free(&f);
}

/* Each area of scratch memory makes two regions more, of which a kernel may bear no more than 120. */
static void test_both_room(void **state)
{
	struct plan_fixture f;

	(void)state;
	start(&f, BOTH, MAP, "");
	for (uint64_t i = 0; i < 200; i++)
		assert_int_equal(hwpoison_frames_add(&f.plan.frames, 0x1000000 + i * 0x10000,
						     0x1001000 + i * 0x10000, 1, 4096),
				 0);
	f.plan.target.max_ram_regions = 120;
	f.options.max_waste = 0;
	decides_bare(&f);
	assert_int_equal(hwpoison_map_entries(&f.plan.outcome.map, HWPOISON_RAM), 120 - 32);
	assert_int_equal(hwpoison_frames_bytes(&f.plan.kho.kept), (200 - 86) * 4096);
	plan_fixture_free(&f);
	/* What an earlier kernel was told may be more than leaves room: then KHO keeps that, too. */
	start(&f, BOTH,
	      "100000-2000000 ram, 2000000-2001000 unusable, 2001000-3000000 ram, "
	      "3000000-3001000 unusable, 3001000-4000000 ram, 4000000-4001000 unusable, "
	      "4001000-8000000 ram",
	      "2000000-2001000, 3000000-3001000, 4000000-4001000, 5000000-5001000");
	f.plan.target.max_ram_regions = 4;
	f.options.max_waste = 0;
	decides_bare(&f);
	assert_string_equal(map_words(&f.plan.outcome.map),
			    "100000-2000000 ram, 2000000-2001000 unusable, 2001000-8000000 ram");
	assert_string_equal(
		frames_words(&f.plan.kho.kept),
		"3000000-3001000 1/1000, 4000000-4001000 1/1000, 5000000-5001000 1/1000");
	plan_fixture_free(&f);
}

/* What KHO cannot keep goes before any room. */
static void test_both_no_room(void **state)
{
	struct plan_fixture f;

	(void)state;
	start(&f, BOTH, MAP, "5000-6000, 7000-8000, 9000-a000, 5000000-5001000");
	f.plan.target.max_ram_regions = 5;
	f.options.max_waste = 0;
	decides_bare(&f);
	assert_int_equal(hwpoison_map_entries(&f.plan.outcome.map, HWPOISON_RAM), 5);
	assert_string_equal(frames_words(&f.plan.kho.kept), "5000000-5001000 1/1000");
	plan_fixture_free(&f);
}

/* What an earlier kernel bore and the next one does not is RAM, and kept; but not what is no RAM's
 * neighbour, nor what is not known to be bad, nor what lies where KHO comes too late. */
static void test_told_before_too_much(void **state)
{
	struct plan_fixture f;

	(void)state;
	start(&f, MODE_KHO, TOLD, "1000000-1001000, 2000000-2001000, 3000000-3001000");
	f.plan.target.max_ram_regions = 2;
	runs(&f, "100000-40000000 ram",
	     "1000000-1001000 1/1000, 2000000-2001000 1/1000, 3000000-3001000 1/1000");
	assert_int_equal(f.plan.warnings.count, 1);
	plan_fixture_free(&f);
	start(&f, MODE_KHO, TOLD, "1000000-1001000, 2000000-2001000");
	f.plan.target.max_entries = 4;
	runs(&f, "100000-40000000 ram", "1000000-1001000 1/1000, 2000000-2001000 1/1000");
	plan_fixture_free(&f);
#define OTHERS                                                                                     \
	"0-5000 ram, 5000-6000 unusable, 6000-9f000 ram, 9f000-a0000 unusable, 100000-2000000 "    \
	"ram, "                                                                                    \
	"2000000-2002000 unusable, "
	start(&f, MODE_KHO,
	      OTHERS "2002000-3000000 ram, 3000000-3001000 unusable, 3001000-4000000 ram",
	      "5000-6000, 9f000-a0000, 2000000-2001000, 3000000-3001000");
	f.plan.target.max_ram_regions = 4;
	runs(&f, OTHERS "2002000-4000000 ram", "3000000-3001000 1/1000");
	plan_fixture_free(&f);
	start(&f, MODE_KHO,
	      OTHERS "2002000-3000000 ram, 3000000-3001000 unusable, 3001000-4000000 ram",
	      "5000-6000, 9f000-a0000, 2000000-2001000, 3000000-3001000");
	f.plan.target.max_ram_regions = 3;
	refuses(&f, "the map has 4 regions of RAM, and the next kernel bears 3 (a test): say "
		    "--hwpoison-mode=e820,kho");
	/* No earlier kernel has to do with it. */
	start(&f, MODE_KHO, "0-9f000 ram, 100000-2000000 ram", "1000000-1001000");
	f.plan.target.max_entries = 1;
	refuses(&f, "the machine's own map has 2 entries, and the next kernel bears 1 (a test; "
		    "--hwpoison-max-entries=N");
}

/* --- with dtb ------------------------------------------------------------------------------------ */

static void test_dtb(void **state)
{
	char tree[8192];
	struct carrier_base base = {.tree = tree, .tree_size = sizeof(tree)};
	struct plan_fixture f;
	int node;

	(void)state;
	assert_int_equal(fdt_create_empty_tree(tree, sizeof(tree)), 0);
	assert_int_equal(fdt_setprop_u32(tree, 0, "#address-cells", 2), 0);
	assert_int_equal(fdt_setprop_u32(tree, 0, "#size-cells", 2), 0);
	start(&f, MODE_DTB | MODE_KHO, "40000000-80000000 ram",
	      "50000000-50001000, 60000000-60001000, 70000000-70001000");
	f.machine.arch = &arch_arm64;
	f.plan.fdt_way = HWPOISON_FDT_NODES;
	f.plan.target.max_ranges = 2;
	base.map = &f.machine.bare;
	decides(&f, &base);
	assert_string_equal(frames_words(&f.plan.kho.kept), "70000000-70001000 1/1000");
	node = fdt_path_offset(f.plan.next_dtb, "/reserved-memory");
	assert_true(node > 0);
	assert_true(fdt_subnode_offset(f.plan.next_dtb, node, "hwpoison@50000000") > 0);
	assert_true(fdt_subnode_offset(f.plan.next_dtb, node, "hwpoison@60000000") > 0);
	assert_int_equal(fdt_subnode_offset(f.plan.next_dtb, node, "hwpoison@70000000"),
			 -FDT_ERR_NOTFOUND);
	plan_fixture_free(&f);
	/* Alone, the tree is what it was, and the first MiB is like any other. */
	start(&f, MODE_KHO, "0-80000000 ram", "5000-6000, 50000000-50001000");
	f.machine.arch = &arch_arm64;
	base.map = &f.machine.bare;
	decides(&f, &base);
	assert_string_equal(frames_words(&f.plan.kho.kept),
			    "5000-6000 1/1000, 50000000-50001000 1/1000");
	assert_int_equal(f.plan.next_dtb_size, sizeof(tree));
	assert_memory_equal(f.plan.next_dtb, tree, sizeof(tree));
	plan_fixture_free(&f);
}

/* Linux frees all of a reusable region, kept or not. */
static void test_lent(void **state)
{
	const fdt32_t reg[] = {0, cpu_to_fdt32(0x50000000), 0, cpu_to_fdt32(0x1000000)};
	char tree[4096];
	struct carrier_base base = {.tree = tree, .tree_size = sizeof(tree)};
	struct plan_fixture f;
	int node;

	(void)state;
	assert_int_equal(fdt_create_empty_tree(tree, sizeof(tree)), 0);
	assert_int_equal(fdt_setprop_u32(tree, 0, "#address-cells", 2), 0);
	assert_int_equal(fdt_setprop_u32(tree, 0, "#size-cells", 2), 0);
	node = fdt_add_subnode(tree, 0, "reserved-memory");
	node = fdt_add_subnode(tree, node, "pool@50000000");
	assert_int_equal(fdt_setprop(tree, node, "reg", reg, sizeof(reg)), 0);
	for (int reusable = 0; reusable < 2; reusable++) {
		start(&f, MODE_KHO, "40000000-80000000 ram",
		      "50fff000-51000000, 51000000-51001000");
		f.machine.arch = &arch_arm64;
		base.map = &f.machine.bare;
		if (reusable) {
			assert_int_equal(fdt_setprop(tree, node, "reusable", NULL, 0), 0);
			capture_start();
			assert_int_equal(kho_carrier_run(&f.plan, &base), EXIT_USAGE);
			assert_non_null(strstr(capture_stop(), "that is reusable"));
		} else {
			decides(&f, &base);
		}
		plan_fixture_free(&f);
	}
	/* Behind it, there is no harm. */
	start(&f, MODE_KHO, "40000000-80000000 ram", "51000000-51001000");
	f.machine.arch = &arch_arm64;
	base.map = &f.machine.bare;
	decides(&f, &base);
	assert_string_equal(frames_words(&f.plan.kho.kept), "51000000-51001000 1/1000");
	plan_fixture_free(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_alone),
		cmocka_unit_test(test_alone_outside),
		cmocka_unit_test(test_alone_early),
		cmocka_unit_test(test_alone_told_before),
		cmocka_unit_test(test_alone_larger_pages),
		cmocka_unit_test(test_alone_absent),
		cmocka_unit_test(test_both_fit),
		cmocka_unit_test(test_both_room),
		cmocka_unit_test(test_both_no_room),
		cmocka_unit_test(test_both_overflow),
		cmocka_unit_test(test_both_waste),
		cmocka_unit_test(test_both_early_does_not_fit),
		cmocka_unit_test(test_both_many),
		cmocka_unit_test(test_told_before_too_much),
		cmocka_unit_test(test_dtb),
		cmocka_unit_test(test_lent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
