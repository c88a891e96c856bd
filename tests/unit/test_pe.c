/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sections of PE files: found by their whole names, cut to what they hold, and never past the end
 * of the file, whatever its headers say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kexec/bytes.h"
#include "kexec/pe.h"
#include "tests/unit/image_fixture.h"

#define SECTIONS (0x80 + 24 + 240)

static const struct pe_part parts[] = {
	{".text", "code", 4, 0},
	{".cmdline", "quiet", 5, 0},
	{".linux", "a kernel", 8, 0},
	{".linux", "another", 7, 0},
	{".short", "long in the file", 16, 4},
	{".bss", "", 0, 4096},
};

static struct blob make(void)
{
	return blob_pe(parts, sizeof(parts) / sizeof(*parts));
}

static void test_find(void **state)
{
	struct blob pe = make();
	struct pe_section section;

	(void)state;
	assert_true(pe_probe(pe.bytes, pe.size));
	assert_int_equal(pe_section_find(pe.bytes, pe.size, ".linux", &section), 0);
	assert_int_equal(section.size, 8);
	assert_memory_equal(section.bytes, "a kernel", 8);
	assert_int_equal(pe_section_find(pe.bytes, pe.size, ".cmdline", &section), 0);
	assert_int_equal(section.size, 5);
	assert_int_equal(pe_section_find(pe.bytes, pe.size, ".short", &section), 0);
	assert_int_equal(section.size, 4);
	assert_int_equal(pe_section_find(pe.bytes, pe.size, ".bss", &section), 0);
	assert_int_equal(section.size, 0);
	assert_int_equal(pe_section_find(pe.bytes, pe.size, ".lin", &section), 0);
	assert_null(section.bytes);
	assert_int_equal(pe_section_find(pe.bytes, pe.size, ".linuxx", &section), 0);
	assert_null(section.bytes);
	free(pe.bytes);
}

/* The third section's header, spoilt at an offset. */
static int find_spoilt(size_t offset, uint32_t value, size_t cut)
{
	struct blob pe = make(), copy;
	struct pe_section section;
	int error;

	put_le32(pe.bytes + offset, value);
	/* Its own allocation, so that a read past the end is seen. */
	copy = (struct blob){malloc(pe.size - cut), pe.size - cut};
	memcpy(copy.bytes, pe.bytes, copy.size);
	error = pe_section_find(copy.bytes, copy.size, ".linux", &section);
	if (!error && section.bytes)
		assert_true(section.bytes >= copy.bytes &&
			    section.bytes + section.size <= copy.bytes + copy.size);
	free(pe.bytes);
	free(copy.bytes);
	return error;
}

static void test_hostile(void **state)
{
	const size_t header = SECTIONS + 2 * 40;
	struct blob pe = make();

	(void)state;
	assert_int_equal(find_spoilt(header + 20, 0x7fffffff, 0), -1);
	assert_int_equal(find_spoilt(header + 20, (uint32_t)pe.size - 4, 0), -1);
	assert_int_equal(find_spoilt(header + 20, (uint32_t)pe.size - 8, 0), 0);
	assert_int_equal(find_spoilt(header + 16, 4, 0), 0);
	assert_int_equal(find_spoilt(0x86, 0xffffffff, 0), -1);
	assert_int_equal(find_spoilt(0x94, 0xffff, 0), -1);
	assert_int_equal(find_spoilt(0x3c, 0xffffffff, 0), -1);
	assert_int_equal(find_spoilt(0x3c, (uint32_t)pe.size - 8, 0), -1);
	assert_int_equal(find_spoilt(0x3c, 0, 0), -1);
	free(pe.bytes);
}

static void test_cut(void **state)
{
	struct blob pe = make();

	(void)state;
	for (size_t size = 0; size < pe.size; size++)
		find_spoilt(0x1ff, 0, pe.size - size);
	assert_false(pe_probe((const uint8_t *)"MZ", 2));
	free(pe.bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
