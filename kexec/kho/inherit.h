/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What earlier kernels were told is unusable, where the next one is told by Kexec HandOver. */
#ifndef KEXEC_KHO_INHERIT_H
#define KEXEC_KHO_INHERIT_H

#include "kexec/plan.h"

/*
 * A copy of a map in which unusable memory is RAM again where KHO can keep it: it is known to be bad, all
 * of it, and lies between RAM, so that its pages have a struct page. The caller frees *freed.
 * HWPOISON_ENOMEM.
 */
int inherited_free(const struct plan *plan, const struct hwpoison_map *map,
		   struct hwpoison_map *freed);

/* The other way: a copy of freed in which all that is bad and was unusable before is so again. The
 * caller frees *kept. HWPOISON_ENOMEM. */
int inherited_keep(const struct plan *plan, const struct hwpoison_map *freed,
		   struct hwpoison_map *kept);

/* Whether the next kernel bears a map that nothing is left out of, with room for so many regions more. An
 * earlier kernel may have borne more entries or regions, and one that has too many is silently dead. */
bool inherited_is_borne(const struct plan *plan, const struct hwpoison_map *map, size_t room);

#endif
