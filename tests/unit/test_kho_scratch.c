/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Scratch memory: the rule as a table of machines, from 768 MiB to 16 TiB, each size worked out by hand;
 * what is known to be too little must always be less than what the rule comes to. Then what
 * crashkernel= asks for.
 */
#include "kexec/kho/scratch.h"
#include "kexec/kho/machine.h"
#include "tests/unit/words.h"

#define MIB(number) ((uint64_t)(number) << 20)
#define GIB(number) ((uint64_t)(number) << 30)

/* --- the rule --------------------------------------------------------------------------------- */

struct row {
	const char *name, *map;
	uint32_t page_size;
	unsigned int max_order, cpus;
	uint64_t kernel, initrd, cma, crash_low, crash_any;
	uint64_t low, rest; /* MiB, wanted; low 0: no such part */
};

static const struct row rows[] = {
	/* 768 MiB: struct pages and tables 13.5, hashes 1.5, 16, a processor 0.5, kernel 13: 44.5,
	 * twice, and the initrd: 93, to 4 MiB. */
	{"a guest", "0-30000000 ram", 4096, 10, 1, MIB(13), MIB(4), 0, 0, 0, 0, 96},
	/* 2 GiB: 36 + 4 + 16 + 1 + 13 = 70. */
	{"2 GiB", "0-80000000 ram", 4096, 10, 2, MIB(13), 0, 0, 0, 0, 0, 140},
	/* A hole does not count, but the whole of a section of 128 MiB does. */
	{"sections", "0-8000000 ram, 8000000-40000000 reserved, 40000000-40001000 ram", 4096, 10, 2,
	 0, 0, 0, 0, 0, 0, 44},
	/* 6 GiB: 108 + 12 + 16 + 1 + 60 = 197; below 4 GiB: 64 + 0.5 + 16. */
	{"6 GiB", "0-c0000000 ram, 100000000-1c0000000 ram", 4096, 10, 2, MIB(60), MIB(40), 0, 0, 0,
	 164, 436},
	/* The crash kernel's comes once, and low where it is looked for. */
	{"crash kernel", "0-c0000000 ram, 100000000-1c0000000 ram", 4096, 10, 2, MIB(60), MIB(40),
	 0, MIB(256), 0, 420, 436},
	{"crash kernel high", "0-c0000000 ram, 100000000-1c0000000 ram", 4096, 10, 2, MIB(60),
	 MIB(40), 0, MIB(128), MIB(512), 292, 948},
	{"cma", "0-80000000 ram", 4096, 10, 2, MIB(13), 0, MIB(64), 0, 0, 0, 204},
	/* 250 GiB, 64 processors: 4500 + 500 + 16 + 32 + 60 = 5108; 64 + 16 + 16 = 96. */
	{"a server", "0-80000000 ram, 100000000-3f00000000 ram", 4096, 10, 64, MIB(60), 0, 0, 0, 0,
	 192, 10216},
	/* 16 TiB, 1024 processors: 294912 + 32768 + 16 + 512 + 60. */
	{"16 TiB", "0-80000000 ram, 100000000-100080000000 ram", 4096, 10, 1024, MIB(60), 0, 0, 0,
	 0, 512, 656536},
	/* Larger pages: sections of 128 MiB and of 512, struct pages a 4th and a 16th, larger blocks. */
	{"16K pages", "40000000-c0000000 ram", 16384, 11, 2, MIB(13), 0, 0, 0, 0, 0, 96},
	{"64K pages", "40000000-c0000000 ram", 65536, 13, 2, MIB(13), 0, 0, 0, 0, 0, 512},
	/* With a quarter of little RAM below 4 GiB, and with none. */
	{"little below", "80000000-88000000 ram, 8000000000-8080000000 ram", 4096, 10, 2, MIB(13),
	 0, 0, 0, 0, 32, 148},
	/* A quarter of what is below is no whole block: one. */
	{"64K pages, little below", "40000000-60000000 ram, 8000000000-8080000000 ram", 65536, 13,
	 2, MIB(13), 0, 0, 0, 0, 512, 512},
	{"64K pages, next to none below", "40000000-4ff00000 ram, 8000000000-8080000000 ram", 65536,
	 13, 2, MIB(13), 0, 0, 0, 0, 0, 512},
	{"none below", "8000000000-8080000000 ram", 4096, 10, 2, MIB(13), 0, 0, 0, 0, 0, 140},
	/* Where their number is not known: one for 4 GiB, from 4 on. */
	{"no processors", "0-80000000 ram", 4096, 10, 0, MIB(13), 0, 0, 0, 0, 0, 144},
	/* Two ranges in one section are one section. */
	{"one section", "0-1000000 ram, 1000000-2000000 reserved, 2000000-3000000 ram", 4096, 10, 2,
	 0, 0, 0, 0, 0, 0, 40},
	/* With pages of 64 KiB a section has 512 MiB: 576 KiB for each of four. */
	{"larger sections",
	 "0-10000 ram, 20000000-20010000 ram, 40000000-40010000 ram, 60000000-60010000 ram", 65536,
	 6, 2, 0, 0, 0, 0, 0, 0, 40},
};

