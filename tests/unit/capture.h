/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is said on standard error, for tests of messages. */
#ifndef TESTS_UNIT_CAPTURE_H
#define TESTS_UNIT_CAPTURE_H

/* From here on it is kept and not shown. */
void capture_start(void);

/* Ends that; what was said, until the next call of capture_start(). */
const char *capture_stop(void);

#endif
