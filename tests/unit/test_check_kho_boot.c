/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Plans with KHO go the whole way to their segments, for both architectures, and pass. Then what the boot
 * protocol says of it is changed, each bit of it and more: a check that is not of digests must find it.
 */
#include "tests/unit/arm64_fixture.h"
#include "tests/unit/plan_fixture.h"

#include <libfdt.h>

#include "kexec/bytes.h"
#include "kexec/check.h"
#include "tests/unit/words.h"

/* --- the boot protocols ------------------------------------------------------------------------------ */

/* Whether a check other than that of purgatory's digests, which sees every change, fails. */
static bool other_fails(const struct plan *plan)
{
	struct check_report report;

	checks_run(plan, &report);
	for (size_t i = 0; i < report.count; i++) {
		if (report.results[i].state == CHECK_FAILED &&
		    strcmp(report.results[i].check->name, "digests") != 0)
			return true;
	}
	return false;
}

static void assert_fails(const struct plan *plan, const char *check, const char *words)
{
	struct check_report report;

	checks_run(plan, &report);
	for (size_t i = 0; i < report.count; i++) {
		const struct check_result *result = &report.results[i];

		if (strcmp(result->check->name, check) != 0)
			continue;
		if (result->state != CHECK_FAILED || !strstr(result->reason, words))
			fail_msg("%s: %s", check, result->reason);
		return;
	}
	fail_msg("there is no check %s", check);
}

/* frames: of words; those from kept on are left to KHO. */
static void x86_64_start(struct plan_fixture *fixture, unsigned int modes, const char *frames,
			 uint64_t kept)
{
	struct plan *plan = &fixture->plan;
	struct hwpoison_frames all = {0};

	frames_of_words(frames, &all);
	plan_fixture_start(fixture,
			   "0-9fc00 ram, 9fc00-a0000 reserved, 100000-80000000 ram, "
			   "100000000-110000000 ram",
			   "");
	hwpoison_outcome_free(&plan->outcome);
	plan->modes = modes;
	plan->target.max_order = 10;
	plan->kho.abi = 4;
	for (size_t i = 0; i < all.count; i++) {
		const struct hwpoison_frame_range *range = &all.ranges[i];

		if (range->start >= kept)
			assert_int_equal(hwpoison_frames_add(&plan->kho.kept, range->start,
							     range->end, range->sources, 4096),
					 0);
	}
	assert_int_equal(hwpoison_frames_remove(&all, kept, HWPOISON_ADDRESS_LIMIT), 0);
	assert_int_equal(hwpoison_map_poison(&plan->before, &all, &plan->outcome.map), 0);
	plan->outcome.limit = HWPOISON_NO_LIMIT;
	hwpoison_frames_free(&all);
	frames_of_words(frames, &plan->frames);
	plan_fixture_command_line(fixture, "quiet kho=on");
	assert_int_equal(arch_x86_64.place(plan), 0);
}

/* The node that says where the pieces are. */
static uint8_t *kho_node(struct plan_fixture *fixture)
{
	const uint8_t *page = segment_find(&fixture->plan, "boot_params")->bytes, *node;

	for (uint64_t at = get_le64(page + 0x250); at; at = get_le64(node)) {
		node = plan_memory(&fixture->plan, at, 16);
		assert_non_null(node);
		if (get_le32(node + 8) == 10)
			return (uint8_t *)(uintptr_t)node;
	}
	fail_msg("there is no node");
	return NULL;
}

/* Makes the node the last one and all that is behind it its own; the second call undoes it. */
static void node_grow(struct plan_fixture *fixture, uint8_t *node)
{
	static uint64_t next;
	const struct segment *segment = segment_find(&fixture->plan, "setup_data");
	uint64_t was = get_le64(node);
	size_t behind = segment->bytes_size - (size_t)(node + 16 - (const uint8_t *)segment->bytes);

	put_le64(node, was ? 0 : next);
	put_le32(node + 12, was ? (uint32_t)behind : 32);
	next = was;
}

