/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What Kexec HandOver has to do with the next kernel's command line. */
#include "kexec/kho/cmdline.h"

#include <stdlib.h>
#include <string.h>

#include "kexec/arch.h"
#include "kexec/cmdline.h"
#include "kexec/machine.h"
#include "kexec/options.h"
#include "kexec/report.h"
#include "kexec/tree.h"

#define MOVABLE                                                                                      \
	"KHO's scratch memory may lie where memory can be unplugged, in which the next kernel then " \
	"cannot start"

/* Words with which the next kernel panics, dies, or destroys what it is handed. */
static const struct {
	const char *name;     /* with a = when it has a value */
	const char *harmless; /* a value with which it may stay; NULL */
	const char *why;
} refused[] = {
	{"mem=", "nopentium",
	 "a page of what KHO keeps may lie beyond the memory that is left, and then the next kernel "
	 "panics"},
	{"memmap=", NULL,
	 "a page of what KHO keeps may lie in memory that is taken away, and then the next kernel "
	 "panics"},
	/* early_memtest() looks at memblock alone, which does not know of it yet. */
	{"memtest=", "0", "it writes to all memory before the next kernel knows what is kept"},
	{"memtest", NULL, "it writes to all memory before the next kernel knows what is kept"},
	/* should_skip_region() in mm/memblock.c. The word counts whatever its value is. */
	{"movable_node=", NULL, MOVABLE},
	{"movable_node", NULL, MOVABLE},
};

/* Words by which it takes memory before it has read the tree: all of it has to come from scratch. */
static const char *const early[] = {"cma=", "reserve_mem=", "swiotlb=", "log_buf_len="};

/* The one with this number of all that have this name: each of them counts. */
static bool word_find(const char *line, const char *name, size_t number, char *value, size_t size)
{
	*value = 0;
	return strchr(name, '=') ? command_line_value_at(line, name, number, value, size) :
				   !number && command_line_has(line, name);
}

static int refused_look(const char *line, size_t row)
{
	const char *harmless = refused[row].harmless;
	char value[64];

	for (size_t i = 0; word_find(line, refused[row].name, i, value, sizeof(value)); i++) {
		if (harmless && strcmp(value, harmless) == 0)
			continue;
		return failure(
			EXIT_USAGE,
			"--hwpoison-mode=kho cannot go with %s%s on the next command line: %s; "
			"leave one out",
			refused[row].name, value, refused[row].why);
	}
	return 0;
}

static void early_look(struct plan *plan, const char *line, const char *name)
{
	char value[64];

	for (size_t i = 0; command_line_value_at(line, name, i, value, sizeof(value)); i++)
		warn(&plan->warnings,
		     "the next kernel takes the memory for %s%s from KHO's scratch memory, "
		     "which is not sized for it: it may get less, or none; "
		     "--kho-scratch=SIZE gives it more",
		     name, value);
}

/* --- what eats scratch memory ---------------------------------------------------------------- */

/* It is all taken before struct pages are allocated (hugetlb_bootmem_alloc(), reserve_crashkernel_cma(),
 * and sparse_init() after them), as much as there is: no size of scratch memory is safe. */
static int eater_refuse(const struct plan *plan, const char *name, const char *value,
			const char *instead)
{
	return failure(
		EXIT_USAGE,
		"--hwpoison-mode=kho cannot go with %s%s on the next command line: the next "
		"kernel takes that from KHO's scratch memory before its own first tables, and "
		"dies without a word; leave it out%s, or take --hwpoison-mode=%s",
		name, value, instead, mode_name(plan->machine->arch->auto_mode));
}

/* A number of pages, or one for each of some nodes ("0:2,1:2"): anything but 0. */
static bool is_some(const char *value)
{
	return strspn(value, "0123456789:,") != strlen(value) || strcmp(value, "0") != 0;
}

/*
 * Gigantic pages (of more than the page allocator's largest block). hugepages= is of the size that was
 * named last, else of the default size, which may be named later (hugetlb_parse_params() in
 * mm/hugetlb.c). Other pages are allocated later, from all memory.
 */
