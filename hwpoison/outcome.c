/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a carrier came to, whichever carrier it was. */
#include "hwpoison/internal.h"

void hwpoison_outcome_free(struct hwpoison_outcome *outcome)
{
	hwpoison_map_free(&outcome->map);
	hwpoison_frames_free(&outcome->excluded);
	hwpoison_map_free(&outcome->given_up);
	*outcome = (struct hwpoison_outcome){0};
}
