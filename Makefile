# SPDX-License-Identifier: GPL-2.0-or-later
# Builds kexec for x86_64 and arm64, libhwpoison and all tests; `make help` lists what to ask for.
# One non-recursive Makefile: each file is compiled once for each variant, into build/VARIANT/.

BUILD ?= build
# The same directory is always called the same.
override BUILD := $(patsubst $(CURDIR)/%,%,$(abspath $(BUILD)))
MAKEFLAGS += --no-builtin-rules --no-print-directory
SHELL := /bin/bash
.DELETE_ON_ERROR:
.SECONDARY:
.DEFAULT_GOAL := all

V ?= 0
quiet = $(if $(filter 0,$(V)),@printf '  %-8s %s\n' '$(1)' '$(patsubst $(BUILD)/%,%,$@)';,)

# ------------------------------------------------------------------------------ configuration

ifneq ($(filter-out clean help format,$(or $(MAKECMDGOALS),all)),)
include $(BUILD)/config.mk
else
HOST_ARCH := x86_64
CC.x86_64 := true
CC.arm64 := true
endif

$(BUILD)/config.mk: configure.ac config.mk.in | tools/deps
	@tools/deps build
	@mkdir -p $(BUILD)
	@autom4te --language=autoconf --cache=$(BUILD)/autom4te.cache -o $(BUILD)/configure \
		configure.ac
	@cd $(BUILD) && ./configure -q --srcdir="$(CURDIR)" $(CONFIGURE_FLAGS)

FOREIGN := $(filter-out $(HOST_ARCH),x86_64 arm64)
NATIVE_VARIANTS := sanitize coverage clang fuzz
VARIANTS := x86_64 arm64 $(NATIVE_VARIANTS)

# -------------------------------------------------------------------------------------- files

