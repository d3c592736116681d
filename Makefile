# make            build/podinit             the program, for this machine
# make static     build/podinit.static      the same without any library: musl, nothing to install
# make demo       boots an example pod in a QEMU VM (as root: installs what is missing)
# make check      every test, as CI runs them (as root: installs what is missing)
#                 CHECK='unit traces' picks suites of: style unit traces sim system container vm
# make check-all  the same with ten million lives, every mutant, every fuzzer for a minute
# make sim        LIVES=N random pods live in a random world, and an oracle watches
# make mutants    every small bug of tests/mutants/table is planted, and must be found
# make coverage   which branches of the core unit tests, traces and simulation take
# make check-vm   the tests that boot a kernel
# make check-sanitize   unit tests and traces under AddressSanitizer and UBSan, with clang
# make bench      podinit against tini, dumb-init, catatonit and a bare exec; its isolated containers
#                 against a hand-written floor, bubblewrap, crun and runc
# make fuzz       every fuzzer, FUZZ_SECONDS each
# make install    program and manual pages into $(DESTDIR)$(PREFIX)
# make clean      removes build/

VERSION  := 0.1.0
BUILD    ?= build
PREFIX   ?= /usr/local
SUITES   := style unit traces sim system container vm
CHECK    ?= $(SUITES)
FUZZ_SECONDS ?= 60
LIVES    ?= 1000000
SEED     ?= 1
SIMFLAGS ?= -O3 -flto

CC       ?= gcc
CFLAGS   ?= -O2 -g
PYTHON   ?= /usr/bin/python3
WARNINGS := -Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes -Wvla -Werror
BASE     := -std=c11 -D_GNU_SOURCE -DVERSION='"$(VERSION)"' -I. -MMD -MP $(WARNINGS)
HARDEN   := -fstack-protector-strong -D_FORTIFY_SOURCE=2
# Bound at the start of PID 1, and not anew in every child of it.
NOW      := -Wl,-z,relro,-z,now
LDLIBS   := -lmount -lcap -linih

