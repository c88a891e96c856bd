/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is written into a device tree. Trees are compared as text, made by a walk of its own: what
 * was there must be there still, in its order, and what the next hop learns must be the frames,
 * to the byte. dtc reads every tree that is written, and may warn of nothing but what it warned of
 * in the tree that was read.
 */
#include <unistd.h>

#include "tests/unit/tree.h"

#define RAM "40000000-80000000 ram"

static const struct hwpoison_fdt_options nodes = {
	.way = HWPOISON_FDT_NODES,
	.max_ranges = HWPOISON_NO_LIMIT,
	.max_waste = UINT64_MAX,
	.page_size = 4096,
};

static const struct hwpoison_fdt_options reserve = {
	.way = HWPOISON_FDT_RESERVE,
	.max_ranges = HWPOISON_NO_LIMIT,
	.max_waste = UINT64_MAX,
	.page_size = 4096,
};

static void *write_set(const void *tree, size_t size, const char *ram,
		       const struct hwpoison_frames *frames,
		       const struct hwpoison_fdt_options *options, size_t *next_size)
{
	struct hwpoison_map map = {0};
	struct hwpoison_outcome outcome;
	struct hwpoison_problem problem;
	void *next = NULL;

	map_of_words(ram, &map);
	assert_int_equal(hwpoison_fdt_plan(tree, size, &map, frames, options, &outcome, &problem),
			 0);
	assert_int_equal(hwpoison_fdt_write(tree, size, &outcome, frames, options, &next, next_size,
					    &problem),
			 0);
	assert_int_equal(fdt_check_full(next, *next_size), 0);
	hwpoison_outcome_free(&outcome);
	hwpoison_map_free(&map);
	return next;
}

/* Plans and writes; keeps the tree that it reads. */
static void *write_words(const void *tree, const char *ram, const char *bad,
			 const struct hwpoison_fdt_options *options)
{
	struct hwpoison_frames frames = {0};
	size_t size;
	void *next;

	frames_of_words(bad, &frames);
	next = write_set(tree, fdt_totalsize(tree), ram, &frames, options, &size);
	hwpoison_frames_free(&frames);
	return next;
}

static void assert_text(const void *tree, const char *expected)
{
	char *text = tree_text(tree, false);

	assert_string_equal(text, expected);
	free(text);
}

static void assert_same_trees(const void *a, const void *b)
{
	char *x = tree_text(a, true), *y = tree_text(b, true);

	assert_string_equal(x, y);
	free(x);
	free(y);
}

static void assert_learnt(const void *tree, const char *bad)
{
	struct hwpoison_frames learnt = {0}, expected = {0};
	char words[WORDS_SIZE];

	frames_of_words(bad, &expected);
	for (size_t i = 0; i < expected.count; i++)
		expected.ranges[i].sources = HWPOISON_SOURCE_FDT;
	strcpy(words, frames_words(&expected));
	assert_int_equal(hwpoison_fdt_frames(tree, fdt_totalsize(tree), 4096, &learnt, NULL), 0);
	assert_string_equal(frames_words(&learnt), words);
	hwpoison_frames_free(&expected);
	hwpoison_frames_free(&learnt);
}

static void *with_reserved(void)
{
	void *tree = tree_begin(2, 2, (uint64_t[]){0x1000, 0x1000, 0, 0});

	reserved_begin(tree, 2, 2);
	put_node(tree, "firmware@50000000", 0x50000000, 0x1000, "no-map", NULL);
	put_node(tree, "linux,cma", 0, 0, "reusable", NULL);
	OK(fdt_end_node(tree));
	OK(fdt_begin_node(tree, "chosen"));
	OK(fdt_property_string(tree, "bootargs", "quiet"));
	OK(fdt_begin_node(tree, "framebuffer"));
	OK(fdt_end_node(tree));
	OK(fdt_end_node(tree));
	OK(fdt_begin_node(tree, "soc"));
	OK(fdt_end_node(tree));
	return tree_end(tree);
}