static void facts_of(const struct row *row, struct hwpoison_map *map, struct scratch_facts *facts)
{
	map_of_words(row->map, map);
	assert_int_equal(hwpoison_map_normalise(map), 0);
	*facts = (struct scratch_facts){
		.map = map,
		.page_size = row->page_size,
		.max_order = row->max_order,
		.cpus = row->cpus,
		.kernel = row->kernel,
		.initrd = row->initrd,
		.cma = row->cma,
		.crash_low = row->crash_low,
		.crash_any = row->crash_any,
	};
}

static void test_rule(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct row *row = &rows[i];
		struct hwpoison_map map = {0};
		struct scratch_facts facts;
		struct scratch_need need;
		uint64_t low, rest, ram;

		facts_of(row, &map, &facts);
		scratch_need_find(&facts, &need);
		assert_int_equal(need.align, (uint64_t)row->page_size << row->max_order);
		assert_int_equal(need.count, row->low ? 2 : 1);
		low = row->low ? need.parts[0].size : 0;
		rest = need.parts[need.count - 1].size;
		if (low != MIB(row->low) || rest != MIB(row->rest))
			fail_msg("%s: %llu and %llu MiB", row->name, (unsigned long long)low >> 20,
				 (unsigned long long)rest >> 20);
		assert_int_equal(need.total, low + rest);
		if (row->low)
			assert_int_equal(need.parts[0].max, GIB(4));
		assert_int_equal(need.parts[need.count - 1].max, 0);
		/* What was seen to be too little, and half of what is asked for is more. */
		ram = hwpoison_map_bytes(&map, HWPOISON_RAM);
		assert_int_equal(need.deadly, ram / row->page_size * 64 + MIB(16));
		assert_true(need.deadly <= need.least && need.least <= need.total);
		hwpoison_map_free(&map);
	}
}

static void test_rule_kept_and_kasan(void **state)
{
	struct hwpoison_map map = {0};
	struct scratch_facts facts;
	struct scratch_need need;

	(void)state;
	facts_of(&rows[1], &map, &facts);
	facts.kept = 100000; /* 12.2 MiB, twice */
	scratch_need_find(&facts, &need);
	assert_int_equal(need.total, MIB(168));
	facts.kept = 0;
	facts.kasan = true; /* 256 MiB, twice */
	scratch_need_find(&facts, &need);
	assert_int_equal(need.total, MIB(652));
	hwpoison_map_free(&map);
}

static void test_rule_told(void **state)
{
	struct hwpoison_map map = {0};
	struct scratch_facts facts;
	struct scratch_need need;

	(void)state;
	facts_of(&rows[3], &map, &facts);
	facts.told = GIB(1); /* shared out as 164 to 436 */
	scratch_need_find(&facts, &need);
	assert_int_equal(need.parts[0].size, MIB(280));
	assert_int_equal(need.parts[1].size, MIB(744));
	assert_int_equal(need.least, MIB(237));
	/* The bounce buffers below 4 GiB are not told away. */
	facts.told = MIB(100);
	scratch_need_find(&facts, &need);
	assert_int_equal(need.parts[0].size, MIB(64));
	assert_int_equal(need.parts[1].size, MIB(72));
	hwpoison_map_free(&map);
}

/* Two nodes of 32 GiB, one of them in two parts, and one without memory of this map. */
static const struct memory_node nodes[] = {
	{0, {0x0, 0x80000000}},
	{0, {0x100000000, 0x880000000}},
	{1, {0x880000000, 0x1080000000}},
	{2, {0x2000000000, 0x2100000000}},
};
#define NODES_MAP "0-80000000 ram, 100000000-1080000000 ram"

static void test_rule_nodes(void **state)
{
	struct row row = rows[3];
	struct memory_node half[4];
	struct hwpoison_map map = {0};
	struct scratch_facts facts;
	struct scratch_need need;

	(void)state;
	memcpy(half, nodes, sizeof(half));
	row.map = NODES_MAP;
	row.cpus = 12;
	facts_of(&row, &map, &facts);
	facts.nodes = nodes;
	facts.node_count = 4;
	scratch_need_find(&facts, &need);
	assert_int_equal(need.count, 4);
	assert_false(need.parts[0].of_node);
	assert_int_equal(need.parts[0].max, GIB(4));
	for (unsigned int node = 0; node < 2; node++) {
		assert_true(need.parts[1 + node].of_node);
		assert_int_equal(need.parts[1 + node].node, node);
		/* 576 for its pages, 8, 4 processors of a third: 586, twice. */
		assert_int_equal(need.parts[1 + node].size, MIB(1172));
	}
	/* 128 for hashes, 16, kernel 60: twice, and the initrd. */
	assert_int_equal(need.parts[3].size, MIB(448));
	assert_false(need.parts[3].of_node);
	/* Half of node 1 is offline: its zone has no such pages, and the next kernel has them. */
	half[2].range.end = 0xc80000000;
	facts.nodes = half;
	scratch_need_find(&facts, &need);
	/* 288, 8 and 2: 298, twice. */
	assert_int_equal(need.parts[2].size, MIB(596));
	/* 128 for hashes, 16, kernel 60, and 288: twice, and the initrd. */
	assert_int_equal(need.parts[3].size, MIB(1024));
	assert_true(need.total >= 2 * need.deadly);
	/* One node is none. */
	facts.node_count = 2;
	scratch_need_find(&facts, &need);
	assert_int_equal(need.count, 2);
	hwpoison_map_free(&map);
}

