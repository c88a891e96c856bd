/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the next kernel can bear: its version, its page size, the limits of its tables. */
#ifndef KEXEC_TARGET_H
#define KEXEC_TARGET_H

#include <stdbool.h>

#include "kexec/plan.h"

/* Fills plan->target from its image (NULL: the running kernel once more), its config file, the running
 * kernel's, and what the user says. The tree is in the plan by then. 0, or an exit code after
 * failure(). */
int target_find(struct plan *plan);

/* The text of the running kernel's config, malloc()ed; NULL when there is none. */
char *config_of_running(const struct machine *machine);

/* The number of a CONFIG_ line in the text of a kernel's config. false when it is not there. */
bool config_number(const char *config, const char *name, unsigned long *number);
/* Whether it is y. */
bool config_enabled(const char *config, const char *name);

/* "6.12.107-amd64" is 6 and 12. Both 0 when it does not begin with a version. */
void release_parse(const char *release, unsigned int *version, unsigned int *patchlevel);

#endif