#define ROOT                                                                                       \
	"/\n/:#address-cells=00000002\n/:#size-cells=00000002\n"                                   \
	"/:compatible=746573742c6d616368696e6500\n"
#define RESERVED                                                                                   \
	"/reserved-memory\n/reserved-memory:#address-cells=00000002\n"                             \
	"/reserved-memory:#size-cells=00000002\n/reserved-memory:ranges=\n"
#define FIRMWARE                                                                                   \
	"/reserved-memory/firmware@50000000\n"                                                     \
	"/reserved-memory/firmware@50000000:reg=00000000500000000000000000001000\n"                \
	"/reserved-memory/firmware@50000000:no-map=\n"                                             \
	"/reserved-memory/linux,cma\n/reserved-memory/linux,cma:reusable=\n"
#define NODE(address, reg)                                                                         \
	"/reserved-memory/hwpoison@" address "\n"                                                  \
	"/reserved-memory/hwpoison@" address ":compatible=6877706f69736f6e00\n"                    \
	"/reserved-memory/hwpoison@" address ":reg=" reg "\n"                                      \
	"/reserved-memory/hwpoison@" address ":no-map=\n"                                          \
	"/reserved-memory/hwpoison@" address ":hwpoison,recorded=\n"
#define FRAME(start) "0000000" start "00000000000010000000000000001000"

static void nodes_come_last_and_the_record_goes_into_chosen(void **state)
{
	void *tree = with_reserved(), *next;

	(void)state;
	next = write_words(tree, RAM, "60000000-60001000, 40003000-40004000", &nodes);
	assert_text(
		next,
		"reserve 1000 1000\n" ROOT RESERVED FIRMWARE NODE(
			"40003000", "00000000400030000000000000001000")
			NODE("60000000",
			     "00000000600000000000000000001000") "/chosen\n/chosen:bootargs=717569657400\n"
								 "/chosen:hwpoison,frames=" FRAME(
									 "040003000")
									 FRAME("060000000") "\n"
											    "/chosen/framebuffer\n/soc\n");
	assert_learnt(next, "40003000-40004000, 60000000-60001000");
	free(tree);
	free(next);
}

static void what_is_not_there_is_made_and_marked(void **state)
{
	void *tree = tree_end(tree_begin(2, 2, NULL)), *next;

	(void)state;
	next = write_words(tree, RAM, "60000000-60001000", &nodes);
	assert_text(
		next,
		ROOT RESERVED "/reserved-memory:hwpoison,created=\n" NODE(
			"60000000",
			"00000000600000000000000000001000") "/chosen\n/chosen:hwpoison,created=\n"
							    "/chosen:hwpoison,frames=" FRAME(
								    "060000000") "\n");
	free(tree);
	free(next);
}

static void reserve_entries_come_last_and_are_noted(void **state)
{
	void *tree = with_reserved(), *next;

	(void)state;
	next = write_words(tree, RAM, "60000000-60001000, 40003000-40005000", &reserve);
	assert_text(
		next,
		"reserve 1000 1000\nreserve 40003000 2000\nreserve 60000000 1000\n" ROOT RESERVED
			FIRMWARE "/chosen\n/chosen:bootargs=717569657400\n"
		"/chosen:hwpoison,frames="
		"000000004000300000000000000020000000000000001000" FRAME(
			"060000000") "\n"
				     "/chosen:hwpoison,reserve-entries=00000000400030000000000000002000"
				     "00000000600000000000000000001000\n"
				     "/chosen/framebuffer\n/soc\n");
	assert_learnt(next, "40003000-40005000, 60000000-60001000");
	free(tree);
	free(next);
}

/* dt_is_stub() in arch/arm64/kernel/acpi.c: a root with anything but /chosen turns ACPI off. */
static void reserve_entries_make_no_node_but_chosen(void **state)
{
	void *tree = tree_end(tree_begin(2, 2, NULL)), *next;

	(void)state;
	next = write_words(tree, RAM, "60000000-60001000", &reserve);
	assert_int_equal(fdt_path_offset(next, "/reserved-memory"), -FDT_ERR_NOTFOUND);
	assert_true(fdt_path_offset(next, "/chosen") > 0);
	free(tree);
	free(next);
}

