/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Checks of the command line with which a kernel starts that is handed something by KHO: no word with
 * which it would die or destroy that, and the one with which it shows it.
 */
#include <libfdt.h>
#include <string.h>

#include "kexec/kho/check.h"
#include "kexec/cmdline.h"

#define GIB (UINT64_C(1) << 30)

/* Words that make RAM of the map no RAM after it was read, where a kept page has no struct page; that
 * write to what is kept; that make the kernel start in none of its scratch memory; and that eat it. */
static const struct {
	const char *name, *harmless, *why;
} words[] = {
	{"mem=", "nopentium", "may take away what is kept"},
	{"memmap=", NULL, "may take away what is kept"},
	{"memtest=", "0", "writes to what is kept"},
	{"memtest", NULL, "writes to what is kept"},
	{"movable_node=", NULL, "keeps it from its scratch memory"},
	{"movable_node", NULL, "keeps it from its scratch memory"},
	{"hugetlb_cma=", "0", "eats its scratch memory"},
};

static bool value_at(const char *line, const char *name, size_t index, char *value, size_t size)
{
	*value = 0;
	if (name[strlen(name) - 1] != '=')
		return !index && command_line_has(line, name);
	return command_line_value_at(line, name, index, value, size);
}

/* Pages of a GiB and more, gigantic with any page size, beside a number of pages. */
static bool is_gigantic(const char *line)
{
	static const char *const names[] = {"hugepagesz=", "default_hugepagesz="};
	bool large = false, some = false;
	char value[64];

	for (size_t i = 0; i < 2; i++) {
		for (size_t j = 0; command_line_value_at(line, names[i], j, value, sizeof(value));
		     j++) {
			const char *text = value;

			large |= command_line_size(&text) >= GIB;
		}
	}
	for (size_t i = 0; command_line_value_at(line, "hugepages=", i, value, sizeof(value)); i++)
		some |= strcmp(value, "0") != 0;
	/* Which number is of which size is for who wrote them: all numbers of one size only. */
	return large && some &&
	       !command_line_value_at(line, "hugepagesz=", 1, value, sizeof(value)) &&
	       !(command_line_value_at(line, "hugepagesz=", 0, value, sizeof(value)) &&
		 command_line_value_at(line, "default_hugepagesz=", 0, value, sizeof(value)));
}

static int line_check(const char *line, char *reason, size_t size)
{
	char value[64];

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		for (size_t j = 0; value_at(line, words[i].name, j, value, sizeof(value)); j++) {
			if (!words[i].harmless || strcmp(value, words[i].harmless) != 0)
				return check_failed(reason, size, "%s on its command line %s",
						    words[i].name, words[i].why);
		}
	}
	for (size_t i = 0; command_line_value_at(line, "crashkernel=", i, value, sizeof(value));
	     i++) {
		const char *comma = strrchr(value, ',');

		if (comma && strcmp(comma, ",cma") == 0)
			return check_failed(reason, size,
					    "crashkernel=%s on its command line eats its scratch "
					    "memory",
					    value);
	}
	return is_gigantic(line) ? check_failed(reason, size,
						"gigantic pages on its command line eat its "
						"scratch memory") :
				   0;
}

/* The line in the tree that is handed over; NULL. */
static const char *line_of_tree(const struct plan *plan)
{
	const struct segment *segment = segment_find(plan, "dtb");
	const char *line = NULL;
	int length = 0;

	if (segment)
		line = fdt_getprop(segment->bytes, fdt_path_offset(segment->bytes, "/chosen"),
				   "bootargs", &length);
	return line && length && !line[length - 1] ? line : NULL;
}

int check_kho_words(const struct plan *plan, char *reason, size_t size)
{
	const char *in_tree = line_of_tree(plan);
	const char *line = segment_find(plan, "dtb") ? in_tree : plan->command_line;
	char value[64];

	if (line_check(plan->command_line, reason, size) || line_check(in_tree, reason, size))
		return -1;
	if (plan->segment_count && plan->target.handover_on != CONFIG_YES &&
	    !command_line_value(line, "kho=", value, sizeof(value)))
		return check_failed(reason, size, "its command line has no kho=");
	return 0;
}
