/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * MMU, caches and vector registers for the time of the check. With the MMU off all data is read past
 * the caches, byte after byte: 20 seconds for 43 MB (kexec-tools, commit 0a7fba8).
 */
#include "purgatory/arch/arm64/arm64.h"
#include "purgatory/arch/arm64/page_tables.h"
#include "purgatory/arch/arm64/registers.h"

/* Arm ARM DDI 0487, D17.2: SCTLR_EL1, SCTLR_EL2. */
#define SCTLR_M (UINT64_C(1) << 0)
#define SCTLR_A (UINT64_C(1) << 1)
#define SCTLR_C (UINT64_C(1) << 2)
#define SCTLR_I (UINT64_C(1) << 12)
#define SCTLR_WXN (UINT64_C(1) << 19)

/* The same: TCR_EL1, which TCR_EL2 is like with E2H; and TCR_EL2 without. 48 bits, 4 KiB granule,
 * walks through the caches, nothing by TTBR1. */
#define TCR_COMMON (UINT64_C(16) | UINT64_C(1) << 8 | UINT64_C(1) << 10 | UINT64_C(3) << 12)
#define TCR_EL1 (TCR_COMMON | UINT64_C(1) << 23)
#define TCR_EL1_IPS(range) ((uint64_t)(range) << 32)
#define TCR_EL2 (TCR_COMMON | UINT64_C(1) << 31 | UINT64_C(1) << 23)
#define TCR_EL2_PS(range) ((uint64_t)(range) << 16)

#define CPACR_FPEN (UINT64_C(3) << 20)
#define CPTR_EL2_TFP (UINT64_C(1) << 10)

/* Seven ranges wherever they are; a loader for arm64 has no more. */
#define TABLES_ROOM 48

static uint64_t room[TABLES_ROOM][512]
	__attribute__((section(".tables,\"aw\",@nobits//"), aligned(4096)));

static struct saved {
	bool saved;
	uint64_t sctlr, ttbr0, tcr, mair, tcr2, vector;
} saved;

static uint64_t line_size(void)
{
	return UINT64_C(4) << (REGISTER_READ(ctr_el0) >> 16 & 15);
}

/* ID_AA64MMFR0_EL1.PARange, as TCR has it. */
static unsigned int address_range(void)
{
	unsigned int range = REGISTER_READ(id_aa64mmfr0_el1) & 15;

	return range > 5 ? 5 : range;
}

static bool address_fits(uint64_t end)
{
	static const uint8_t bits[] = {32, 36, 40, 42, 44, 48};

	return end <= UINT64_C(1) << bits[address_range()];
}

/* ID_AA64MMFR0_EL1.TGran4. */
static bool has_granule(void)
{
	return (REGISTER_READ(id_aa64mmfr0_el1) >> 28 & 15) != 15;
}

static bool memory_map(struct page_tables *tables, uint64_t start, uint64_t end,
		       enum page_kind kind)
{
	return address_fits(end) && page_tables_map(tables, start, end, kind);
}

static bool segments_map(struct page_tables *tables, const struct purgatory_parameters *parameters)
{
	for (uint32_t i = 0; i < parameters->segment_count; i++) {
		const struct purgatory_segment *segment = &parameters->segments[i];
		bool handed = parameters->handover >= segment->start &&
			      parameters->handover - segment->start < segment->memory_size;
		uint64_t size = handed ? segment->memory_size : segment->bytes_size;

		if ((segment->hashed || handed) &&
		    !memory_map(tables, segment->start, segment->start + size, PAGE_CONSTANT))
			return false;
	}
	return true;
}

static bool all_map(struct page_tables *tables, const struct purgatory_parameters *parameters)
{
	uint64_t image = (uintptr_t)purgatory_image, written = (uintptr_t)purgatory_written;
	uint64_t poison = parameters->poison_address;

	page_tables_start(tables);
	return memory_map(tables, image, written, PAGE_CODE) &&
	       memory_map(tables, written, (uintptr_t)purgatory_memory_end, PAGE_DATA) &&
	       memory_map(tables, poison,
			  poison + parameters->poison_count * sizeof(struct purgatory_poison),
			  PAGE_CONSTANT) &&
	       (parameters->uart_kind == PURGATORY_UART_NONE ||
		memory_map(tables, parameters->uart_address, parameters->uart_address + 1,
			   PAGE_DEVICE)) &&
	       segments_map(tables, parameters);
}

/* Linux 6.11 and later give the permission bits a meaning of their own (FEAT_S1PIE) by TCR2, which
 * then is there: ID_AA64MMFR3_EL1.TCRX. By number, since assemblers of 2022 do not know it. */
static bool has_tcr2(void)
{
	return REGISTER_READ(s3_0_c0_c7_3) & 15;
}

static uint64_t tcr2_read(void)
{
	if (!has_tcr2())
		return 0;
	return level_is_2() ? REGISTER_READ(s3_4_c2_c0_3) : REGISTER_READ(s3_0_c2_c0_3);
}

static void tcr2_write(uint64_t value)
{
	if (!has_tcr2())
		return;
	if (level_is_2())
		REGISTER_WRITE(s3_4_c2_c0_3, value);
	else
		REGISTER_WRITE(s3_0_c2_c0_3, value);
}

/* CPACR_EL1, or CPTR_EL2, which with E2H is like it. */
static uint64_t vector_read(void)
{
	return level_is_2() ? REGISTER_READ(cptr_el2) : REGISTER_READ(cpacr_el1);
}

static void vector_write(uint64_t value)
{
	if (level_is_2())
		REGISTER_WRITE(cptr_el2, value);
	else
		REGISTER_WRITE(cpacr_el1, value);
	synchronize();
}

static void vector_start(void)
{
	if (level_is_2() && !level_is_host())
		vector_write(saved.vector & ~CPTR_EL2_TFP);
	else
		vector_write(saved.vector | CPACR_FPEN);
}

bool machine_reading_start(const struct purgatory_parameters *parameters)
{
	bool alone = level_is_2() && !level_is_host();
	struct page_tables tables = {.tables = room, .room = TABLES_ROOM, .alone = alone};

	/* Slow, but sure, where this cannot be. */
	if (!has_granule() || !all_map(&tables, parameters))
		return false;
	saved = (struct saved){
		.saved = true,
		.sctlr = LEVEL_READ(sctlr),
		.ttbr0 = LEVEL_READ(ttbr0),
		.tcr = LEVEL_READ(tcr),
		.mair = LEVEL_READ(mair),
		.tcr2 = tcr2_read(),
		.vector = vector_read(),
	};
	vector_start();
	tcr2_write(0);
	mmu_on((saved.sctlr & ~(SCTLR_A | SCTLR_WXN)) | SCTLR_M | SCTLR_C | SCTLR_I,
	       (uintptr_t)room,
	       alone ? TCR_EL2 | TCR_EL2_PS(address_range()) :
		       TCR_EL1 | TCR_EL1_IPS(address_range()),
	       PAGE_TABLES_MAIR, line_size());
	return sha256_has_hardware();
}

void reading_stop(void)
{
	if (!saved.saved)
		return;
	mmu_off(saved.sctlr, saved.ttbr0, saved.tcr, saved.mair, line_size());
	tcr2_write(saved.tcr2);
	vector_write(saved.vector);
}