static void one_cell_is_enough_below_4_gib(void **state)
{
	void *tree = tree_end(tree_begin(1, 1, NULL)), *next;

	(void)state;
	next = write_words(tree, "40000000-200000000 ram", "fffff000-100000000", &nodes);
	assert_text(
		next,
		"/\n/:#address-cells=00000001\n/:#size-cells=00000001\n"
		"/:compatible=746573742c6d616368696e6500\n"
		"/reserved-memory\n/reserved-memory:#address-cells=00000001\n"
		"/reserved-memory:#size-cells=00000001\n/reserved-memory:ranges=\n"
		"/reserved-memory:hwpoison,created=\n" NODE(
			"fffff000",
			"fffff00000001000") "/chosen\n/chosen:hwpoison,created=\n/chosen:hwpoison,frames="
					    "00000000fffff00000000000000010000000000000001000\n");
	free(tree);
	free(next);
	tree = tree_end(tree_begin(2, 1, NULL));
	next = write_words(tree, "40000000-200000000 ram", "123456000-123457000", &nodes);
	assert_true(fdt_path_offset(next, "/reserved-memory/hwpoison@123456000") > 0);
	assert_learnt(next, "123456000-123457000");
	free(tree);
	free(next);
}

static void writing_twice_is_writing_once(void **state)
{
	const struct hwpoison_fdt_options *ways[] = {&nodes, &reserve};
	void *trees[] = {with_reserved(), tree_plain(), tree_end(tree_begin(2, 2, NULL))};

	(void)state;
	for (size_t i = 0; i < 6; i++) {
		const char *bad = "60000000-60001000, 40003000-40005000";
		void *once = write_words(trees[i / 2], RAM, bad, ways[i % 2]);
		void *twice = write_words(once, RAM, bad, ways[i % 2]);

		assert_same_trees(once, twice);
		free(once);
		free(twice);
	}
	for (size_t i = 0; i < 3; i++)
		free(trees[i]);
}

static void the_last_frame_takes_everything_with_it(void **state)
{
	const struct hwpoison_fdt_options *ways[] = {&nodes, &reserve};
	void *trees[] = {with_reserved(), tree_plain(), tree_end(tree_begin(2, 2, NULL))};

	(void)state;
	for (size_t i = 0; i < 12; i++) {
		void *tree = trees[i / 4];
		void *poisoned = write_words(tree, RAM, "60000000-60001000, 40003000-40005000",
					     ways[i % 2]);
		void *clean = write_words(poisoned, RAM, "", ways[i / 2 % 2]);

		assert_same_trees(clean, tree);
		free(poisoned);
		free(clean);
	}
	for (size_t i = 0; i < 3; i++)
		free(trees[i]);
}

static void one_way_replaces_the_other(void **state)
{
	void *tree = with_reserved();
	void *by_nodes = write_words(tree, RAM, "60000000-60001000", &nodes);
	void *by_reserve = write_words(tree, RAM, "60000000-60001000", &reserve);
	void *next = write_words(by_nodes, RAM, "60000000-60001000", &reserve);

	(void)state;
	assert_same_trees(next, by_reserve);
	free(next);
	next = write_words(by_reserve, RAM, "60000000-60001000", &nodes);
	assert_same_trees(next, by_nodes);
	free(next);
	free(by_nodes);
	free(by_reserve);
	free(tree);
}

static void what_others_put_into_our_nodes_stays(void **state)
{
	void *tree = tree_end(tree_begin(2, 2, NULL)), *poisoned, *next, *larger;

	(void)state;
	poisoned = write_words(tree, RAM, "60000000-60001000", &nodes);
	larger = calloc(1, TREE_ROOM);
	assert_int_equal(fdt_open_into(poisoned, larger, TREE_ROOM), 0);
	assert_int_equal(fdt_setprop_string(larger, fdt_path_offset(larger, "/chosen"), "bootargs",
					    "x"),
			 0);
	assert_true(fdt_add_subnode(larger, fdt_path_offset(larger, "/reserved-memory"), "vendor") >
		    0);
	next = write_words(larger, RAM, "", &nodes);
	assert_text(next, ROOT RESERVED "/reserved-memory/vendor\n/chosen\n"
					"/chosen:bootargs=7800\n");
	free(next);
	free(larger);
	free(poisoned);
	free(tree);
}

