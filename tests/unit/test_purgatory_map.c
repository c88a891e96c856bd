/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The look at the map that the next kernel is handed: zero page and SETUP_E820_EXT chain, good, bad
 * and hostile. Maps are random as well: the check must say what a look at every frame says.
 */
#include "tests/unit/purgatory_scene.h"

#define E820_AT 0x2d0

static void entry_write(uint8_t *where, uint64_t start, uint64_t size, uint32_t type)
{
	memcpy(where, &start, 8);
	memcpy(where + 8, &size, 8);
	memcpy(where + 16, &type, 4);
}

static void zero_page_add(struct scene *scene, uint64_t start, uint64_t size, uint32_t type)
{
	uint8_t *count = &scene->boot_params[0x1e8];

	entry_write(scene->boot_params + E820_AT + 20 * *count, start, size, type);
	++*count;
}

static void node_write(struct scene *scene, unsigned int offset, uint64_t next, uint32_t type,
		       uint32_t size)
{
	memcpy(scene->setup_data + offset, &next, 8);
	memcpy(scene->setup_data + offset + 8, &type, 4);
	memcpy(scene->setup_data + offset + 12, &size, 4);
}

static void chain_start(struct scene *scene, uint64_t address)
{
	memcpy(scene->boot_params + 0x250, &address, 8);
}

static const char *map_fault(struct scene *scene)
{
	memset(&scene->fault, 0, sizeof(scene->fault));
	return purgatory_e820_check(&scene->parameters, &scene->fault) ? "" : scene->fault.what;
}

#define IN_RAM "a poisoned frame is RAM in the memory map"

static void map_in_zero_page(void **state)
{
	struct scene *scene = *state;

	zero_page_add(scene, 0, 0x10000, 1);
	zero_page_add(scene, 0x10000, 0x1000, 5);
	zero_page_add(scene, 0x11000, 0xf000, 1);
	zero_page_add(scene, 0x20000, 0x3000, 5);
	zero_page_add(scene, 0x23000, 0x100000, 1);
	assert_string_equal(map_fault(scene), "");
	zero_page_add(scene, 0x22fff, 1, 1);
	assert_string_equal(map_fault(scene), IN_RAM);
	assert_int_equal(scene->fault.start, 0x22fff);
	assert_int_equal(scene->fault.end, 0x23000);
	assert_int_equal(scene->fault.poison_start, 0x20000);
	assert_int_equal(scene->fault.poison_end, 0x23000);
	/* Any other type keeps it out, one entry too many is not looked at, none has no frames. */
	entry_write(scene->boot_params + E820_AT + 5 * 20, 0x10000, 0x20000, 2);
	assert_string_equal(map_fault(scene), "");
	entry_write(scene->boot_params + E820_AT + 6 * 20, 0x10000, 0x20000, 1);
	assert_string_equal(map_fault(scene), "");
	zero_page_add(scene, 0x10000, 0, 1);
	assert_string_equal(map_fault(scene), "");
}

static void map_with_all_entries(void **state)
{
	struct scene *scene = *state;

	for (unsigned int i = 0; i < 128; i++)
		zero_page_add(scene, 0x100000 + 0x2000 * i, 0x1000, 1);
	assert_string_equal(map_fault(scene), "");
	entry_write(scene->boot_params + E820_AT + 127 * 20, 0x10000, 0x1000, 1);
	assert_string_equal(map_fault(scene), IN_RAM);
	scene->boot_params[0x1e8] = 129;
	assert_string_equal(map_fault(scene), "the zero page has more entries than room");
}

static void map_in_extensions(void **state)
{
	struct scene *scene = *state;
	uint64_t base = address_of(scene->setup_data);

	chain_start(scene, base + 0x100);
	node_write(scene, 0x100, base + 0x200, 9, 0x20);
	/* Unaligned and at the very end: what the kernel takes, purgatory takes. */
	node_write(scene, 0x200, base + FRAME - 36, 1, 20);
	entry_write(scene->setup_data + 0x210, 0x30000, 0x1000, 1);
	node_write(scene, FRAME - 36, 0, 1, 20);
	entry_write(scene->setup_data + FRAME - 20, 0x40000, 0x1000, 1);
	assert_string_equal(map_fault(scene), "");
	entry_write(scene->setup_data + 0x210, 0x10000, 0x1000, 1);
	assert_string_equal(map_fault(scene), IN_RAM);
	entry_write(scene->setup_data + 0x210, 0x10000, 0x1000, 5);
	entry_write(scene->setup_data + FRAME - 20, 0x20000, UINT64_MAX, 1);
	assert_string_equal(map_fault(scene), "an entry of the memory map has no end");
	entry_write(scene->setup_data + FRAME - 20, 0, UINT64_MAX, 1);
	assert_string_equal(map_fault(scene), IN_RAM);
	node_write(scene, 0x200, 0, 1, 19);
	assert_string_equal(map_fault(scene), "a SETUP_E820_EXT node does not hold whole entries");
	node_write(scene, 0x200, 0, 1, 0);
	assert_string_equal(map_fault(scene), "");
}

