/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the two halves of the writing of a device tree share: the copying, and what is put in. */
#ifndef HWPOISON_FDT_WRITER_H
#define HWPOISON_FDT_WRITER_H

#include "hwpoison/fdt.h"

#pragma GCC visibility push(hidden)

/* Functions that take one return 0 or a negative FDT_ERR_*. */
struct hwpoison_writer {
	struct hwpoison_tree tree; /* what is read */
	void *out;		   /* what is written */
	enum hwpoison_fdt_way way;
	struct hwpoison_map told;	      /* a node or an entry for each */
	const struct hwpoison_frames *frames; /* for the record */
	bool reserved_wanted, chosen_wanted;  /* whether something goes into the nodes */
};

/* Returns from the function with the error of a call to libfdt. */
#define FDT_TRY(expression)                                                                        \
	do {                                                                                       \
		int try_error = (expression);                                                      \
                                                                                                   \
		if (try_error < 0)                                                                 \
			return try_error;                                                          \
	} while (0)

/* Copies the structure block without what is ours, putting in what is to be told. */
int hwpoison_writer_copy(struct hwpoison_writer *writer);

/* Where the copy has come to the place for it: the nodes, the properties of /chosen, and both
 * nodes when the tree has had none. */
int hwpoison_writer_put_nodes(struct hwpoison_writer *writer);
int hwpoison_writer_put_record(struct hwpoison_writer *writer);
int hwpoison_writer_put_missing(struct hwpoison_writer *writer);

#pragma GCC visibility pop

#endif