static int gigantic_look(const struct plan *plan, const char *line)
{
	static const char *const names[] = {"hugepagesz=", "default_hugepagesz=", "hugepages=",
					    NULL};
	const uint64_t largest = (uint64_t)plan->target.page_size << plan->target.max_order;
	uint64_t size = 0, usual = 0;
	char value[64], early_value[64] = "";
	int name;

	while ((name = command_line_value_next(&line, names, value, sizeof(value))) >= 0) {
		const char *text = value;

		if (name < 2) {
			size = command_line_size(&text);
			usual = name == 1 ? size : usual;
		} else if (is_some(value) && size > largest) {
			break;
		} else if (!size && is_some(value)) {
			memcpy(early_value, value, sizeof(value));
		}
	}
	if (name < 0 && !(*early_value && usual > largest))
		return 0;
	return eater_refuse(plan, "gigantic pages: hugepages=", name < 0 ? early_value : value,
			    " and take them once it runs "
			    "(/sys/kernel/mm/hugepages/hugepages-*/nr_hugepages)");
}

static int eaters_look(const struct plan *plan, const char *line)
{
	char value[64];

	for (size_t i = 0; command_line_value_at(line, "hugetlb_cma=", i, value, sizeof(value));
	     i++) {
		if (is_some(value))
			return eater_refuse(plan, "hugetlb_cma=", value, "");
	}
	for (size_t i = 0; command_line_value_at(line, "crashkernel=", i, value, sizeof(value));
	     i++) {
		size_t length = strlen(value);

		if (length >= 4 && strcmp(value + length - 4, ",cma") == 0)
			return eater_refuse(plan, "crashkernel=", value,
					    " (crashkernel=SIZE alone may stay)");
	}
	return gigantic_look(plan, line);
}

static int words_look(struct plan *plan, const char *line)
{
	char value[64];
	int error;

	for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++) {
		error = refused_look(line, i);
		if (error)
			return error;
	}
	error = eaters_look(plan, line);
	if (error)
		return error;
	if (command_line_value(line, "crashkernel=", value, sizeof(value)) && strchr(value, '@'))
		warn(&plan->warnings,
		     "crashkernel=%s: with KHO the next kernel takes it from scratch memory alone, "
		     "which need not lie there: leave the address out",
		     value);
	for (size_t i = 0; i < sizeof(early) / sizeof(*early) && !plan->options->kho_scratch; i++)
		early_look(plan, line, early[i]);
	return 0;
}

/* kstrtobool() in lib/kstrtox.c, which knows "disabled" from 6.14 on; a wish all the same. */
static enum kho_word value_read(const char *value)
{
	if (*value == 'o' || *value == 'O')
		value++;
	else if (strchr("yYtTeE1", *value) && *value)
		return KHO_WORD_ON;
	else
		return strchr("nNfFdD0", *value) && *value ? KHO_WORD_OFF : KHO_WORD_NONE;
	if (*value == 'n' || *value == 'N')
		return KHO_WORD_ON;
	return *value == 'f' || *value == 'F' ? KHO_WORD_OFF : KHO_WORD_NONE;
}

enum kho_word kho_word_find(const char *line, char said[KHO_WORD_SIZE])
{
	enum kho_word found = KHO_WORD_NONE, word;
	char value[KHO_WORD_SIZE];

	*said = 0;
	for (size_t i = 0; command_line_value_at(line, "kho=", i, value, sizeof(value)); i++) {
		word = value_read(value);
		if (word == KHO_WORD_NONE)
			continue;
		found = word;
		memcpy(said, value, sizeof(value));
	}
	return found;
}

int kho_command_line(struct plan *plan)
{
	const char *line = plan->command_line;
	char value[KHO_WORD_SIZE], *longer;
	enum kho_word word;
	int error;

	/* Without one a tree's own stays (chosen_write()). */
	if (!(line && *line) && plan->base_dtb)
		line = tree_command_line(plan->base_dtb, plan->base_dtb_size);
	error = words_look(plan, line);
	if (error)
		return error;
	word = kho_word_find(line, value);
	if (word == KHO_WORD_OFF)
		warn(&plan->warnings,
		     "the next command line has kho=%s: the frames are kept all the same, "
		     "but the list is not to be read there, and a later kexec does not "
		     "learn them from it",
		     value);
	else if (plan->target.handover_shown == CONFIG_NO)
		warn(&plan->warnings,
		     "the next kernel is built without CONFIG_KEXEC_HANDOVER_DEBUGFS (%s): the "
		     "frames are kept all the same, but a later kexec does not learn them from "
		     "it; give it the list (--hwpoison-list) with --hwpoison-file",
		     plan->target.config_from);
	if (word != KHO_WORD_NONE)
		return 0;
	if (plan->target.handover_on == CONFIG_YES)
		return 0;
	longer = command_line_add(line, "kho=on");
	if (!longer)
		return out_of_memory();
	free(plan->command_line);
	plan->command_line = longer;
	return 0;
}
