/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What Kexec HandOver has to do with the next kernel's command line. */
#include "kexec/kho/cmdline.h"

#include <stdlib.h>
#include <string.h>

#include "kexec/tree.h"
#include "kexec/cmdline.h"
#include "kexec/options.h"
#include "kexec/plan.h"

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
static const struct {
	const char *name, *value; /* value: how it begins; "" for any */
} early[] = {
	{"hugepagesz=", "1G"}, {"hugepagesz=", "2G"}, {"hugepagesz=", "16G"}, {"hugetlb_cma=", ""},
	{"cma=", ""},	       {"reserve_mem=", ""},  {"swiotlb=", ""},	      {"log_buf_len=", ""},
};

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

static void early_look(struct plan *plan, const char *line, size_t row)
{
	char value[64];

	for (size_t i = 0; word_find(line, early[row].name, i, value, sizeof(value)); i++) {
		if (strncmp(value, early[row].value, strlen(early[row].value)) == 0)
			warn(&plan->warnings,
			     "the next kernel takes the memory for %s%s from KHO's scratch memory, "
			     "which is not sized for it: it may get less, or none; "
			     "--kho-scratch=SIZE gives it more",
			     early[row].name, value);
	}
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
	if (command_line_value(line, "crashkernel=", value, sizeof(value)) && strchr(value, '@'))
		warn(&plan->warnings,
		     "crashkernel=%s: with KHO the next kernel takes it from scratch memory alone, "
		     "which need not lie there: leave the address out",
		     value);
	for (size_t i = 0; i < sizeof(early) / sizeof(*early) && !plan->options->kho_scratch; i++)
		early_look(plan, line, i);
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