static void chain_does_not_leave_what_was_loaded(void **state)
{
	static const char *const away = "the setup_data chain leads to where nothing was loaded";
	static const char *const large = "a setup_data node is larger than what was loaded";
	struct scene *scene = *state;
	uint64_t base = address_of(scene->setup_data);
	const uint64_t astray[] = {8,	       base - 1,	base + FRAME - 15, base + FRAME,
				   UINT64_MAX, UINT64_MAX - 15, UINT64_C(1) << 63};

	for (size_t i = 0; i < sizeof(astray) / sizeof(*astray); i++) {
		chain_start(scene, astray[i]);
		assert_string_equal(map_fault(scene), away);
		assert_int_equal(scene->fault.start, astray[i]);
		chain_start(scene, base);
		node_write(scene, 0, astray[i], 9, 0);
		assert_string_equal(map_fault(scene), away);
	}
	node_write(scene, 0, 0, 1, FRAME - 16);
	assert_string_equal(map_fault(scene), FRAME % 20 == 16 ? "" : large);
	node_write(scene, 0, 0, 1, FRAME);
	assert_string_equal(map_fault(scene), large);
	node_write(scene, 0, 0, 9, UINT32_MAX);
	assert_string_equal(map_fault(scene), large);
}

static void chain_that_goes_round_ends(void **state)
{
	struct scene *scene = *state;
	uint64_t base = address_of(scene->setup_data);

	chain_start(scene, base);
	node_write(scene, 0, base, 9, 0);
	assert_string_equal(map_fault(scene), "the setup_data chain goes round");
	node_write(scene, 0, base + 64, 9, 0);
	node_write(scene, 64, base, 1, 20);
	assert_string_equal(map_fault(scene), "the setup_data chain goes round");
}

static uint32_t random_next(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 8;
}

/* Maps of 64 frames: what the check says is what a look at each byte's frame says. */
static void random_maps(void **state)
{
	struct scene *scene = *state;
	uint32_t seed = 20;
	unsigned int bad_maps = 0;

	chain_start(scene, address_of(scene->setup_data));
	for (unsigned int round = 0; round < 20000; round++) {
		uint64_t poisoned = 0, count = 0, at = 0;
		bool bad = false;

		while (count < 8 && (at += random_next(&seed) % 20) < 60) {
			uint64_t end = at + 1 + random_next(&seed) % 3;

			scene->poison[count++] = (struct purgatory_poison){at * FRAME, end * FRAME};
			for (; at < end; at++)
				poisoned |= UINT64_C(1) << at;
		}
		purgatory_poison_set(&scene->parameters, address_of(scene->poison), scene->poison,
				     count);
		scene->boot_params[0x1e8] = 0;
		node_write(scene, 0, 0, 1, 40);
		for (unsigned int i = 0; i < 4; i++) {
			uint64_t start = random_next(&seed) % (64 * FRAME);
			uint64_t size = random_next(&seed) % (8 * FRAME);
			uint32_t type = random_next(&seed) % 3;

			if (i < 2)
				zero_page_add(scene, start, size, type);
			else
				entry_write(scene->setup_data + 16 + 20 * (i - 2), start, size,
					    type);
			for (uint64_t frame = start / FRAME; type == 1 && frame < 64; frame++)
				if (frame * FRAME < start + size && size > 0 &&
				    (poisoned >> frame & 1))
					bad = true;
		}
		assert_string_equal(map_fault(scene), bad ? IN_RAM : "");
		bad_maps += bad;
	}
	/* Neither answer is the rule. */
	assert_in_range(bad_maps, 2000, 18000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(map_in_zero_page),		  TEST(map_with_all_entries),
		TEST(map_in_extensions),	  TEST(chain_does_not_leave_what_was_loaded),
		TEST(chain_that_goes_round_ends), TEST(random_maps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