LIBRARY_SOURCES := $(wildcard hwpoison/*.c hwpoison/source/*.c hwpoison/carrier/*.c)
KEXEC_SOURCES := $(filter-out kexec/main.c,$(wildcard kexec/*.c kexec/kho/*.c kexec/arch/*/*.c))
UNIT_SOURCES := $(wildcard tests/unit/test_*.c)
PROPERTY_SOURCES := $(wildcard tests/property/prop_*.c)
FUZZ_SOURCES := $(wildcard tests/fuzz/fuzz_*.c)
BENCH_SOURCES := $(wildcard tests/bench/bench_*.c)
BOARDS_SOURCES := $(wildcard tests/dtbs/*.c)
# What several tests share: the other C files beside them.
SUPPORT_SOURCES := $(filter-out $(UNIT_SOURCES) $(PROPERTY_SOURCES) $(FUZZ_SOURCES), \
	$(wildcard tests/*.c tests/unit/*.c tests/property/*.c tests/fuzz/*.c))
UNIT := $(UNIT_SOURCES:.c=)
PROPERTY := $(PROPERTY_SOURCES:.c=)
FUZZ := $(FUZZ_SOURCES:.c=)
BENCH := $(BENCH_SOURCES:.c=)

# The code that runs between the kernels: purgatory.mk makes the blobs of both architectures and
# names the sources below $(BUILD) that hold them (PURGATORY_SOURCES); every variant has them all.
PURGATORY_SOURCES :=
-include $(wildcard purgatory/purgatory.mk)

# -------------------------------------------------------------------------------------- flags

WARNINGS := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wformat=2 \
	-Wvla
DEFINES := -D_GNU_SOURCE= -D_FILE_OFFSET_BITS=64 -DPACKAGE_VERSION='"$(VERSION)"'
COMMON := -std=gnu17 $(WARNINGS) -I. -I$(BUILD) $(DEFINES) -pthread
HARDENING.x86_64 := -fcf-protection=full -fstack-clash-protection
HARDENING.arm64 := -mbranch-protection=standard -fstack-clash-protection
HARDENING := -fstack-protector-strong -D_FORTIFY_SOURCE=2
HARDENING_LINK := -Wl,-z,relro,-z,now,-z,noexecstack,--as-needed
LIBS := -lfdt -lz -llzma -lzstd -llz4 -llzo2 -ljansson -pthread
SANITIZERS := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer

FLAGS.x86_64 := -O2 -g $(HARDENING) $(HARDENING.x86_64)
FLAGS.arm64 := -O2 -g $(HARDENING) $(HARDENING.arm64)
FLAGS.clang := -O2 $(HARDENING) $(HARDENING.$(HOST_ARCH))
FLAGS.sanitize := -O1 -g $(SANITIZERS)
FLAGS.coverage := -O0 -g --coverage
FLAGS.fuzz := -O1 -g $(SANITIZERS) -fsanitize=fuzzer-no-link
LINK.x86_64 := $(HARDENING_LINK)
LINK.arm64 := $(HARDENING_LINK)
LINK.clang := $(HARDENING_LINK)
LINK.sanitize := $(SANITIZERS)
LINK.coverage := --coverage
LINK.fuzz := $(SANITIZERS)
CC.sanitize := $(CC.$(HOST_ARCH))
CC.coverage := $(CC.$(HOST_ARCH))
CC.clang := $(CLANG)
CC.fuzz := $(CLANG)

# Libraries of the other architecture: Debian's packages, unpacked into the build tree.
SYSROOT := $(BUILD)/sysroot-$(FOREIGN)
TRIPLET.x86_64 := x86_64-linux-gnu
TRIPLET.arm64 := aarch64-linux-gnu
FLAGS.$(FOREIGN) += -isystem $(SYSROOT)/usr/include \
	-isystem $(SYSROOT)/usr/include/$(TRIPLET.$(FOREIGN))
LINK.$(FOREIGN) += -L$(SYSROOT)/usr/lib/$(TRIPLET.$(FOREIGN)) \
	-Wl,-rpath-link,$(SYSROOT)/usr/lib/$(TRIPLET.$(FOREIGN))
NEEDS.$(FOREIGN) := $(SYSROOT)/complete

$(SYSROOT)/complete: tools/sysroot tools/apt.sh
	$(call quiet,SYSROOT)tools/sysroot $(FOREIGN) $(SYSROOT)

# How programs of an architecture are run here.
RUN.$(FOREIGN) = qemu-$(subst arm64,aarch64,$(FOREIGN))-static -L /usr/$(TRIPLET.$(FOREIGN)) \
	-E LD_LIBRARY_PATH=$(abspath $(SYSROOT))/usr/lib/$(TRIPLET.$(FOREIGN))

# ----------------------------------------------------------------------------------- variants

SOVERSION := 0

# $(1): the variant. A list of what goes into an archive, and of the flags, is kept in a file, so
# that a change of either makes what depends on it again.
define variant
COMPILE.$(1) := $(CC.$(1)) $(COMMON) $(FLAGS.$(1))
OBJECTS.$(1) := $(KEXEC_SOURCES:%.c=$(BUILD)/$(1)/obj/%.o) \
	$(patsubst $(BUILD)/%,$(BUILD)/$(1)/obj/generated/%.o,$(basename $(PURGATORY_SOURCES)))
LIBRARY.$(1) := $(LIBRARY_SOURCES:%.c=$(BUILD)/$(1)/obj/%.o)
SUPPORT.$(1) := $(SUPPORT_SOURCES:%.c=$(BUILD)/$(1)/obj/%.o)
ALL.$(1) := $(BUILD)/$(1)/kexec $(BUILD)/$(1)/libhwpoison.a

$(BUILD)/$(1)/flags: REMEMBER = $$(COMPILE.$(1)) $(CFLAGS) $(CPPFLAGS) $(LINK.$(1)) $(LDFLAGS)
$(BUILD)/$(1)/objects: REMEMBER = $$(OBJECTS.$(1)) $$(LIBRARY.$(1)) $$(SUPPORT.$(1))
$(BUILD)/$(1)/flags: FORCE | $(NEEDS.$(1))
	$$(remember)
$(BUILD)/$(1)/objects: FORCE
	$$(remember)

# The library's objects go into the shared library as well.
$(BUILD)/$(1)/obj/hwpoison/%.o: hwpoison/%.c $(BUILD)/$(1)/flags
	@mkdir -p $$(@D)
	$$(call quiet,CC)$$(COMPILE.$(1)) -fPIC $(CFLAGS) $(CPPFLAGS) -MMD -MP -c -o $$@ $$<
$(BUILD)/$(1)/obj/generated/%.o: $(BUILD)/%.c $(BUILD)/$(1)/flags
	@mkdir -p $$(@D)
	$$(call quiet,CC)$$(COMPILE.$(1)) -fPIE $(CFLAGS) $(CPPFLAGS) -MMD -MP -c -o $$@ $$<
$(BUILD)/$(1)/obj/generated/%.o: $(BUILD)/%.S $(BUILD)/$(1)/flags
	@mkdir -p $$(@D)
	$$(call quiet,AS)$$(COMPILE.$(1)) -fPIE $(CFLAGS) $(CPPFLAGS) -MMD -MP -c -o $$@ $$<
$(BUILD)/$(1)/obj/%.o: %.c $(BUILD)/$(1)/flags
	@mkdir -p $$(@D)
	$$(call quiet,CC)$$(COMPILE.$(1)) -fPIE $(CFLAGS) $(CPPFLAGS) -MMD -MP -c -o $$@ $$<

$(BUILD)/$(1)/libhwpoison.a: $$(LIBRARY.$(1)) $(BUILD)/$(1)/objects
	$$(call quiet,AR)rm -f $$@ && $(AR) rcs $$@ $$(LIBRARY.$(1))
$(BUILD)/$(1)/libkexec.a: $$(OBJECTS.$(1)) $(BUILD)/$(1)/objects
	$$(call quiet,AR)rm -f $$@ && $(AR) rcs $$@ $$(OBJECTS.$(1))
$(BUILD)/$(1)/tests/libsupport.a: $$(SUPPORT.$(1)) $(BUILD)/$(1)/objects
	@mkdir -p $$(@D)
	@rm -f $$@ && $(AR) rcs $$@ $$(SUPPORT.$(1))

$(BUILD)/$(1)/kexec: $(BUILD)/$(1)/obj/kexec/main.o $(BUILD)/$(1)/libkexec.a \
		$(BUILD)/$(1)/libhwpoison.a
	$$(call quiet,LINK)$(CC.$(1)) -pie $(LINK.$(1)) $(LDFLAGS) -o $$@ $$^ $(LIBS)
$(BUILD)/$(1)/kexec.static: $(BUILD)/$(1)/obj/kexec/main.o $(BUILD)/$(1)/libkexec.a \
		$(BUILD)/$(1)/libhwpoison.a
	$$(call quiet,LINK)$(CC.$(1)) -static-pie $(LINK.$(1)) $(LDFLAGS) -o $$@ $$^ $(LIBS)
$(BUILD)/$(1)/libhwpoison.so.$(VERSION): $$(LIBRARY.$(1)) $(BUILD)/$(1)/objects \
		hwpoison/libhwpoison.map
	$$(call quiet,LINK)$(CC.$(1)) -shared -Wl,-soname,libhwpoison.so.$(SOVERSION) \
		-Wl,--version-script,hwpoison/libhwpoison.map -Wl,--no-undefined $(LINK.$(1)) \
		$(LDFLAGS) -o $$@ $$(LIBRARY.$(1)) -lfdt -pthread
$(BUILD)/$(1)/libhwpoison.so: $(BUILD)/$(1)/libhwpoison.so.$(VERSION)
	@ln -sfn $$(<F) $(BUILD)/$(1)/libhwpoison.so.$(SOVERSION)
	@ln -sfn libhwpoison.so.$(SOVERSION) $$@

TESTS_LINK.$(1) = $(CC.$(1)) -pie $(LINK.$(1)) $(LDFLAGS) -o $$@ $$(filter %.o %.a,$$^) $(LIBS)
$(UNIT:%=$(BUILD)/$(1)/%) $(PROPERTY:%=$(BUILD)/$(1)/%): $(BUILD)/$(1)/%: $(BUILD)/$(1)/obj/%.o \
		$(BUILD)/$(1)/tests/libsupport.a $(BUILD)/$(1)/libkexec.a $(BUILD)/$(1)/libhwpoison.a
	@mkdir -p $$(@D)
	$$(call quiet,LINK)$$(TESTS_LINK.$(1)) -lcmocka
$(BENCH:%=$(BUILD)/$(1)/%): $(BUILD)/$(1)/%: $(BUILD)/$(1)/obj/%.o \
		$(BUILD)/$(1)/tests/libsupport.a $(BUILD)/$(1)/libkexec.a $(BUILD)/$(1)/libhwpoison.a
	@mkdir -p $$(@D)
	$$(call quiet,LINK)$$(TESTS_LINK.$(1))
$(BUILD)/$(1)/tests/dtbs/boards: $(BOARDS_SOURCES:%.c=$(BUILD)/$(1)/obj/%.o) \
		$(BUILD)/$(1)/libhwpoison.a
	@mkdir -p $$(@D)
	$$(call quiet,LINK)$$(TESTS_LINK.$(1))

tests-$(1): unit-programs-$(1) property-programs-$(1)
unit-programs-$(1): $(UNIT:%=$(BUILD)/$(1)/%)
property-programs-$(1): $(PROPERTY:%=$(BUILD)/$(1)/%)

DEPENDENCIES += $(patsubst %.c,$(BUILD)/$(1)/obj/%.d,kexec/main.c $(KEXEC_SOURCES) $(LIBRARY_SOURCES) \
	$(SUPPORT_SOURCES) $(UNIT_SOURCES) $(PROPERTY_SOURCES) $(FUZZ_SOURCES) $(BENCH_SOURCES) \
	$(BOARDS_SOURCES))
DEPENDENCIES += $$(patsubst %.o,%.d,$$(OBJECTS.$(1)))
endef

define remember
@mkdir -p $(@D)
@printf '%s\n' '$(subst ','\'',$(REMEMBER))' | cmp -s - $@ || \
	printf '%s\n' '$(subst ','\'',$(REMEMBER))' >$@
endef

$(foreach v,$(VARIANTS),$(eval $(call variant,$(v))))

$(FUZZ:%=$(BUILD)/fuzz/%): $(BUILD)/fuzz/%: $(BUILD)/fuzz/obj/%.o \
		$(BUILD)/fuzz/tests/libsupport.a $(BUILD)/fuzz/libkexec.a $(BUILD)/fuzz/libhwpoison.a
	@mkdir -p $(@D)
	$(call quiet,LINK)$(CLANG) -fsanitize=fuzzer $(LINK.fuzz) $(LDFLAGS) -o $@ $^ $(LIBS)

# ------------------------------------------------------------------------------------ targets

PRODUCTS := $(foreach v,x86_64 arm64,$(addprefix $(BUILD)/$(v)/, \
	kexec kexec.static libhwpoison.a libhwpoison.so)) \
	$(BUILD)/kexec $(BUILD)/kexec.static $(BUILD)/libhwpoison.pc

.PHONY: all
all: $(PRODUCTS)

$(BUILD)/kexec $(BUILD)/kexec.static: $(BUILD)/%: $(BUILD)/$(HOST_ARCH)/%
	@ln -sfn $(HOST_ARCH)/$* $@

pkg_config = sed -e 's|@prefix@|$(prefix)|' -e 's|@VERSION@|$(VERSION)|' \
	-e 's|@libdir@|$(subst $${exec_prefix},$${prefix},$(value libdir))|' \
	-e 's|@includedir@|$(value includedir)|' hwpoison/libhwpoison.pc.in
$(BUILD)/libhwpoison.pc: hwpoison/libhwpoison.pc.in $(BUILD)/config.mk
	@$(pkg_config) >$@

.PHONY: sanitize clang fuzz-programs
sanitize: $(BUILD)/sanitize/kexec
clang: $(patsubst %,$(BUILD)/clang/%,kexec libhwpoison.a) \
	$(patsubst %.c,$(BUILD)/clang/obj/%.o,$(UNIT_SOURCES) $(PROPERTY_SOURCES) $(SUPPORT_SOURCES))
fuzz-programs: $(FUZZ:%=$(BUILD)/fuzz/%)

# One test: make unit TEST=frames [VARIANT=sanitize], make property TEST=map
VARIANT ?= $(HOST_ARCH)
TEST_ENVIRONMENT = TOP="$(CURDIR)" BUILD="$(abspath $(BUILD))" KEXEC="$(abspath $(BUILD))/kexec" \
	MACHINES="$(firstword $(wildcard $(CURDIR)/../shared/machines) $(CURDIR)/tests/machines)" \
	ARCHES="x86_64 arm64"
.PHONY: unit property
unit: $(BUILD)/$(VARIANT)/tests/unit/test_$(TEST)
	$(TEST_ENVIRONMENT) TEST_TMP=$${TMPDIR:-/tmp} $(RUN.$(VARIANT)) $<
property: $(BUILD)/$(VARIANT)/tests/property/prop_$(TEST)
	$(TEST_ENVIRONMENT) TEST_TMP=$${TMPDIR:-/tmp} $(RUN.$(VARIANT)) $<

# tools/run-tests asks for prepare-SUITE before it runs a suite, so that what cannot be built
# fails that suite and not the others.
SUITES ?= build unit-x86_64 property-x86_64 unit-arm64 property-arm64 unit-sanitize \
	property-sanitize cli cli-sanitize dtbs fuzz lint coverage install vm
RUN_ENVIRONMENT = $(TEST_ENVIRONMENT) HOST_ARCH=$(HOST_ARCH) RUN_FOREIGN="$(RUN.$(FOREIGN))" \
	FOREIGN=$(FOREIGN) CLANG="$(CLANG)" MAKE="$(MAKE)" VERSION=$(VERSION) CC_HOST="$(CC.$(HOST_ARCH))" \
	LIBS="$(LIBS)"
.PHONY: check
check:
	+@$(RUN_ENVIRONMENT) tools/run-tests $(SUITES)

deps := $(addprefix deps-,unit clang lint vm bench demo)
.PHONY: $(SUITES:%=prepare-%) $(deps)
$(deps): deps-%: | $(BUILD)/config.mk
	@tools/deps $*
# The newest release's trees of boards (5 MB). Tests that would use them are skipped without, and say so.
.PHONY: boards
boards: deps-unit
	@-BUILD="$(abspath $(BUILD))" tools/test-dtbs trixie-backports
prepare-build: deps-unit deps-clang all
	@$(MAKE) clang
prepare-install: deps-unit all
prepare-cli: boards all
define prepare
prepare-unit-$(1): boards
prepare-unit-$(1) prepare-property-$(1): prepare-%-$(1): deps-unit
	@$$(MAKE) $$*-programs-$(1)
endef
$(foreach v,x86_64 arm64 sanitize,$(eval $(call prepare,$(v))))
prepare-cli-sanitize: boards all
	@$(MAKE) sanitize
prepare-dtbs: deps-unit $(BUILD)/$(HOST_ARCH)/tests/dtbs/boards
	@BUILD="$(abspath $(BUILD))" tools/test-dtbs
prepare-fuzz: deps-clang
	@$(MAKE) fuzz-programs
prepare-lint: deps-lint
prepare-coverage: boards
	@$(MAKE) tests-coverage
prepare-vm: deps-unit deps-vm all
	@BUILD="$(abspath $(BUILD))" tools/test-kernels

.PHONY: coverage fuzz lint bench demo
coverage: prepare-coverage
	@$(RUN_ENVIRONMENT) tools/coverage --table
SECONDS_EACH ?= 600
fuzz: prepare-fuzz
	@$(RUN_ENVIRONMENT) tools/fuzz --seconds=$(SECONDS_EACH) --keep $(TARGETS)
lint: prepare-lint
	@$(RUN_ENVIRONMENT) tools/lint
bench: deps-bench all $(BENCH:%=$(BUILD)/$(HOST_ARCH)/%)
	@$(RUN_ENVIRONMENT) tools/bench
demo: deps-demo all
	@$(RUN_ENVIRONMENT) tools/demo

FILES ?= $(shell find hwpoison kexec purgatory tests -name '*.[ch]')
.PHONY: format
format:
	@tools/deps lint
	@clang-format-14 -i $(FILES)

INSTALL := install
units := $(wildcard systemd/*.service)
.PHONY: install
install: all
	$(INSTALL) -d $(addprefix $(DESTDIR),$(sbindir) $(libdir)/pkgconfig $(includedir)/hwpoison \
		$(mandir)/man5 $(mandir)/man8)
	$(INSTALL) -m 755 $(BUILD)/kexec $(DESTDIR)$(sbindir)/kexec
	$(INSTALL) -m 644 $(BUILD)/$(HOST_ARCH)/libhwpoison.a $(DESTDIR)$(libdir)/
	$(INSTALL) -m 644 $(BUILD)/$(HOST_ARCH)/libhwpoison.so.$(VERSION) $(DESTDIR)$(libdir)/
	ln -sfn libhwpoison.so.$(VERSION) $(DESTDIR)$(libdir)/libhwpoison.so.$(SOVERSION)
	ln -sfn libhwpoison.so.$(SOVERSION) $(DESTDIR)$(libdir)/libhwpoison.so
	$(INSTALL) -m 644 hwpoison/hwpoison.h $(DESTDIR)$(includedir)/hwpoison/
	$(pkg_config) >$(DESTDIR)$(libdir)/pkgconfig/libhwpoison.pc
	chmod 644 $(DESTDIR)$(libdir)/pkgconfig/libhwpoison.pc
	$(if $(wildcard doc/*.5),$(INSTALL) -m 644 $(wildcard doc/*.5) $(DESTDIR)$(mandir)/man5/)
	$(if $(wildcard doc/*.8),$(INSTALL) -m 644 $(wildcard doc/*.8) $(DESTDIR)$(mandir)/man8/)
	$(if $(units),$(INSTALL) -d $(DESTDIR)$(prefix)/lib/systemd/system)
	$(if $(units),$(INSTALL) -m 644 $(units) $(DESTDIR)$(prefix)/lib/systemd/system/)

.PHONY: clean
clean:
	rm -rf $(BUILD)

.PHONY: help
help:
	@sed -n '/^define HELP/,/^endef/{//!p;}' Makefile

define HELP
make                     kexec for x86_64 and arm64, libhwpoison; all into build/
make demo                this machine's memory map, and that of a machine with poison
make check               all tests; SUITES="unit-x86_64 cli" for some of them:
                         build unit-x86_64 property-x86_64 unit-arm64 property-arm64
                         unit-sanitize property-sanitize cli cli-sanitize dtbs fuzz lint
                         coverage install vm
make unit TEST=frames    one unit test (tests/unit/test_frames.c); VARIANT=x86_64, arm64,
make property TEST=map   sanitize or coverage
make coverage            which lines of hwpoison/ the tests reach
make fuzz                each fuzz target for ten minutes; SECONDS_EACH=60 TARGETS="iomem fdt"
make bench               speed, as ratios
make lint, make format   clang-format, clang-tidy, cppcheck, shellcheck; FILES="a.c b.h"
make install             DESTDIR=DIR prefix=/usr/local
make clean

BUILD=DIR                build there and not in build/
V=1                      show commands
CFLAGS, LDFLAGS          are added to what is used
CONFIGURE_FLAGS          for the configure script that the first make runs: --prefix=/usr
KEXEC_DOWNLOADS=DIR      where Debian packages for cross-compiling and tests are kept
                         (~/.cache/kexec-hwpoison/apt)
endef

.PHONY: FORCE
FORCE:

-include $(DEPENDENCIES)
