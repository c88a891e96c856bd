/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Before every file of a blob: all it names is in the blob. Without this, compilers of arm64 reach
 * what another file defines through a global offset table, whatever -fvisibility says. */
#pragma GCC visibility push(hidden)
