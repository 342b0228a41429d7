# SPDX-License-Identifier: ISC
# GNU make; no configure step. "make help" lists the targets.
-include config.mk

VERSION := 0.1.0
O       ?= out$(CROSS:%=/%)
ALL     := $(sort $(basename $(notdir $(wildcard applets/*.c))))
APPLETS ?= $(ALL)
PREFIX  ?= /usr/local
BINDIR  ?= $(PREFIX)/bin
MANDIR  ?= $(PREFIX)/share/man
BASHDIR ?= $(PREFIX)/share/bash-completion/completions
ZSHDIR  ?= $(PREFIX)/share/zsh/site-functions
FISHDIR ?= $(PREFIX)/share/fish/vendor_completions.d
SETUID  ?= yes
STATIC  ?= yes
ifeq ($(ARCH),arm64)
CROSS := aarch64-linux-gnu
endif
ifeq ($(ARCH),armhf)
CROSS := arm-linux-gnueabihf
endif
READELF ?= $(CROSS:%=%-)readelf
STRIP   ?= $(CROSS:%=%-)strip
Q       := $(if $(V),,@)
# CROSS=aarch64-linux-gnu has aarch64-linux-musl-gcc, in Debian a part of that machine's musl-dev.
ifeq ($(origin CC),default)
CC := $(if $(CROSS),$(subst linux-gnu,linux-musl,$(CROSS))-gcc,musl-gcc)
endif

# Small before all: no loop is long, so nothing is taken out of one or kept in registers for it.
SMALL    := -fno-move-loop-invariants -fno-tree-loop-im -fno-caller-saves
CFLAGS   ?= -Oz -g $(SMALL)
# Nothing here has floating point: without this each variadic function saves its registers.
MACHINE  := $(or $(firstword $(subst -, ,$(CROSS))),$(shell uname -m))
GENERAL  := $(if $(filter x86_64 aarch64,$(MACHINE)),-mgeneral-regs-only)
WARNINGS := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes \
	-Wpointer-arith -Wvla -Wundef -Wimplicit-fallthrough -Wformat=2 -Wwrite-strings
override CFLAGS += -std=c11 -fPIE -D_GNU_SOURCE -I. $(WARNINGS) $(WERROR) \
	-fstack-protector-strong -fstack-clash-protection -ftrivial-auto-var-init=zero \
	-ffunction-sections -fdata-sections -fno-asynchronous-unwind-tables $(GENERAL) \
	-ffile-prefix-map=$(CURDIR)=. $(SANITIZE)
override LDFLAGS += -Wl,-z,relro,-z,now,-z,noexecstack,-z,noseparate-code \
	-Wl,--sort-section=alignment,--gc-sections,--build-id=none $(SANITIZE)

ifeq ($(STATIC),yes)
# musl-gcc ignores -static-pie and would link a dynamic executable, so the start
# files are named here. -print-file-name=rcrt1.o would find glibc's; -### shows
# musl's directory. They are looked for when they are linked: when make reads this,
# "deps" may not have installed them yet.
CRT_DIR = $(patsubst %/Scrt1.o,%,$(filter %/Scrt1.o,$(shell $(CC) -pie '-###' -x c /dev/null 2>&1)))
GCC_DIR = $(dir $(shell $(CC) -print-file-name=crtbeginS.o))
PIE     := -static -nostartfiles -Wl,-pie,--no-dynamic-linker,-z,text
FIRST   = $(CRT_DIR)/rcrt1.o $(CRT_DIR)/crti.o $(GCC_DIR)crtbeginS.o
LAST    = $(GCC_DIR)crtendS.o $(CRT_DIR)/crtn.o
define ASSERT_STATIC_PIE
@LC_ALL=C $(READELF) -hldW $@ >$@.elf
@grep -q 'Type: *DYN' $@.elf
@! grep -E 'INTERP|NEEDED|GNU_STACK.* RWE' $@.elf
@grep -q GNU_RELRO $@.elf
endef
else
PIE := -pie
endif

SOURCES := $(wildcard core/*.c core/*/*.c) $(APPLETS:%=applets/%.c)
OBJECTS := $(SOURCES:%.c=$(O)/%.o) $(O)/table.o
PAGES   := core/selfdock.1 $(APPLETS:%=applets/selfdock-%.1)
SHELLS  := bash zsh fish
COMPLETIONS := $(SHELLS:%=$(O)/completions/%)

all: $(O)/selfdock $(COMPLETIONS)

$(O)/selfdock: $(O)/selfdock.debug
	$(Q)$(STRIP) -s -R .comment -o $@ $<

$(O)/selfdock.debug: $(OBJECTS)
	@echo '  LINK    $@'
	$(Q)$(CC) $(PIE) $(LDFLAGS) -o $@ $(FIRST) $(OBJECTS) $(LDLIBS) $(LAST)
	$(ASSERT_STATIC_PIE)

$(O)/%.o: %.c $(O)/flags
	@mkdir -p $(@D)
	@echo '  CC      $<'
	$(Q)$(CC) $(CFLAGS) -MMD -MP -c -o $@ $<

$(O)/core/main.o: override CFLAGS += -DVERSION='"$(VERSION)"'

$(O)/table.o: $(O)/table.c $(O)/flags
	$(Q)$(CC) $(CFLAGS) -c -o $@ $<

# Read from the source: what is built may be for another machine.
$(COMPLETIONS): scripts/completions/generate $(SOURCES) $(O)/table.c
$(COMPLETIONS): $(O)/completions/%: scripts/completions/%
	@mkdir -p $(@D)
	$(Q)scripts/completions/generate $* $(SOURCES) >$@

# The next two are rewritten only when they change.
KEEP_SAME = cmp -s $@.new $@ || cp $@.new $@; rm $@.new

# The applet table, from file names: a file without its descriptor is a link
# error that names applet_NAME.
$(O)/table.c: force
	@mkdir -p $(@D)
	@{ echo '#include "core/cli/applet.h"'; \
	printf 'extern const struct applet applet_%s;\n' $(APPLETS); \
	echo 'const struct applet *const applets[] = {'; \
	printf '\t&applet_%s,\n' $(APPLETS); echo '	0 };'; \
	printf 'const char applet_names[] = "$(ALL) :\\0";\n'; } >$@.new
	@$(KEEP_SAME)

# Every object depends on it.
FLAGS := $(CC) $(CFLAGS) $(LDFLAGS) $(PIE) $(VERSION)
$(O)/flags: force
	@mkdir -p $(@D)
	@echo '$(FLAGS)' >$@.new
	@cmp -s $@.new $@ || command -v $(CC) >/dev/null || \
		echo "'make deps $(if $(CROSS),cross,demo)' installs what building needs" >&2
	@$(KEEP_SAME)

# "make deps GOAL..." installs what these goals need, and then begins with them; nothing is
# compiled before, also where make runs several commands at a time.
deps:
	@scripts/deps $(filter-out deps,$(MAKECMDGOALS)) $(CROSS:%=cross)

ifneq ($(filter deps,$(MAKECMDGOALS)),)
$(O)/flags lint fresh packages asan: | deps
endif

demo: all
	@scripts/demo $(O)/selfdock

check: all
	tests/run $(O)/selfdock $(T)

# Some hours with PROOF=full, which also removes each defence in turn.
PROOF ?= hour
proof: all
	PROOF=$(PROOF) SECONDS_MAX=10800 tests/run $(O)/selfdock \
		$(or $(T),$(wildcard tests/attack/*_test.sh tests/fuzz/*_test.sh) \
		tests/packaging_test.sh)
	$(if $(filter full,$(PROOF)),$(if $(T),,tests/mutants))

lint:
	scripts/lint

# Of what can run privileged: which lines and branches are executed. For root.
coverage:
	scripts/coverage/run $(T)

size: all
	scripts/budget $(O)/selfdock

# SUITE=trixie is another Debian than 12.
fresh:
	scripts/fresh $(SUITE)

# ARCH=arm64 and ARCH=armhf boot those of other machines.
boot: all
	tests/boot/run $(O)/selfdock $(T)

cluster: all
	@tests/cluster/run $(O)/selfdock

cross: all
	scripts/cross $(O)/selfdock

bench: all
	scripts/bench/run $(O)/selfdock $(T)
	scripts/bench/phases $(O)/selfdock

# The last commit.
dist:
	@mkdir -p $(O)
	git archive --prefix=selfdock-$(VERSION)/ -o $(O)/selfdock-$(VERSION).tar.gz HEAD

packages:
	@scripts/deps packages
	scripts/packaging/build-deb $(O)/deb
	scripts/packaging/test-deb $(O)/deb/selfdock_$(VERSION)_*.deb

# Never to be installed setuid: the sanitizer's runtime reads the environment.
# It warns of stacks it did not make, like the inner process's, wherever a
# function does not return; a call without effect takes that one's place. Leaks are
# none: whoever allocates is about to end, or to execute something else.
asan:
	$(MAKE) O=$(O)/asan CC=gcc STATIC=no CFLAGS='-O1 -g' \
		SANITIZE='-fsanitize=address,undefined -fno-sanitize-recover=undefined' \
		LDFLAGS=-Wl,--defsym=__asan_handle_no_return=getpid
	SANITIZED=yes ASAN_OPTIONS=detect_leaks=0 tests/run $(O)/asan/selfdock $(T)

install: all install-completions
	install -d '$(DESTDIR)$(BINDIR)' '$(DESTDIR)$(MANDIR)/man1'
	install -m 0755 $(O)/selfdock '$(DESTDIR)$(BINDIR)/selfdock'
	for applet in $(APPLETS); do \
		ln -sf selfdock "$(DESTDIR)$(BINDIR)/selfdock-$$applet" || exit 1; done
	install -m 0644 $(PAGES) '$(DESTDIR)$(MANDIR)/man1'
	$(if $(filter enter,$(APPLETS)),scripts/cluster/install '$(DESTDIR)$(BINDIR)' \
		'$(DESTDIR)$(MANDIR)')
	scripts/install-setuid '$(SETUID)' '$(STATIC)' '$(DESTDIR)$(BINDIR)/selfdock' \
		$(APPLETS:%=applets/%.c)

# Those who look for a completion look for a file of the command's name.
install-completions: $(COMPLETIONS)
	install -d '$(DESTDIR)$(BASHDIR)' '$(DESTDIR)$(ZSHDIR)' '$(DESTDIR)$(FISHDIR)'
	install -m 0644 $(O)/completions/bash '$(DESTDIR)$(BASHDIR)/selfdock'
	install -m 0644 $(O)/completions/zsh '$(DESTDIR)$(ZSHDIR)/_selfdock'
	install -m 0644 $(O)/completions/fish '$(DESTDIR)$(FISHDIR)/selfdock.fish'
	for applet in $(APPLETS); do \
		ln -sf selfdock "$(DESTDIR)$(BASHDIR)/selfdock-$$applet" && \
		ln -sf selfdock.fish "$(DESTDIR)$(FISHDIR)/selfdock-$$applet.fish" || exit 1; done

uninstall:
	cd '$(DESTDIR)$(BINDIR)' && rm -f selfdock selfdock-step $(APPLETS:%=selfdock-%)
	cd '$(DESTDIR)$(MANDIR)/man1' && rm -f $(notdir $(PAGES))
	rm -f '$(DESTDIR)$(MANDIR)/man1/selfdock-step.1' \
		'$(DESTDIR)$(MANDIR)/man7/selfdock-cluster.7'
	cd '$(DESTDIR)$(BASHDIR)' && rm -f selfdock $(APPLETS:%=selfdock-%)
	cd '$(DESTDIR)$(FISHDIR)' && rm -f selfdock.fish $(APPLETS:%=selfdock-%.fish)
	rm -f '$(DESTDIR)$(ZSHDIR)/_selfdock'

clean:
	rm -rf $(O)

help:
	@echo 'make [O=DIR] [APPLETS="run build"]   build $(O)/selfdock'
	@echo 'make deps demo                       install what building needs, build, show it'
	@echo 'make deps check                      ... what testing needs, and run the tests'
	@echo 'make deps GOAL...                    ... what these goals need, and make them'
	@echo 'make deps                            ... all that building, testing and lint need'
	@echo 'make check [T=tests/run_test.sh]     run the tests, or one file of them'
	@echo 'make deps proof [PROOF=full T=...]   attack it for an hour; the whole in some hours'
	@echo 'make deps boot [T="6.1 6.12"]        run tests on Debian kernels in QEMU'
	@echo '    [ARCH=arm64|armhf]               ... of another machine'
	@echo 'make deps cluster                    run tests beside Slurm, MPI and GNU parallel'
	@echo 'make lint | asan                     check the source | test with sanitizers'
	@echo 'make fresh [SUITE=trixie]            the first commands in an empty Debian'
	@echo 'make coverage                        what of the privileged phase is executed'
	@echo 'make size                            what the binary takes, and what it may'
	@echo 'make CROSS=aarch64-linux-gnu         ... for another machine, below out/'
	@echo 'make deps cross                      the same for all that are known, and look at it'
	@echo 'make deps bench [T=start]            compare with other tools, all or one section'
	@echo 'make dist | packages                 a tar of the last commit | Debian packages'
	@echo 'make install [DESTDIR= PREFIX=$(PREFIX) SETUID=$(SETUID)]; make uninstall'

-include $(OBJECTS:.o=.d)
.DELETE_ON_ERROR:
.PHONY: all deps demo check proof coverage lint size fresh boot cluster cross bench dist packages
.PHONY: asan install install-completions uninstall clean help force
