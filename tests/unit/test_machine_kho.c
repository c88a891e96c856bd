/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What KHO's scratch memory is made from, as it is read of a machine: memory nodes of zoneinfo,
 * processors, the running kernel's own areas. Texts that make no sense give nothing, not something else.
 */
#include <stdio.h>
#include <stdlib.h>

#include "kexec/kho/files.h"
#include "kexec/kho/machine.h"
#include "tests/unit/machine_fixture.h"
#include "tests/unit/words.h"

static const char zones[] = "Node 0, zone      DMA\n"
			    "  per-node stats\n"
			    "      nr_inactive_anon 1\n"
			    "  pages free     2816\n"
			    "        boost    0\n"
			    "        min      64\n"
			    "        spanned  4095\n"
			    "        present  3998\n"
			    "        managed  3840\n"
			    "  pagesets\n"
			    "    cpu: 0\n"
			    "              count:    0\n"
			    "  node_unreclaimable:  0\n"
			    "  start_pfn:           1\n"
			    "Node 0, zone    DMA32\n"
			    "        spanned  520192\n"
			    "  start_pfn:           4096\n"
			    "Node 0, zone   Normal\n"
			    "  pages free     0\n"
			    "        spanned  0\n"
			    "        present  0\n"
			    "Node 1, zone   Normal\n"
			    "        spanned  1048576\n"
			    "  start_pfn:           1048576\n"
			    "Node 0, zone  Movable\n"
			    "        spanned  262144\n"
			    "  start_pfn:           2097152\n";

static const char *nodes_words(const char *text, uint32_t page_size)
{
	static char words[1024];
	struct memory_node *nodes;
	size_t count, used = 0;

	words[0] = 0;
	assert_int_equal(memory_nodes_parse(text, page_size, &nodes, &count), 0);
	for (size_t i = 0; i < count; i++)
		used += (size_t)snprintf(words + used, sizeof(words) - used, "%s%u: %llx-%llx",
					 i ? ", " : "", nodes[i].id,
					 (unsigned long long)nodes[i].range.start,
					 (unsigned long long)nodes[i].range.end);
	free(nodes);
	return words;
}

static void test_nodes(void **state)
{
	(void)state;
	assert_string_equal(nodes_words(zones, 4096), "0: 1000-80000000, 1: 100000000-200000000, "
						      "0: 200000000-240000000");
	assert_string_equal(nodes_words("Node 3, zone Normal\n spanned 16\n start_pfn: 65536\n",
					65536),
			    "3: 100000000-100100000");
	assert_string_equal(nodes_words("", 4096), "");
	assert_string_equal(nodes_words("Node 0, zone DMA\n spanned 1\n start_pfn: 5\n"
					" start_pfn: 9\n",
					4096),
			    "0: 5000-6000");
	assert_string_equal(nodes_words("spanned 5\nstart_pfn: 5\n", 4096), "");
	assert_string_equal(nodes_words("Node 0, zone DMA\n start_pfn: 5\n", 4096), "");
	/* What reaches past all memory is none. */
	assert_string_equal(nodes_words("Node 0, zone DMA\n spanned 1\n start_pfn: 1099511627776\n",
					4096),
			    "");
	assert_string_equal(nodes_words("Node 0, zone DMA\n spanned 18446744073709551615\n"
					"start_pfn: 1\n",
					4096),
			    "");
	/* Nodes that lie over each other, as on machines that interleave, tell nothing. */
	assert_string_equal(nodes_words("Node 0, zone Normal\n spanned 100\n start_pfn: 0\n"
					"Node 1, zone Normal\n spanned 100\n start_pfn: 50\n",
					4096),
			    "");
}

static const char *scratch_words(const char *starts, const char *sizes)
{
	static char words[1024];
	struct hwpoison_range *ranges;
	size_t count, used = 0;

	words[0] = 0;
	assert_int_equal(kho_scratch_parse(starts, sizes, &ranges, &count), 0);
	for (size_t i = 0; i < count; i++)
		used += (size_t)snprintf(words + used, sizeof(words) - used, "%s%llx-%llx",
					 i ? ", " : "", (unsigned long long)ranges[i].start,
					 (unsigned long long)ranges[i].end);
	free(ranges);
	return words;
}