static void nodes_by_hand_are_replaced(void **state)
{
	void *tree = tree_begin(2, 2, NULL), *next;

	(void)state;
	reserved_begin(tree, 2, 2);
	put_node(tree, "hwpoison@60000000", 0x60000000, 0x1000, "no-map", NULL);
	put_node(tree, "firmware@50000000", 0x50000000, 0x1000, "no-map", NULL);
	OK(fdt_begin_node(tree, "bad@40003000"));
	OK(fdt_property_string(tree, "compatible", "hwpoison"));
	put_numbers(tree, "reg", (uint64_t[]){0x40003000, 0x1000}, 2);
	OK(fdt_begin_node(tree, "child"));
	OK(fdt_end_node(tree));
	OK(fdt_end_node(tree));
	OK(fdt_end_node(tree));
	tree_end(tree);
	next = write_words(tree, RAM, "40003000-40004000", &nodes);
	assert_text(
		next, ROOT RESERVED
		"/reserved-memory/firmware@50000000\n"
		"/reserved-memory/firmware@50000000:reg=00000000500000000000000000001000\n"
		"/reserved-memory/firmware@50000000:no-map=\n" NODE(
			"40003000",
			"00000000400030000000000000001000") "/chosen\n/chosen:hwpoison,created=\n"
							    "/chosen:hwpoison,frames=" FRAME(
								    "040003000") "\n");
	free(tree);
	free(next);
}

/* Promise 4 of the design: not what was widened or given up is learnt, but the frames. */
static void the_next_hop_learns_the_frames_and_no_more(void **state)
{
	const struct hwpoison_fdt_options *ways[] = {&nodes, &reserve};
	const char *bad = "1000-2000, 40003000-40004000, 40009000-4000a000, "
			  "50000000-50001000, 60004000-60008000 1/4000";

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct hwpoison_fdt_options options = *ways[i];
		void *tree = with_reserved(), *next;

		options.page_size = 65536;
		options.max_ranges = 1;
		/* One range over the gap from 0x40010000 on is not possible: firmware is between. */
		next = write_words(tree, "40000000-50000000 ram, 50001000-60000000 reserved", bad,
				   &options);
		assert_learnt(next, bad);
		free(tree);
		tree = write_words(next, "40000000-50000000 ram", bad, &options);
		assert_learnt(tree, bad);
		assert_same_trees(tree, next);
		free(tree);
		free(next);
	}
}

static void many_frames(struct hwpoison_frames *frames, size_t count, uint64_t from)
{
	for (size_t i = 0; i < count; i++)
		assert_int_equal(hwpoison_frames_add(frames, from + 0x2000 * i,
						     from + 0x2000 * i + 0x1000, 1, 4096),
				 0);
}

/* Of all sizes, because libfdt leaves its rubbish at the end of the buffer that it writes into. */
static void there_is_room_and_it_is_zero(void **state)
{
	void *tree = tree_plain();

	(void)state;
	for (size_t count = 0; count < 700; count += 2) {
		struct hwpoison_frames frames = {0};
		size_t size, used;
		const unsigned char *bytes;
		void *next;

		many_frames(&frames, count, 0x40000000);
		next = write_set(tree, fdt_totalsize(tree), RAM, &frames, &nodes, &size);
		used = fdt_off_dt_strings(next) + fdt_size_dt_strings(next);
		assert_int_equal(size, fdt_totalsize(next));
		assert_true(size - used == 4096 || size == 65536);
		bytes = next;
		for (size_t i = used; i < size; i++)
			assert_int_equal(bytes[i], 0);
		hwpoison_frames_free(&frames);
		free(next);
	}
	free(tree);
}