/* More nodes than areas: nothing is forgotten, and nothing overflows. */
static void test_rule_many_nodes(void **state)
{
	struct memory_node many[100];
	struct hwpoison_map map = {0};
	struct scratch_facts facts;
	struct scratch_need need;
	uint64_t sum = 0;

	(void)state;
	facts_of(&rows[3], &map, &facts);
	hwpoison_map_free(&map);
	assert_int_equal(hwpoison_map_add(&map, GIB(4), GIB(104), HWPOISON_RAM), 0);
	for (unsigned int i = 0; i < 100; i++)
		many[i] = (struct memory_node){i, {GIB(4 + i), GIB(5 + i)}};
	facts.nodes = many;
	facts.node_count = 100;
	scratch_need_find(&facts, &need);
	assert_int_equal(need.count, SCRATCH_PARTS_MAX);
	for (size_t i = 0; i < need.count; i++)
		sum += need.parts[i].size;
	assert_int_equal(sum, need.total);
	/* 18 for its pages and 8, twice, each. */
	assert_true(sum >= 100 * MIB(52));
	/* The last, which many share, is no one node's. */
	assert_true(need.parts[need.count - 2].of_node);
	assert_false(need.parts[need.count - 1].of_node);
	assert_int_equal(need.parts[need.count - 1].max, 0);
	hwpoison_map_free(&map);
}

/* Devices that reach less than 4 GiB: the bounce buffers are below that, and needed where there is RAM
 * above it. A bound below all RAM is none. */
static void test_rule_low_end(void **state)
{
	static const struct {
		uint64_t low_end, max, low; /* MiB; low 0: no such part */
	} cases[] = {
		{0, 0, 0},    {4096, 0, 0},	 {UINT64_MAX >> 20, 0, 0},
		{3072, 0, 0}, {2048, 2048, 164}, {1024, 1024, 128},
		{512, 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct row row = rows[1];
		struct hwpoison_map map = {0};
		struct scratch_facts facts;
		struct scratch_need need;

		/* 512 MiB of it below 1 GiB. */
		row.map = "20000000-c0000000 ram";
		facts_of(&row, &map, &facts);
		facts.low_end = cases[i].low_end << 20;
		scratch_need_find(&facts, &need);
		assert_int_equal(need.count, cases[i].low ? 2 : 1);
		assert_int_equal(need.parts[0].max, MIB(cases[i].max));
		if (cases[i].low)
			assert_int_equal(need.parts[0].size, MIB(cases[i].low));
		hwpoison_map_free(&map);
	}
}

/* --- crashkernel= ------------------------------------------------------------------------------- */

static void test_crash(void **state)
{
	static const struct {
		const char *line;
		uint64_t low, any;
	} lines[] = {
		{NULL, 0, 0},
		{"", 0, 0},
		{"quiet crashkernel=256M", MIB(256), 0},
		{"crashkernel=0x10000000", MIB(256), 0},
		{"crashkernel=64M@16M", MIB(64), 0},
		{"crashkernel=256M crashkernel=128M", MIB(256), 0},
		{"crashkernel=1G,high", MIB(200), GIB(1)},
		{"crashkernel=1G,high crashkernel=72M,low", MIB(72), GIB(1)},
		{"crashkernel=72M,low crashkernel=1G,high", MIB(72), GIB(1)},
		{"crashkernel=72M,low", 0, 0},
		{"crashkernel=1G,high crashkernel=64M", MIB(64), 0},
		{"crashkernel=1G-4G:192M,4G-64G:256M,64G-:512M", MIB(256), 0},
		{"crashkernel=1G-4G:192M,64G-:512M@16M", 0, 0},
		{"crashkernel=1G-:192M,64G-:512M", MIB(192), 0},
		{"crashkernel=512M,cma", 0, 0},
		{"crashkernel=256M crashkernel=512M,cma", MIB(256), 0},
		{"crashkernel=", 0, 0},
		{"crashkernel=auto", 0, 0},
		{"crashkernel=1G-4G", GIB(1), 0},
		{"crashkernel=:::", 0, 0},
		{"x -- crashkernel=256M", 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		uint64_t low, any;

		crash_size_parse(lines[i].line, GIB(32), MIB(200), &low, &any);
		if (low != lines[i].low || any != lines[i].any)
			fail_msg("%s: %llx, %llx", lines[i].line, (unsigned long long)low,
				 (unsigned long long)any);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rule),
		cmocka_unit_test(test_rule_kept_and_kasan),
		cmocka_unit_test(test_rule_told),
		cmocka_unit_test(test_rule_nodes),
		cmocka_unit_test(test_rule_many_nodes),
		cmocka_unit_test(test_rule_low_end),
		cmocka_unit_test(test_crash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