static void test_scratch(void **state)
{
	(void)state;
	assert_string_equal(scratch_words("0x100000000\n0x1000000\n", "0x8000000\n0x400000\n"),
			    "1000000-1400000, 100000000-108000000");
	/* As a machine without memory above 4 GiB has it: one is empty, and two touch. */
	assert_string_equal(scratch_words("0x38c00000\n0x3e000000\n0x33c00000\n",
					  "0x5400000\n0x0\n0x5000000\n"),
			    "33c00000-3e000000");
	assert_string_equal(scratch_words("", ""), "");
	assert_string_equal(scratch_words("0x1000000\n", ""), "");
	assert_string_equal(scratch_words("0x1000000\n", "0x1000\n0x1000\n"), "");
	assert_string_equal(scratch_words("0x1000000\nrubbish\n", "0x1000\n0x1000\n"), "");
	assert_string_equal(scratch_words("0x1000000\n", "0xffffffffffffffff\n"), "");
	assert_string_equal(scratch_words("0xffffffffffffffff\n", "0x1000\n"), "");
	assert_string_equal(scratch_words("0x1000000\n0x1001000\n", "0x2000\n0x2000\n"), "");
}

static void test_processors(void **state)
{
	(void)state;
	assert_int_equal(cpu_list_count("0\n"), 1);
	assert_int_equal(cpu_list_count("0-7\n"), 8);
	assert_int_equal(cpu_list_count("0-3,8,16-17"), 7);
	assert_int_equal(cpu_list_count(""), 0);
	assert_int_equal(cpu_list_count("x"), 0);
	assert_int_equal(cpu_list_count("3-1"), 0);
	assert_int_equal(cpu_list_count("0-"), 0);
	assert_int_equal(cpu_list_count("0-99999999"), 0);
	assert_int_equal(cpu_list_count("0,"), 0);
}

static void test_machine(void **state)
{
	struct machine_fixture f;

	(void)state;
	fixture_x86_64(&f);
	assert_int_equal(fixture_read(&f), 0);
	assert_int_equal(f.machine.cpus, 0);
	assert_int_equal(f.machine.node_count, 0);
	assert_int_equal(f.machine.kho_scratch_count, 0);
	fixture_free(&f);
	fixture_x86_64(&f);
	fixture_text(&f, "proc/zoneinfo", zones);
	fixture_text(&f, "sys/devices/system/cpu/possible", "0-3\n");
	fixture_text(&f, "sys/kernel/debug/kho/out/scratch_phys", "0x1000000\n");
	fixture_text(&f, "sys/kernel/debug/kho/out/scratch_len", "0x400000\n");
	assert_int_equal(fixture_read(&f), 0);
	assert_int_equal(f.machine.cpus, 4);
	assert_int_equal(f.machine.node_count, 3);
	assert_int_equal(f.machine.kho_scratch_count, 1);
	assert_int_equal(f.machine.kho_scratch[0].end, 0x1400000);
	fixture_free(&f);
}

/* Where debugfs is not mounted, each opening would be a mount. */
static void test_one_opening(void **state)
{
	struct machine_fixture f;
	char from[128], to[128], *text;
	size_t size;

	(void)state;
	fixture_x86_64(&f);
	fixture_text(&f, "sys/kernel/debug/kho/out/scratch_phys", "0x1000000\n");
	assert_int_equal(fixture_read(&f), 0);
	snprintf(from, sizeof(from), "%s/sys/kernel/debug/kho", f.root);
	snprintf(to, sizeof(to), "%s/sys/kernel/debug/elsewhere", f.root);
	assert_int_equal(rename(from, to), 0);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(kho_file(&f.machine, "out/scratch_phys", (void **)&text, &size),
				 0);
		assert_string_equal(text, "0x1000000\n");
		free(text);
	}
	assert_true(kho_file_is_there(&f.machine, "out/scratch_phys"));
	fixture_free(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nodes),	    cmocka_unit_test(test_scratch),
		cmocka_unit_test(test_processors),  cmocka_unit_test(test_machine),
		cmocka_unit_test(test_one_opening),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