static void a_property_can_be_set_in_place(void **state)
{
	void *tree = tree_plain(), *next = write_words(tree, RAM, "60000000-60001000", &nodes);

	(void)state;
	assert_int_equal(fdt_setprop_string(next, fdt_path_offset(next, "/chosen"), "bootargs",
					    "console=ttyAMA0"),
			 0);
	free(tree);
	free(next);
}

static void padding_goes_and_the_boot_cpu_stays(void **state)
{
	char *tree = calloc(1, 1 << 20), *plain = tree_plain();
	size_t size;
	struct hwpoison_frames frames = {0};
	void *next;

	(void)state;
	assert_int_equal(fdt_open_into(plain, tree, 1 << 20), 0);
	fdt_set_boot_cpuid_phys(tree, 7);
	next = write_set(tree, 1 << 20, RAM, &frames, &nodes, &size);
	assert_true(size < 8192);
	assert_same_trees(next, tree);
	assert_int_equal(fdt_boot_cpuid_phys(next), 7);
	free(next);
	free(tree);
	free(plain);
}

static void thousands_of_frames_fit(void **state)
{
	void *tree = tree_plain(), *next;
	struct hwpoison_frames frames = {0}, learnt = {0};
	size_t size;

	(void)state;
	many_frames(&frames, 5000, 0x40000000);
	next = write_set(tree, fdt_totalsize(tree), RAM, &frames, &nodes, &size);
	assert_true(size < 2 << 20);
	assert_int_equal(hwpoison_fdt_frames(next, size, 4096, &learnt, NULL), 0);
	assert_int_equal(learnt.count, 5000);
	free(tree);
	free(next);
	hwpoison_frames_free(&frames);
	hwpoison_frames_free(&learnt);
}

static void more_than_2_mib_is_refused(void **state)
{
	const struct hwpoison_fdt_options *ways[] = {&nodes, &reserve};
	const size_t counts[] = {20000, 60000};
	struct hwpoison_map map = {0};
	void *tree = tree_plain();

	(void)state;
	map_of_words("40000000-80000000 ram", &map);
	for (size_t i = 0; i < 2; i++) {
		struct hwpoison_frames frames = {0};
		struct hwpoison_outcome outcome;
		struct hwpoison_problem problem;
		void *next = &frames;
		size_t size = 99;

		many_frames(&frames, counts[i], 0x40000000);
		assert_int_equal(hwpoison_fdt_plan(tree, fdt_totalsize(tree), &map, &frames,
						   ways[i], &outcome, &problem),
				 0);
		assert_int_equal(hwpoison_fdt_write(tree, fdt_totalsize(tree), &outcome, &frames,
						    ways[i], &next, &size, &problem),
				 HWPOISON_EFULL);
		assert_int_equal(problem.fdt_error, -FDT_ERR_NOSPACE);
		assert_ptr_equal(next, &frames);
		assert_int_equal(size, 99);
		hwpoison_outcome_free(&outcome);
		hwpoison_frames_free(&frames);
	}
	hwpoison_map_free(&map);
	free(tree);
}

static void records_that_cannot_be_are_refused(void **state)
{
	struct hwpoison_frames frames = {0};
	struct hwpoison_outcome outcome = {0};
	void *tree = tree_plain(), *next;
	size_t size;

	(void)state;
	many_frames(&frames, 100000, 0x40000000);
	assert_int_equal(hwpoison_fdt_write(tree, fdt_totalsize(tree), &outcome, &frames, &nodes,
					    &next, &size, NULL),
			 HWPOISON_EFULL);
	for (size_t i = 0; i < frames.count; i++)
		assert_int_equal(hwpoison_map_add(&outcome.map, frames.ranges[i].start,
						  frames.ranges[i].end, HWPOISON_UNUSABLE),
				 0);
	assert_int_equal(hwpoison_frames_unite(&outcome.excluded, &frames), 0);
	frames.count = 0;
	for (size_t i = 0; i < 200000; i++)
		assert_int_equal(hwpoison_map_add(&outcome.map, 0x80000000 + 0x2000 * i,
						  0x80000000 + 0x2000 * i + 0x1000,
						  HWPOISON_UNUSABLE),
				 0);
	assert_int_equal(hwpoison_frames_add(&outcome.excluded, 0x80000000, 0x100000000, 1, 4096),
			 0);
	assert_int_equal(hwpoison_fdt_write(tree, fdt_totalsize(tree), &outcome, &frames, &reserve,
					    &next, &size, NULL),
			 HWPOISON_EFULL);
	hwpoison_outcome_free(&outcome);
	hwpoison_frames_free(&frames);
	free(tree);
}

