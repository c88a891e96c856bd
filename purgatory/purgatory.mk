# SPDX-License-Identifier: GPL-2.0-or-later
# Purgatory: a position-independent blob for each folder of purgatory/arch, made by that
# architecture's compiler whatever the command is built for, and all of them in one source file
# below $(BUILD) that every variant links (PURGATORY_SOURCES). doc/purgatory.md says why so.

# What the command shares with it, compiled as any other of its sources.
KEXEC_SOURCES += purgatory/sha256.c purgatory/sha256_hardware.c purgatory/check.c \
	purgatory/loader.c $(wildcard $(addprefix purgatory/arch/*/,e820.c fdt.c efi_map.c page_tables.c))

PURGATORY_ARCHES := $(patsubst purgatory/arch/%/purgatory.lds,%, \
	$(wildcard purgatory/arch/*/purgatory.lds))
PURGATORY_OUT := $(BUILD)/purgatory
PURGATORY_SOURCES += $(PURGATORY_OUT)/blobs.S
PURGATORY_COMMON := purgatory/run.c purgatory/say.c purgatory/string.c purgatory/check.c \
	purgatory/parameters.c purgatory/sha256.c purgatory/sha256_hardware.c

PURGATORY_WARNINGS := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla
PURGATORY_FLAGS := -std=gnu17 $(PURGATORY_WARNINGS) -I. -O2 -ffreestanding -fpie \
	-fvisibility=hidden -fno-stack-protector -fno-asynchronous-unwind-tables \
	-fno-tree-loop-distribute-patterns -fno-common -U_FORTIFY_SOURCE
PURGATORY_FLAGS.x86_64 := -m64 -march=x86-64 -mno-red-zone -fcf-protection=none
PURGATORY_FLAGS.arm64 := -march=armv8-a -mbranch-protection=none
# The old kernel's vector registers are nobody's: only the file that asks for them has them. While
# arm64's MMU is off all memory is a device's, where what is not aligned faults.
PURGATORY_GENERAL.x86_64 := -mgeneral-regs-only
PURGATORY_GENERAL.arm64 := -mgeneral-regs-only -mstrict-align

# $(1): the architecture; $(2): its objects.
define purgatory_blob
$(PURGATORY_OUT)/$(1)/%.o: purgatory/%.c $(MAKEFILE_LIST)
	@mkdir -p $$(@D)
	$$(call quiet,CC)$$(CC.$(1)) $(PURGATORY_FLAGS) -include purgatory/hidden.h \
		$(PURGATORY_FLAGS.$(1)) \
		$$(if $$(filter %_hardware.o,$$@),,$(PURGATORY_GENERAL.$(1))) -MMD -MP -c -o $$@ $$<
$(PURGATORY_OUT)/$(1)/%.o: purgatory/%.S $(MAKEFILE_LIST)
	@mkdir -p $$(@D)
	$$(call quiet,AS)$$(CC.$(1)) $(PURGATORY_FLAGS) $(PURGATORY_FLAGS.$(1)) -MMD -MP -c -o $$@ $$<
$(PURGATORY_OUT)/$(1).elf: $(2) purgatory/arch/$(1)/purgatory.lds
	$$(call quiet,LINK)$$(CC.$(1)) -nostdlib -static-pie -Wl,--build-id=none -Wl,-z,text \
		-Wl,--no-dynamic-linker -Wl,-z,noseparate-code -Wl,--fatal-warnings \
		-T purgatory/arch/$(1)/purgatory.lds -o $$@ $(2)
	@! LC_ALL=C readelf -rW $$@ | grep -q R_ || \
		{ echo "$$@: relocations remain"; readelf -rW $$@; rm -f $$@; exit 1; } >&2
$(PURGATORY_OUT)/$(1).bin: $(PURGATORY_OUT)/$(1).elf
	$$(call quiet,OBJCOPY)$$(OBJCOPY.$(1)) -O binary $$< $$@
-include $(2:.o=.d)
endef

# An objcopy knows its own architecture's ELF only.
PURGATORY_OBJCOPY = $(shell $(CC.$(1)) -print-prog-name=objcopy)
$(foreach a,$(PURGATORY_ARCHES),$(eval OBJCOPY.$(a) ?= $$(call PURGATORY_OBJCOPY,$(a))))

purgatory_objects = $(patsubst purgatory/%,$(PURGATORY_OUT)/$(1)/%.o,$(basename \
	$(PURGATORY_COMMON) $(wildcard purgatory/arch/$(1)/*.c purgatory/arch/$(1)/*.S)))
$(foreach a,$(PURGATORY_ARCHES),$(eval $(call purgatory_blob,$(a),$(call purgatory_objects,$(a)))))

# The blob's bytes and the addresses of its symbols (they start at 0, so they are offsets).
$(PURGATORY_OUT)/blobs.S: purgatory/blobs.sh $(PURGATORY_ARCHES:%=$(PURGATORY_OUT)/%.bin)
	$(call quiet,GEN)purgatory/blobs.sh $(abspath $(PURGATORY_OUT)) $(PURGATORY_ARCHES) >$@
