/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Questions to, and edits of, normalised memory maps that the carriers have no use for. */
#ifndef KEXEC_MAP_EDIT_H
#define KEXEC_MAP_EDIT_H

#include <stdbool.h>

#include "hwpoison/hwpoison.h"

/* Whether any of [start, end) is RAM. */
bool map_has_ram(const struct hwpoison_map *map, uint64_t start, uint64_t end);

/* In place of a type, for map_retype(): whatever it is. */
#define MAP_ANY_TYPE 0

/* Within the entries of where, what has type from becomes to. Both maps are normalised; map stays
 * so. HWPOISON_ENOMEM, with map as it was. */
int map_retype(struct hwpoison_map *map, const struct hwpoison_map *where, uint32_t from,
	       uint32_t to);

/* The ranges of frames as entries of one type; touching ones become one. Normalised. The caller
 * frees it. HWPOISON_ENOMEM. */
int map_of_frames(const struct hwpoison_frames *frames, uint32_t type, struct hwpoison_map *map);

#endif