static void what_cannot_be_expressed_is_refused(void **state)
{
	struct hwpoison_frames frames = {0};
	struct hwpoison_outcome outcome = {0};
	struct hwpoison_problem problem;
	void *tree = tree_end(tree_begin(1, 1, NULL)), *next;
	size_t size;

	(void)state;
	map_of_words("100000000-100001000 unusable", &outcome.map);
	frames_of_words("100000000-100001000", &outcome.excluded);
	assert_int_equal(hwpoison_fdt_write(tree, fdt_totalsize(tree), &outcome, &frames, &nodes,
					    &next, &size, &problem),
			 HWPOISON_ECELLS);
	assert_int_equal(problem.start, 0x100000000);
	assert_int_equal(hwpoison_fdt_write(tree, 10, &outcome, &frames, &nodes, &next, &size,
					    &problem),
			 HWPOISON_EFDT);
	hwpoison_outcome_free(&outcome);
	free(tree);
}

static void nops_and_odd_orders_are_survived(void **state)
{
	void *tree = with_reserved(), *next;
	int node = fdt_path_offset(tree, "/soc");

	(void)state;
	assert_int_equal(fdt_nop_property(tree, fdt_path_offset(tree, "/chosen"), "bootargs"), 0);
	assert_int_equal(fdt_nop_node(tree, node), 0);
	next = write_words(tree, RAM, "", &nodes);
	assert_same_trees(next, tree);
	free(tree);
	free(next);
}

/* A real tree, with the RAM that it says or some. */
struct real {
	const char *name, *ram;
};

static const struct real machines[] = {
	{"guest-dt-2g", "40000000-c0000000 ram"},
	{"guest-acpi-2g", "40000000-bc430000 ram"},
	{"server-32g", "90000000-92000000 ram, 880000000-1000000000 ram"},
	{NULL, NULL},
};

static void real_frames(const struct real *real, size_t count, struct hwpoison_frames *frames)
{
	struct hwpoison_map map = {0};
	uint64_t random = 0x9e3779b97f4a7c15;

	map_of_words(real->ram, &map);
	while (hwpoison_frames_runs(frames) < count) {
		const struct hwpoison_map_entry *entry = &map.entries[random % map.count];
		uint64_t start;

		random ^= random << 13;
		random ^= random >> 7;
		random ^= random << 17;
		start = entry->start + (random >> 20) % (entry->end - entry->start);
		assert_int_equal(hwpoison_frames_add(frames, start, start + 1, 1, 4096), 0);
	}
	hwpoison_map_free(&map);
}

/* What dtc says of a tree: it names what it writes, not what it reads. */
static char *dtc_says(const void *tree, size_t size)
{
	const char *scratch = getenv("TEST_TMP");
	char path[300], command[800], *says = calloc(1, 1 << 20);
	FILE *out;
	int file;
	size_t got;

	snprintf(path, sizeof(path), "%s/tree.XXXXXX", scratch ? scratch : "/tmp");
	file = mkstemp(path);
	assert_true(file >= 0);
	assert_int_equal(write(file, tree, size), size);
	close(file);
	snprintf(command, sizeof(command), "dtc -I dtb -O dtb -o /dev/null '%s' 2>&1", path);
	out = popen(command, "r");
	assert_non_null(out);
	got = fread(says, 1, (1 << 20) - 1, out);
	says[got] = '\0';
	assert_int_equal(pclose(out), 0);
	unlink(path);
	return says;
}

