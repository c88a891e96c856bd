/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the parts of the writing of a device tree share: the copying, what is put in, the output. */
#ifndef HWPOISON_FDT_WRITER_H
#define HWPOISON_FDT_WRITER_H

#include "hwpoison/fdt.h"

#pragma GCC visibility push(hidden)

/* A tree that is being written: its header, entries and structure, then its names. */
struct hwpoison_out {
	uint8_t *bytes; /* of which so many are used */
	size_t size, used;
	uint32_t structure; /* where that block begins */
	char *names;
	uint32_t names_size;
};

/* Room for size bytes, and the names of fdt, which must be good: what is copied from it finds them.
 * HWPOISON_ENOMEM. */
int hwpoison_out_begin(struct hwpoison_out *out, const void *fdt, size_t size);
void hwpoison_out_free(struct hwpoison_out *out);

/* In this order: the entries of the reserve block, nodes and properties, the end. Each returns 0 or
 * -FDT_ERR_NOSPACE. A value is to be filled in by the caller, and is 0 until then; copy takes a whole
 * item of the tree as it stands there. */
int hwpoison_out_entry(struct hwpoison_out *out, uint64_t base, uint64_t size);
int hwpoison_out_entries_end(struct hwpoison_out *out);
int hwpoison_out_node_begin(struct hwpoison_out *out, const char *name);
int hwpoison_out_property(struct hwpoison_out *out, const char *name, size_t size, void **value);
int hwpoison_out_copy(struct hwpoison_out *out, const void *item, size_t size);
int hwpoison_out_node_end(struct hwpoison_out *out);
int hwpoison_out_finish(struct hwpoison_out *out, uint32_t boot_cpuid);

/* Functions that take one return 0 or a negative FDT_ERR_*. */
struct hwpoison_writer {
	struct hwpoison_tree tree; /* what is read */
	struct hwpoison_out out;   /* what is written */
	enum hwpoison_fdt_way way;
	struct hwpoison_map told;	      /* a node or an entry for each */
	const struct hwpoison_frames *frames; /* for the record */
	bool reserved_wanted, chosen_wanted;  /* whether something goes into the nodes */
	struct hwpoison_efi_map efi_map;      /* the firmware's, to be replaced; or no bytes */
	size_t efi_size;		      /* of what replaces it */
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

/* A property of one cell. */
int hwpoison_writer_put_number(struct hwpoison_writer *writer, const char *name, uint32_t number);

#pragma GCC visibility pop

#endif