# The order of the three is the architecture: each may call what stands to its left.
CONFIG   := $(patsubst %.c,$(BUILD)/%.o,$(wildcard config/*.c))
PROBES   := $(patsubst %.c,$(BUILD)/%.o,$(wildcard probes/*.c))
INIT     := $(patsubst %.c,$(BUILD)/%.o,$(wildcard init/*.c))
CORE     := $(patsubst %.c,$(BUILD)/%.o,$(wildcard init/pod*.c))
INITLIB  := $(filter-out $(BUILD)/init/main.o,$(INIT))
SIM      := $(wildcard tests/sim/*.c init/pod*.c)
UNIT     := $(patsubst tests/unit/%.c,$(BUILD)/tests/unit/%,$(wildcard tests/unit/*.c))
FUZZERS  := $(patsubst tests/fuzz/%.c,$(BUILD)/tests/fuzz/%,$(wildcard tests/fuzz/*.c))

.PHONY: all static demo check check-all sim mutants coverage check-vm check-sanitize bench fuzz install clean help unit tools
all: $(BUILD)/podinit

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(BASE) $(HARDEN) $(CFLAGS) $(CPPFLAGS) -c -o $@ $<

# The filter of RuntimeDefault: the same for every build on one machine, so it has one place.
build/seccomp_default.h: images/seccomp-bpf.py images/seccomp.json
	@mkdir -p $(@D)
	@[ -x $(PYTHON) ] || { echo "make: there is no $(PYTHON): install Debian's packages python3" \
		"and python3-seccomp, or run tests/packages.sh build" >&2; exit 1; }
	$(PYTHON) images/seccomp-bpf.py images/seccomp.json --header $@
$(BUILD)/init/seccomp.o: build/seccomp_default.h

$(BUILD)/config.a: $(CONFIG)
$(BUILD)/probes.a: $(PROBES)
$(BUILD)/init.a: $(INITLIB)
%.a:
	@rm -f $@
	$(AR) rcs $@ $^

$(BUILD)/podinit: $(BUILD)/init/main.o $(BUILD)/init.a $(BUILD)/probes.a $(BUILD)/config.a $(LIBS)
	$(CC) $(CFLAGS) $(LDFLAGS) $(NOW) -o $@ $(filter-out $(LIBS),$^) $(LDLIBS)

# ---- The static binary: the same sources, musl, and libraries built from source ----

STATIC   := $(BUILD)/static
MUSL     := $(STATIC)/prefix
STATICFLAGS := -Os -ffunction-sections -fdata-sections -fno-asynchronous-unwind-tables

static: $(BUILD)/podinit.static
$(MUSL)/stamp: images/static.sh
	images/static.sh $(MUSL)
	@touch $@
$(BUILD)/podinit.static: $(MUSL)/stamp FORCE
	@$(MAKE) --no-print-directory BUILD=$(STATIC) CC=musl-gcc CFLAGS='$(STATICFLAGS)' \
		CPPFLAGS='-isystem $(MUSL)/include' LDFLAGS='-static -Wl,--gc-sections -L$(MUSL)/lib' \
		LDLIBS='-lmount -lblkid -lcap -linih' LIBS=$(MUSL)/stamp $(STATIC)/podinit
	@[ $@ -nt $(STATIC)/podinit ] || strip -o $@ $(STATIC)/podinit
FORCE:

# ---- Tests ----

$(BUILD)/tests/unit/%: tests/unit/%.c $(BUILD)/init.a $(BUILD)/probes.a $(BUILD)/config.a
	@mkdir -p $(@D)
	$(CC) $(BASE) $(CFLAGS) $(LDFLAGS) -o $@ $(filter-out %.h,$^) -lcmocka $(LDLIBS) -lm

$(BUILD)/tests/traces/trace: tests/traces/trace.c $(BUILD)/init.a $(BUILD)/config.a
	@mkdir -p $(@D)
	$(CC) $(BASE) $(CFLAGS) $(LDFLAGS) -o $@ $(filter-out %.h,$^) $(LDLIBS)

# In one go with the core, for speed: ten million lives are a lot.
$(BUILD)/tests/sim/sim: $(SIM) $(wildcard tests/sim/sim.h init/pod*.h config/spec.h)
	@mkdir -p $(@D)
	$(CC) $(BASE) $(CFLAGS) $(SIMFLAGS) $(LDFLAGS) -o $@ $(filter %.c,$^)

$(BUILD)/tests/bench/isolate: tests/bench/isolate.c tests/bench/floor.c tests/bench/floor.h \
		$(BUILD)/init.a $(BUILD)/probes.a $(BUILD)/config.a
	@mkdir -p $(@D)
	$(CC) $(BASE) $(CFLAGS) $(LDFLAGS) $(NOW) -o $@ $(filter-out %.h,$^) $(LDLIBS)

$(BUILD)/tests/tools/%: tests/tools/%.c
	@mkdir -p $(@D)
	$(CC) $(BASE) $(CFLAGS) -o $@ $<

$(BUILD)/tests/tools/%.so: tests/tools/%.c
	@mkdir -p $(@D)
	$(CC) $(BASE) $(CFLAGS) -fPIC -shared -o $@ $< -ldl

$(BUILD)/tests/fuzz/%: tests/fuzz/%.c $(wildcard config/*.[ch] probes/*.[ch])
	@mkdir -p $(@D)
	clang $(BASE) -O1 -g -fsanitize=fuzzer,address,undefined -o $@ $< \
		$(wildcard config/*.c probes/*.c) -linih

unit: $(UNIT) $(BUILD)/tests/traces/trace $(BUILD)/tests/sim/sim

demo:
	images/demo.sh

check:
	@tests/check.sh $(CHECK)

check-all:
	@LIVES=10000000 MUTANTS=all tests/check.sh $(CHECK)
	@$(MAKE) --no-print-directory fuzz

sim: $(BUILD)/tests/sim/sim
	$< -s $(SEED) -n $(LIVES)

mutants:
	tests/mutants/run.py all

coverage:
	tests/coverage.sh

check-vm:
	@tests/check.sh vm

check-sanitize:
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/sanitize CC=clang \
		CFLAGS='-O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all' \
		HARDEN= SIMFLAGS= LDFLAGS='-fsanitize=address,undefined' unit

bench: all static $(BUILD)/tests/bench/isolate
	tests/bench/bench.sh
	tests/bench/isolate.sh

fuzz: $(FUZZERS)
	@for f in $(FUZZERS); do mkdir -p $(BUILD)/corpus/$${f##*/} && \
		$$f -max_total_time=$(FUZZ_SECONDS) -print_final_stats=1 \
		$(BUILD)/corpus/$${f##*/} tests/fuzz/corpus/$${f##*/} || exit 1; done

install: all
	install -D -m 755 $(BUILD)/podinit $(DESTDIR)$(PREFIX)/bin/podinit
	install -D -m 644 init/podinit.8 $(DESTDIR)$(PREFIX)/share/man/man8/podinit.8
	install -D -m 644 init/podinit-kubernetes.7 \
		$(DESTDIR)$(PREFIX)/share/man/man7/podinit-kubernetes.7
	install -D -m 644 config/pod.ini.5 $(DESTDIR)$(PREFIX)/share/man/man5/pod.ini.5

clean:
	rm -rf $(BUILD)

help:
	@sed -n '/^# make/,/^$$/s/^# \{0,1\}//p' Makefile

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
