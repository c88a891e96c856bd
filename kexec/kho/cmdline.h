/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What Kexec HandOver has to do with the next kernel's command line. */
#ifndef KEXEC_KHO_CMDLINE_H
#define KEXEC_KHO_CMDLINE_H

struct plan;

/* Gives plan->command_line kho=on, without which the next kernel does not show what it was handed;
 * refuses words that take RAM from it, where a page of the tree may lie; warns of others. 0, or an exit
 * code after failure(). */
int kho_command_line(struct plan *plan);

#define KHO_WORD_SIZE 64

/* What kho= says on a command line; the last one with a value that kernels understand counts, and is
 * said ("" when there is none). line may be NULL. */
enum kho_word { KHO_WORD_NONE, KHO_WORD_OFF, KHO_WORD_ON };
enum kho_word kho_word_find(const char *line, char said[KHO_WORD_SIZE]);

#endif