static void test_x86_64(void **state)
{
	struct plan_fixture fixture;
	uint8_t *node;

	(void)state;
	x86_64_start(&fixture, MODE_E820 | MODE_KHO,
		     "90000-91000, 2000000-2001000, 3000000-3002000", 0x3000000);
	assert_int_equal(plan_check(&fixture.plan), 0);
	node = kho_node(&fixture);
	for (unsigned int bit = 0; bit < 48 * 8; bit++) {
		node[bit / 8] ^= (uint8_t)(1u << bit % 8);
		if (!other_fails(&fixture.plan))
			fail_msg("bit %u of the node", bit);
		node[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	put_le32(node + 12, 40);
	assert_fails(&fixture.plan, "setup-data", "not the next one");
	put_le32(node + 12, 32);
	put_le32(node + 8, 2);
	assert_fails(&fixture.plan, "kho", "not handed over");
	put_le32(node + 8, 10);
	node_grow(&fixture, node);
	assert_fails(&fixture.plan, "kho", "twice or not 32 bytes");
	node_grow(&fixture, node);
	fixture.plan.modes = MODE_E820;
	assert_fails(&fixture.plan, "kho-kept", "without KHO");
	assert_fails(&fixture.plan, "kho-scratch", "without KHO");
	fixture.plan.kho.kept.count = 0;
	fixture.plan.kho.scratch_count = 0;
	assert_fails(&fixture.plan, "kept-out", "is RAM");
	assert_fails(&fixture.plan, "kho", "without being asked for");
	put_le32(node + 8, 2);
	assert_fails(&fixture.plan, "kho", "no word of it");
	plan_fixture_free(&fixture);
}

/* Linux starts in the first MiB as if it were scratch. */
static void test_x86_64_low(void **state)
{
	struct plan_fixture fixture;

	(void)state;
	x86_64_start(&fixture, MODE_KHO, "90000-91000, 2000000-2001000", 0);
	assert_fails(&fixture.plan, "kho", "below 1 MiB is RAM");
	for (size_t i = 0; i < fixture.plan.segment_count; i++) {
		if (strcmp(fixture.plan.segments[i].name, "kho") == 0)
			fixture.plan.segments[i].start = 0x80000;
	}
	assert_fails(&fixture.plan, "kho", "where it is overwritten");
	plan_fixture_free(&fixture);
}

/* A frame that nobody was told of, neither the map nor KHO. */
static void test_x86_64_forgotten(void **state)
{
	struct plan_fixture fixture;

	(void)state;
	x86_64_start(&fixture, MODE_E820 | MODE_KHO, "2000000-2001000, 3000000-3002000", 0x3000000);
	fixture.plan.kho.kept.ranges[0].end -= 0x1000;
	assert_fails(&fixture.plan, "kept-out", "is RAM");
	assert_fails(&fixture.plan, "kho-kept", "not kept");
	plan_fixture_free(&fixture);
}

static void arm64_plan(struct arm64_fixture *fixture, unsigned int modes)
{
	arm64_fixture_start(fixture, ARM64_TREE,
			    "50000000-50001000, 52340000-52342000, 90000000-90001000");
	fixture->files.options.modes = modes;
	strcpy((char *)fixture->kernel.bytes + 4096, "kho-v4");
	assert_int_equal(arm64_fixture_plan(fixture), 0);
}

/* With four bytes more in a property, in a tree that has room for them. */
static void longer_check(struct arm64_fixture *fixture)
{
	struct segment *segment = arm64_segment(fixture, "dtb");
	void *tree = fixture->plan.next_dtb, *larger;
	size_t size = fixture->plan.next_dtb_size, more = size + 4096;
	uint8_t value[20] = {0};
	int length;

	memcpy(value, arm64_chosen(fixture, "linux,kho-fdt", &length), 16);
	larger = malloc(more);
	assert_non_null(larger);
	assert_int_equal(fdt_open_into(tree, larger, (int)more), 0);
	assert_int_equal(fdt_setprop(larger, fdt_path_offset(larger, "/chosen"), "linux,kho-fdt",
				     value, sizeof(value)),
			 0);
	segment->bytes = fixture->plan.next_dtb = larger;
	segment->bytes_size = fixture->plan.next_dtb_size = more;
	segment->size += 4096;
	assert_fails(&fixture->plan, "kho", "one address and one size");
	segment->bytes = fixture->plan.next_dtb = tree;
	segment->bytes_size = fixture->plan.next_dtb_size = size;
	segment->size -= 4096;
	free(larger);
}

/* The line that counts is the tree's, whatever the plan has. */
static void line_check(struct arm64_fixture *fixture)
{
	void *tree = fixture->plan.next_dtb;
	int length;
	char *line = fdt_getprop_w(tree, fdt_path_offset(tree, "/chosen"), "bootargs", &length);

	assert_string_equal(line, "quiet kho=on");
	memcpy(line, "memtest kho=", 12);
	assert_fails(&fixture->plan, "kho-kept", "memtest on its command line");
	memcpy(line, "quiet kho on", 12);
	assert_fails(&fixture->plan, "kho-kept", "has no kho=");
	memcpy(line, "quiet kho=on", 12);
}

static void test_arm64(void **state)
{
	static const char *const names[] = {"linux,kho-fdt", "linux,kho-scratch"};
	struct arm64_fixture fixture;
	void *tree;
	int chosen;

	(void)state;
	arm64_plan(&fixture, MODE_KHO);
	assert_int_equal(plan_check(&fixture.plan), 0);
	assert_int_equal(fixture.plan.kho.kept.count, 2);
	tree = fixture.plan.next_dtb;
	chosen = fdt_path_offset(tree, "/chosen");
	for (int i = 0; i < 2; i++) {
		int length;
		uint8_t *value = fdt_getprop_w(tree, chosen, names[i], &length);

		assert_int_equal(length, 16);
		for (int bit = 0; bit < 128; bit++) {
			value[bit / 8] ^= (uint8_t)(1u << bit % 8);
			if (!other_fails(&fixture.plan))
				fail_msg("bit %d of %s", bit, names[i]);
			value[bit / 8] ^= (uint8_t)(1u << bit % 8);
		}
	}
	assert_int_equal(plan_check(&fixture.plan), 0);
	fixture.plan.modes = 0;
	assert_fails(&fixture.plan, "leftovers", "linux,kho-fdt");
	fixture.plan.modes = MODE_KHO;
	longer_check(&fixture);
	line_check(&fixture);
	assert_int_equal(fdt_nop_property(tree, chosen, "linux,kho-scratch"), 0);
	assert_fails(&fixture.plan, "kho", "one address and one size");
	assert_int_equal(fdt_nop_property(tree, chosen, "linux,kho-fdt"), 0);
	assert_fails(&fixture.plan, "kho", "not handed over");
	arm64_fixture_free(&fixture);
}

/* Both: a frame may be kept by either, and must be by one. */
static void test_arm64_both(void **state)
{
	struct arm64_fixture fixture;

	(void)state;
	arm64_plan(&fixture, MODE_DTB | MODE_KHO);
	assert_int_equal(plan_check(&fixture.plan), 0);
	assert_int_equal(fixture.plan.kho.kept.count, 0);
	fixture.files.options.max_ranges = 1;
	fixture.files.options.max_waste = 0;
	assert_int_equal(arm64_fixture_again(&fixture), 0);
	assert_int_equal(plan_check(&fixture.plan), 0);
	assert_int_equal(fixture.plan.kho.kept.count, 1);
	fixture.plan.kho.kept.ranges[0].start += 0x1000;
	assert_fails(&fixture.plan, "kho-kept", "not kept");
	assert_fails(&fixture.plan, "tree-frames", "is RAM");
	arm64_fixture_free(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_x86_64),		 cmocka_unit_test(test_x86_64_low),
		cmocka_unit_test(test_x86_64_forgotten), cmocka_unit_test(test_arm64),
		cmocka_unit_test(test_arm64_both),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