static void machines_trees_stay_what_they_were(void **state)
{
	const struct hwpoison_fdt_options *ways[] = {&nodes, &reserve};
	const size_t counts[] = {1, 10, 100};

	(void)state;
	for (const struct real *real = machines; real->name; real++) {
		size_t size = 0, next_size, clean_size;
		void *tree = tree_of_machine(real->name, &size);

		for (size_t j = 0; j < 6; j++) {
			struct hwpoison_frames frames = {0}, learnt = {0}, none = {0};
			void *next, *clean;

			real_frames(real, counts[j / 2], &frames);
			next = write_set(tree, size, real->ram, &frames, ways[j % 2], &next_size);
			assert_int_equal(hwpoison_fdt_frames(next, next_size, 4096, &learnt, NULL),
					 0);
			assert_int_equal(learnt.count, frames.count);
			for (size_t k = 0; k < frames.count; k++)
				assert_int_equal(learnt.ranges[k].start, frames.ranges[k].start);
			clean = write_set(next, next_size, real->ram, &none, &nodes, &clean_size);
			assert_same_trees(clean, tree);
			free(next);
			free(clean);
			hwpoison_frames_free(&frames);
			hwpoison_frames_free(&learnt);
		}
		free(tree);
	}
}

static void dtc_or_skip(void)
{
	if (system("command -v dtc >/dev/null") == 0)
		return;
	print_message("# no dtc: run tools/deps unit\n");
	skip();
}

static void dtc_warns_of_nothing_new_in_machines_trees(void **state)
{
	const size_t counts[] = {1, 10, 100};

	(void)state;
	dtc_or_skip();
	for (const struct real *real = machines; real->name; real++) {
		size_t size = 0, next_size;
		void *tree = tree_of_machine(real->name, &size);
		char *before = dtc_says(tree, size);

		for (size_t j = 0; j < 3; j++) {
			struct hwpoison_frames frames = {0};
			void *next;
			char *after;

			real_frames(real, counts[j], &frames);
			next = write_set(tree, size, real->ram, &frames, &nodes, &next_size);
			after = dtc_says(next, next_size);
			assert_string_equal(after, before);
			free(after);
			free(next);
			hwpoison_frames_free(&frames);
		}
		free(before);
		free(tree);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nodes_come_last_and_the_record_goes_into_chosen),
		cmocka_unit_test(what_is_not_there_is_made_and_marked),
		cmocka_unit_test(reserve_entries_come_last_and_are_noted),
		cmocka_unit_test(reserve_entries_make_no_node_but_chosen),
		cmocka_unit_test(one_cell_is_enough_below_4_gib),
		cmocka_unit_test(writing_twice_is_writing_once),
		cmocka_unit_test(the_last_frame_takes_everything_with_it),
		cmocka_unit_test(one_way_replaces_the_other),
		cmocka_unit_test(what_others_put_into_our_nodes_stays),
		cmocka_unit_test(nodes_by_hand_are_replaced),
		cmocka_unit_test(the_next_hop_learns_the_frames_and_no_more),
		cmocka_unit_test(there_is_room_and_it_is_zero),
		cmocka_unit_test(a_property_can_be_set_in_place),
		cmocka_unit_test(padding_goes_and_the_boot_cpu_stays),
		cmocka_unit_test(thousands_of_frames_fit),
		cmocka_unit_test(more_than_2_mib_is_refused),
		cmocka_unit_test(records_that_cannot_be_are_refused),
		cmocka_unit_test(what_cannot_be_expressed_is_refused),
		cmocka_unit_test(nops_and_odd_orders_are_survived),
		cmocka_unit_test(machines_trees_stay_what_they_were),
		cmocka_unit_test(dtc_warns_of_nothing_new_in_machines_trees),
	};

	return cmocka_run_group_tests_name("fdt_write", tests, NULL, NULL);
}
