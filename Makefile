# SPDX-License-Identifier: ISC
# GNU make; no configure step. "make help" lists the targets.
-include config.mk

VERSION := 0.1.0
O       ?= out
APPLETS ?= $(sort $(basename $(notdir $(wildcard applets/*.c))))
PREFIX  ?= /usr/local
BINDIR  ?= $(PREFIX)/bin
MANDIR  ?= $(PREFIX)/share/man
SETUID  ?= yes
STATIC  ?= yes
READELF ?= readelf
STRIP   ?= strip
Q       := $(if $(V),,@)
ifeq ($(origin CC),default)
CC := musl-gcc
endif

CFLAGS   ?= -Os -g
WARNINGS := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes \
	-Wpointer-arith -Wvla -Wundef -Wimplicit-fallthrough -Wformat=2 -Wwrite-strings
override CFLAGS += -std=c11 -fPIE -D_GNU_SOURCE -I. $(WARNINGS) $(WERROR) \
	-fstack-protector-strong -fstack-clash-protection -ftrivial-auto-var-init=zero \
	-ffunction-sections -fdata-sections -fno-asynchronous-unwind-tables \
	-ffile-prefix-map=$(CURDIR)=. $(SANITIZE)
override LDFLAGS += -Wl,-z,relro,-z,now,-z,noexecstack,-z,noseparate-code,--sort-section=alignment,--gc-sections,--build-id=none $(SANITIZE)

ifeq ($(STATIC),yes)
# musl-gcc ignores -static-pie and would link a dynamic executable, so the start
# files are named here. -print-file-name=rcrt1.o would find glibc's; -### shows
# musl's directory.
CRT_DIR := $(patsubst %/Scrt1.o,%,$(filter %/Scrt1.o,$(shell $(CC) -pie '-###' -x c /dev/null 2>&1)))
GCC_DIR := $(dir $(shell $(CC) -print-file-name=crtbeginS.o))
PIE     := -static -nostartfiles -Wl,-pie,--no-dynamic-linker,-z,text
FIRST   := $(CRT_DIR)/rcrt1.o $(CRT_DIR)/crti.o $(GCC_DIR)crtbeginS.o
LAST    := $(GCC_DIR)crtendS.o $(CRT_DIR)/crtn.o
define ASSERT_STATIC_PIE
@LC_ALL=C $(READELF) -hldW $@ >$@.elf
@grep -q 'Type: *DYN' $@.elf
@! grep -E 'INTERP|NEEDED|GNU_STACK.* RWE' $@.elf
@grep -q GNU_RELRO $@.elf
endef
else
PIE := -pie
endif

SOURCES := $(wildcard core/*.c) $(APPLETS:%=applets/%.c)
OBJECTS := $(SOURCES:%.c=$(O)/%.o) $(O)/table.o
PAGES   := core/selfdock.1 $(APPLETS:%=applets/selfdock-%.1)

all: $(O)/selfdock

$(O)/selfdock: $(O)/selfdock.debug
	$(Q)$(STRIP) -s -R .comment -o $@ $<
	@scripts/budget $@ report

$(O)/selfdock.debug: $(OBJECTS)
	@echo '  LINK    $@'
	$(Q)$(CC) $(PIE) $(LDFLAGS) -o $@ $(FIRST) $(OBJECTS) $(LDLIBS) $(LAST)
	$(ASSERT_STATIC_PIE)

$(O)/%.o: %.c $(O)/flags
	@mkdir -p $(@D)
	@echo '  CC      $<'
	$(Q)$(CC) $(CFLAGS) -MMD -MP -c -o $@ $<

$(O)/core/main.o: override CFLAGS += -DVERSION='"$(VERSION)"'

$(O)/table.o: $(O)/table.c
	$(Q)$(CC) $(CFLAGS) -c -o $@ $<

# The applet table, from file names: a file without its descriptor is a link
# error that names applet_NAME.
$(O)/table.c: $(O)/flags
	@{ echo '#include "core/applet.h"'; \
	printf 'extern const struct applet applet_%s;\n' $(APPLETS); \
	echo 'const struct applet *const applets[] = {'; \
	printf '\t&applet_%s,\n' $(APPLETS); echo '	0 };'; } >$@

# Rewritten only when it changes; every object depends on it.
FLAGS := $(CC) $(CFLAGS) $(LDFLAGS) $(PIE) $(VERSION) $(APPLETS)
$(O)/flags: force
	@mkdir -p $(@D)
	@echo '$(FLAGS)' | cmp -s - $@ || echo '$(FLAGS)' >$@

deps:
	scripts/deps

demo: all
	scripts/demo $(O)/selfdock

check: all
	scripts/check $(O)/selfdock $(T)

lint:
	scripts/lint

# Never to be installed setuid: the sanitizer's runtime reads the environment.
# It warns of stacks it did not make, like the inner process's, wherever a
# function does not return; a call without effect takes that one's place.
asan:
	$(MAKE) O=$(O)/asan CC=gcc STATIC=no CFLAGS='-O1 -g' \
		SANITIZE='-fsanitize=address,undefined -fno-sanitize-recover=undefined' \
		LDFLAGS=-Wl,--defsym=__asan_handle_no_return=getpid
	scripts/check $(O)/asan/selfdock $(T)

install: all
	install -d '$(DESTDIR)$(BINDIR)' '$(DESTDIR)$(MANDIR)/man1'
	install -m 0755 $(O)/selfdock '$(DESTDIR)$(BINDIR)/selfdock'
	for applet in $(APPLETS); do \
		ln -sf selfdock "$(DESTDIR)$(BINDIR)/selfdock-$$applet" || exit 1; done
	install -m 0644 $(PAGES) '$(DESTDIR)$(MANDIR)/man1'
	scripts/setuid '$(SETUID)' '$(STATIC)' '$(DESTDIR)$(BINDIR)/selfdock'

uninstall:
	cd '$(DESTDIR)$(BINDIR)' && rm -f selfdock $(APPLETS:%=selfdock-%)
	cd '$(DESTDIR)$(MANDIR)/man1' && rm -f $(notdir $(PAGES))

clean:
	rm -rf $(O)

help:
	@echo 'make [O=DIR] [APPLETS="run build"]   build $(O)/selfdock'
	@echo 'make deps | demo                     install what is needed | show an instance'
	@echo 'make check [T=tests/run_test.sh]     run the tests, or one file of them'
	@echo 'make lint | asan                     check the source | test with sanitizers'
	@echo 'make install [DESTDIR= PREFIX=$(PREFIX) SETUID=$(SETUID)]; make uninstall'

-include $(OBJECTS:.o=.d)
.DELETE_ON_ERROR:
.PHONY: all deps demo check lint asan install uninstall clean help force
