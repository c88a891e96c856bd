/* SPDX-License-Identifier: GPL-2.0-or-later */
/* System registers, at the exception level where purgatory runs. */
#ifndef PURGATORY_ARCH_ARM64_REGISTERS_H
#define PURGATORY_ARCH_ARM64_REGISTERS_H

#include <stdbool.h>
#include <stdint.h>

#define REGISTER_READ(name)                                                                        \
	({                                                                                         \
		uint64_t value_;                                                                   \
		__asm__ volatile("mrs %0, " #name : "=r"(value_));                                 \
		value_;                                                                            \
	})
#define REGISTER_WRITE(name, value)                                                                \
	__asm__ volatile("msr " #name ", %0" : : "r"((uint64_t)(value)) : "memory")

/* name is that of a register which each level has. */
#define LEVEL_READ(name) (level_is_2() ? REGISTER_READ(name##_el2) : REGISTER_READ(name##_el1))
#define LEVEL_WRITE(name, value)                                                                   \
	do {                                                                                       \
		if (level_is_2())                                                                  \
			REGISTER_WRITE(name##_el2, value);                                         \
		else                                                                               \
			REGISTER_WRITE(name##_el1, value);                                         \
	} while (0)

static inline bool level_is_2(void)
{
	return REGISTER_READ(CurrentEL) >> 2 == 2;
}

/* EL2 with an EL0 of its own (FEAT_VHE): its registers look like those of EL1. */
static inline bool level_is_host(void)
{
	return level_is_2() && (REGISTER_READ(hcr_el2) >> 34 & 1);
}

static inline void synchronize(void)
{
	__asm__ volatile("isb" : : : "memory");
}

#endif
