# skyclass: make help lists the targets.
VERSION  := 0.1.0
PREFIX   ?= /usr/local
BUILD    ?= $(if $(SANITIZE),build-sanitize,build)
JOBS     ?= $(shell nproc)
CC       ?= cc
# make test SANITIZE=address,undefined runs the C and Tcl suites under the sanitizers.
SANITIZE ?=
SUITES   ?= $(if $(SANITIZE),unit tcltest,lint unit tcltest faulttest fuzztest ds9test)

# make TCL=tcl9.0 builds for the tclsh9.0 that Debian 13 has beside its tclsh.
TCL      ?= tcl
TCLSH    := $(if $(filter tcl,$(TCL)),tclsh,$(TCL:tcl%=tclsh%))
# make WERROR= for a compiler that warns of more than ours.
WERROR   ?= -Werror
PACKAGES := cfitsio wcslib libzip zlib jansson libprotobuf-c openblas expat libpng libjpeg hdf5-serial
# pkg-config is asked when something is compiled, not before: make deps brings it, and what it asks for.
ask       = $(eval $(1) := $$(shell pkg-config $(2)))$($(1))
PACKAGE_CPPFLAGS = $(call ask,PACKAGE_CPPFLAGS,--cflags $(PACKAGES) $(TCL))
PACKAGE_LIBS     = $(call ask,PACKAGE_LIBS,--libs $(PACKAGES))
STUB_LIBS        = $(call ask,STUB_LIBS,--libs $(TCL))
CPPFLAGS += -Isrc -I$(BUILD)/src/classifier/import -DSKYCLASS_VERSION='"$(VERSION)"' -D_GNU_SOURCE $(PACKAGE_CPPFLAGS) -DUSE_TCL_STUBS
CFLAGS   ?= $(if $(SANITIZE),-O1,-O3) -g
CFLAGS   += -std=c11 -Wall -Wextra $(WERROR) -fPIC -fvisibility=hidden -fopenmp-simd -ffp-contract=off -pthread
LDLIBS   += $(PACKAGE_LIBS) -lsep -lm -pthread
TCL_LIBS  = $(filter -L% -ltclstub%,$(STUB_LIBS))
ifneq ($(SANITIZE),)
# The sanitizers make GCC see truncation that is not there, and keep clang from making loops vectors.
CFLAGS   += -fsanitize=$(SANITIZE) -fno-omit-frame-pointer -Wno-unknown-warning-option \
            -Wno-format-truncation -Wno-pass-failed
LDFLAGS  += -fsanitize=$(SANITIZE)
endif

BIND_SOURCES    := $(wildcard src/bind/*.c)
LIBRARY_SOURCES := $(shell find src -name '*.c' -not -path 'src/bind/*')
ONNX_SCHEMA     := $(BUILD)/src/classifier/import/onnx.pb-c
LIBRARY_OBJECTS := $(LIBRARY_SOURCES:%.c=$(BUILD)/%.o) $(ONNX_SCHEMA).o
BIND_OBJECTS    := $(BIND_SOURCES:%.c=$(BUILD)/%.o)
UNIT_TESTS      := $(patsubst tests/unit/%.c,$(BUILD)/tests/%,$(wildcard tests/unit/test_*.c))
LIBRARY         := $(BUILD)/libskyclass.a
EXTENSION       := $(if $(BIND_SOURCES),$(BUILD)/tcl/libskyclass.so)

TCL_FILES       := $(patsubst tcl/%,$(BUILD)/tcl/%,$(shell find tcl -name '*.tcl'))
PLUGIN_FILES    := $(BUILD)/tcl/skyclass-xpa $(patsubst plugin/%,$(BUILD)/%,$(wildcard plugin/skyclass*))

.PHONY: all help model reality real-stars deps deps-test deps-parity test check unit tcltest ds9test lint parity bench format install clean
all: $(LIBRARY) $(EXTENSION) $(TCL_FILES) $(BUILD)/skyclass $(PLUGIN_FILES) $(if $(SANITIZE),,$(BUILD)/man/skyclass.1)

# The package as it is installed, so that everything runs in place.
$(BUILD)/tcl/%.tcl: tcl/%.tcl
	@mkdir -p $(@D)
	cp $< $@

$(BUILD)/skyclass%: plugin/skyclass%
	@mkdir -p $(@D)
	cp $< $@

# Both call the Tcl that the extension is built for.
$(BUILD)/skyclass: tcl/skyclass
	@mkdir -p $(@D)
	sed '1s/tclsh/$(TCLSH)/' $< > $@ && chmod +x $@

$(BUILD)/skyclass-ds9: plugin/skyclass-ds9
	@mkdir -p $(@D)
	sed '/^tclsh=/s/tclsh$$/$(TCLSH)/' $< > $@ && chmod +x $@

# Man pages come from the tables that parse the verbs' options; the defaults of some are the
# extension's, which a plain tclsh cannot load when it is built for a sanitizer.
$(BUILD)/man/skyclass.1: plugin/man.tcl $(TCL_FILES) $(EXTENSION)
	$(TCLSH) plugin/man.tcl $(BUILD)/tcl $(@D)

COMMA := ,
# What editors and clang-tidy ask for.
.PHONY: compile_commands.json
compile_commands.json: $(ONNX_SCHEMA).h
	$(file >$@,[)
	$(foreach source,$(LIBRARY_SOURCES) $(BIND_SOURCES),$(file >>$@,{"directory": "$(CURDIR)"$(COMMA) "file": \
	    "$(source)"$(COMMA) "command": "$(subst ",\",$(CC) $(CPPFLAGS) $(CFLAGS) -c $(source))"}$(COMMA)))
	$(file >>$@,{"directory": "$(CURDIR)"$(COMMA) "file": "$(ONNX_SCHEMA).c"$(COMMA) "command": "$(CC) -c"}])

$(BUILD)/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c $< -o $@

# Fused multiply-add doubles the speed of the networks' inner loops; elsewhere rounding stays as written.
$(BUILD)/src/nn/%.o: CFLAGS += -ffp-contract=fast

# The kernels parse nothing, and one of them, watched by clang for fuzzing, took half of the build.
ifneq ($(findstring fuzzer,$(SANITIZE)),)
$(BUILD)/src/nn/product/%.o: CFLAGS += -fno-sanitize=all
endif

$(ONNX_SCHEMA).c $(ONNX_SCHEMA).h &: src/classifier/import/onnx.proto
	@mkdir -p $(@D)
	protoc-c --proto_path=src/classifier/import --c_out=$(BUILD)/src/classifier/import $<

$(ONNX_SCHEMA).o: $(ONNX_SCHEMA).c
	$(CC) $(CPPFLAGS) $(CFLAGS) -c $< -o $@

$(patsubst %.c,$(BUILD)/%.o,$(wildcard src/classifier/import/*onnx*.c)): $(ONNX_SCHEMA).h

$(LIBRARY): $(LIBRARY_OBJECTS)
	@rm -f $@
	ar rcs $@ $^

$(BUILD)/tcl/libskyclass.so: $(BIND_OBJECTS) $(LIBRARY)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -shared -Wl,-Bsymbolic -Wl,--exclude-libs,ALL -o $@ $(BIND_OBJECTS) $(LIBRARY) $(TCL_LIBS) $(LDLIBS)

$(BUILD)/tcl/skyclass-xpa: $(wildcard src/bind/xpa/*.c) src/bind/xpa/caller.h
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $(filter %.c,$^) -lxpa

$(BUILD)/tests/%: tests/unit/%.c $(LIBRARY)
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) -Itests $(CFLAGS) -MMD -MP $(LDFLAGS) $< -o $@ $(LIBRARY) $(LDLIBS) -lcmocka

$(BUILD)/tests/check_tables: tests/parity/check_tables.c $(LIBRARY)
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) $< -o $@ $(LIBRARY) $(LDLIBS)

$(BUILD)/tests/mock_reality: tests/parity/mock_reality.c $(LIBRARY)
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) -Itests $(CFLAGS) $(LDFLAGS) $< -o $@ $(LIBRARY) $(LDLIBS)

# The mock sky beside real Hubble stars, noise and the catalogue of NGC 1566: $(BUILD)/reality.
reality: $(BUILD)/tests/mock_reality
	/usr/bin/python3 tests/parity/mock_reality.py $< ../shared/data $(BUILD)/reality

# Single stars and round clusters made of real star images: what a model calls them.
STARS_MODEL ?= models/starcnet.fits
real-stars: all
	/usr/bin/python3 tests/parity/real_stars.py $(BUILD)/skyclass $(STARS_MODEL) ../shared/data

# ---- Tests -----------------------------------------------------------------------------------

DEBIAN_BUILD := build-essential pkg-config libcfitsio-dev wcslib-dev libzip-dev zlib1g-dev libpng-dev libjpeg-dev \
                libjansson-dev libexpat1-dev libhdf5-dev libprotobuf-c-dev protobuf-c-compiler \
                libopenblas-pthread-dev \
                libsep-dev tcl-dev tk-dev tcl tk libxpa-dev xpa-tools
DEBIAN_RUN   := saods9 gnuplot-nox xvfb xauth xdotool imagemagick procps
DEBIAN_TEST  := libcmocka-dev clang clang-format libclang-rt-dev llvm cppcheck python3-torch \
                python3-astropy python3-sklearn python3-scipy source-extractor fitsverify
DEBIAN_PARITY := stilts python3-h5py python3-pil python3-torchvision python3-skimage

# What building and running need, from a bare Debian 12; and what the tests need besides. Nothing
# is installed when all of it is there.
deps:
	@tests/deps.sh $(DEBIAN_BUILD) $(DEBIAN_RUN)
deps-test:
	@tests/deps.sh $(DEBIAN_BUILD) $(DEBIAN_RUN) $(DEBIAN_TEST)
deps-parity:
	@tests/deps.sh $(DEBIAN_BUILD) $(DEBIAN_RUN) $(DEBIAN_TEST) $(DEBIAN_PARITY)

# The whole of the tests: packages, build, style, C, Tcl, fuzzing, DS9. Ends with
# "N passed, N failed".
test: deps-test
	$(MAKE) --no-print-directory -j$(JOBS) check

FAULT_SHIM := $(BUILD)/fault/shim.so
check: all $(UNIT_TESTS) $(BUILD)/tests/check_tables $(if $(filter fuzztest,$(SUITES)),fuzzers) $(if $(filter faulttest,$(SUITES)),$(FAULT_SHIM))
	@BUILD=$(BUILD) SANITIZE=$(SANITIZE) tests/run.sh $(SUITES)

unit tcltest ds9test lint: all $(UNIT_TESTS) $(BUILD)/tests/check_tables
	@BUILD=$(BUILD) SANITIZE=$(SANITIZE) tests/run.sh $@

# The extension's source against Tcl 9's C interface (tests/tcl9/tcl.h), compiled and not linked.
.PHONY: tcl9
tcl9:
	$(CC) -Itests/tcl9 $(filter-out -I/usr/include/tcl% -DUSE_TCL_STUBS,$(CPPFLAGS)) $(CFLAGS) -Wshadow -fsyntax-only $(BIND_SOURCES)

# ---- Fuzzing -----------------------------------------------------------------------------------

# One target a parser (tests/fuzz), built by clang beside everything else: $(FUZZ_BUILD)/fuzz/NAME.
FUZZ_BUILD := $(BUILD)-fuzz
FUZZERS    := $(patsubst tests/fuzz/fuzz_%.c,$(BUILD)/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ_FITS  := checkpoint dataset image model table_fits
FUZZ_PARTS := $(BUILD)/tests/fuzz/fuzz.o $(BUILD)/tests/fuzz/fits_checksums.o
.PHONY: fuzzers fuzz fuzztest
fuzzers:
	@CFLAGS='-O1 -gline-tables-only -fno-sanitize-recover=all' $(MAKE) --no-print-directory \
	    BUILD=$(FUZZ_BUILD) CC=clang SANITIZE=fuzzer-no-link,address,undefined fuzz-programs

.PHONY: fuzz-programs
fuzz-programs: $(FUZZERS)

$(BUILD)/fuzz/%: $(BUILD)/tests/fuzz/fuzz_%.o $(FUZZ_PARTS) $(BUILD)/tests/fuzz/fits_mutator.o $(LIBRARY)
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -fsanitize=fuzzer $< $(FUZZ_PARTS) $(if $(filter $*,$(FUZZ_FITS)),$(BUILD)/tests/fuzz/fits_mutator.o) -o $@ $(LIBRARY) $(LDLIBS)

# The seeds anew; they are committed.
.PHONY: fuzz-seeds
fuzz-seeds: $(BUILD)/tests/make_seeds
	/usr/bin/python3 tests/fuzz/make_seeds.py $<

$(BUILD)/tests/make_seeds: tests/fuzz/make_seeds.c $(LIBRARY)
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) $< -o $@ $(LIBRARY) $(LDLIBS)

# A minute in all: the same inputs each time.
fuzztest: fuzzers
	@BUILD=$(BUILD) tests/run.sh fuzztest

# Long: make fuzz HOURS=8, or MINUTES= a target; FUZZ="region table" for some. What is found new is
# kept in $(FUZZ_BUILD)/corpus and gone on from.
HOURS   ?= 1
fuzz: fuzzers
	tests/fuzz/run.sh $(FUZZ_BUILD) long '$(HOURS)' '$(MINUTES)' $(FUZZ)

# ---- Faults ------------------------------------------------------------------------------------

# Every verb while memory or disk fails or the process is killed (tests/fault/fault.py).
.PHONY: fault faulttest
$(FAULT_SHIM): tests/fault/shim.c
	@mkdir -p $(@D)
	$(CC) -std=c11 -Wall -Wextra $(WERROR) -D_GNU_SOURCE -O1 -g -fPIC -shared $< -o $@

faulttest: all $(FAULT_SHIM)
	@BUILD=$(BUILD) tests/run.sh faulttest

FAULTS ?= 1000
KILLS  ?= 300
fault: all $(FAULT_SHIM)
	tests/fault/fault.py $(BUILD) $(FAULT_SHIM) $(FAULTS) $(KILLS)

# ---- Benchmark --------------------------------------------------------------------------------

$(BUILD)/bench/bench: tests/bench/bench.c tests/bench/networks.c tests/bench/networks.h $(LIBRARY)
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) tests/bench/bench.c tests/bench/networks.c -o $@ $(LIBRARY) $(LDLIBS)

$(BUILD)/bench/products: tests/bench/products.c tests/bench/networks.c tests/bench/networks.h $(LIBRARY)
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) tests/bench/products.c tests/bench/networks.c -o $@ $(LIBRARY) $(LDLIBS)

# One table: skyclass, PyTorch and ONNX Runtime by turns (tests/bench/README.md). ONNX Runtime is
# installed into $(BUILD)/bench and nowhere else; a peer that cannot be had is left out.
bench: all $(BUILD)/bench/bench $(BUILD)/bench/products
	tests/bench/bench.py $(BUILD) $(BENCH)

# The tables against STILTS, then the networks against PyTorch's, at full size; takes some minutes.
parity: all $(BUILD)/parity $(BUILD)/tests/check_tables $(BUILD)/tests/test_onnx $(BUILD)/tests/run_onnx
	SKYCLASS_LARGE_NETWORKS=1 $(BUILD)/tests/test_onnx
	/usr/bin/python3 tests/parity/onnx_torchvision.py $(BUILD)/tests/run_onnx $(BUILD)/parity.data/onnx
	/usr/bin/python3 tests/parity/keras_stamps.py $(BUILD)/skyclass ../shared/data/networks/keras_star_empty $(BUILD)/parity.data/stamps
	/usr/bin/python3 tests/parity/check_tables.py $(BUILD)/tests/check_tables stilts
	/usr/bin/python3 tests/parity/compare.py $(BUILD)/parity $(BUILD)/parity.data
	/usr/bin/python3 tests/parity/compare_systems.py $(BUILD)/parity $(BUILD)/parity.systems
	/usr/bin/python3 tests/parity/explain.py $(BUILD)/skyclass models/starcnet.fits $(BUILD)/parity.data/explain
	/usr/bin/python3 tests/parity/match.py $(BUILD)/skyclass $(BUILD)/parity.data/match

$(BUILD)/tests/run_onnx: tests/parity/run_onnx.c tests/onnx_run.h $(LIBRARY)
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) -Itests $(CFLAGS) $(LDFLAGS) $< -o $@ $(LIBRARY) $(LDLIBS)

$(BUILD)/parity: tests/parity/parity.c $(LIBRARY)
	$(CC) $(CPPFLAGS) -Itests $(CFLAGS) -MMD -MP $(LDFLAGS) $< -o $@ $(LIBRARY) $(LDLIBS)

# ---- The bundled model ------------------------------------------------------------------------

# Trains models/starcnet.fits further, on simulated galaxies, and writes its card with what was
# measured on galaxies of other seeds and on sources made of real star images. Enlarging would make
# stars as wide as clusters: the images are only turned. About two hours on 2 cores; an interrupted
# run goes on, and after a finished one the next begins with its model.
MODEL := $(BUILD)/model
MODEL_MINUTES ?= 78
TRAIN := --name starcnet --from models/starcnet.fits --epochs 12 --batch 32 --copies 1 --balance none \
         --augmentation rotate --learning-rate 2.5e-4 --schedule cosine --warm-up 0.03 \
         --max-minutes $(MODEL_MINUTES) --checkpoint-minutes 5 --seed 1
model: all $(MODEL)/training.fits $(MODEL)/held-out.fits
	$(BUILD)/skyclass train --data $(MODEL)/training.fits -o $(MODEL)/starcnet.fits $(TRAIN) --compress --resume
	$(BUILD)/skyclass evaluate --model $(MODEL)/starcnet.fits --data $(MODEL)/held-out.fits -o $(MODEL)/report
	/usr/bin/python3 tests/parity/bagged_trees.py $(MODEL)/training.fits $(MODEL)/held-out.fits --sources 2000 > $(MODEL)/report/trees.txt
	-/usr/bin/python3 tests/parity/real_stars.py $(BUILD)/skyclass $(MODEL)/starcnet.fits ../shared/data $(MODEL)/report/stars.txt
	cp $(MODEL)/starcnet.fits models/starcnet.fits
	rm -f $(MODEL)/starcnet.checkpoint.fits
	tclsh models/card.tcl $(BUILD) models/starcnet.fits $(MODEL)/report > models/starcnet.md

$(MODEL)/training.fits:
	@mkdir -p $(@D)
	$(BUILD)/skyclass dataset --mock 48 --seed 1000 --bare 60 -o $@
$(MODEL)/held-out.fits:
	@mkdir -p $(@D)
	$(BUILD)/skyclass dataset --mock 8 --seed 9000 -o $@

format:
	clang-format -i $(shell git ls-files '*.c' '*.h')

# A mock field, classified in a DS9 window; leaves its results in build/demo.
.PHONY: demo
demo: deps
	$(MAKE) -j$(JOBS) all
	tclsh examples/demo.tcl $(BUILD)

install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/lib/skyclass $(DESTDIR)$(PREFIX)/share/skyclass/models
	install -m 755 $(BUILD)/skyclass $(BUILD)/skyclass-ds9 $(DESTDIR)$(PREFIX)/bin
	install -m 644 $(BUILD)/skyclass.ds9 $(BUILD)/skyclass-help.html $(DESTDIR)$(PREFIX)/bin
	install -m 755 $(BUILD)/tcl/skyclass-xpa $(DESTDIR)$(PREFIX)/lib/skyclass
	install -m 644 $(BUILD)/tcl/pkgIndex.tcl $(BUILD)/tcl/*.so $(DESTDIR)$(PREFIX)/lib/skyclass
	for room in lib cli ds9 worker; do \
	    install -d $(DESTDIR)$(PREFIX)/lib/skyclass/$$room && \
	    install -m 644 $(BUILD)/tcl/$$room/*.tcl $(DESTDIR)$(PREFIX)/lib/skyclass/$$room || exit 1; done
	install -m 644 models/*.fits models/*.md $(DESTDIR)$(PREFIX)/share/skyclass/models
	install -d $(DESTDIR)$(PREFIX)/share/man/man1
	install -m 644 $(BUILD)/man/*.1 $(DESTDIR)$(PREFIX)/share/man/man1

# tests/lint/targets.sh asks whether all targets are here.
help:
	@echo "make                       build; build/skyclass runs in place. TCL=tcl9.0 for another Tcl, WERROR= for other compilers"
	@echo "make deps                  install Debian's packages, or list them elsewhere"
	@echo "make install               PREFIX=/usr/local: program, Tcl package, models, DS9's menu, man pages"
	@echo "make demo                  packages, build, a classified mock field in DS9, screenshot in build/demo"
	@echo "make test                  packages, build, every test; SANITIZE=address,undefined for sanitizers"
	@echo "make check                 the same without looking for packages; SUITES=\"lint tcltest\" for some"
	@echo "make lint                  one suite: style and architecture of the sources"
	@echo "make unit                  one suite: the C library"
	@echo "make tcltest               one suite: the command line and the Tcl commands"
	@echo "make ds9test               one suite: a real DS9 on a display of its own"
	@echo "make faulttest             one suite: every verb while memory or disk fails, the same few every time"
	@echo "make fuzztest              one suite: a minute of made-up inputs, the same ones every time"
	@echo "make fuzz                  HOURS=1: made-up inputs for every parser; FUZZ=\"region table\" for some"
	@echo "make fuzz-seeds            make the committed inputs of the fuzzers anew"
	@echo "make fault                 FAULTS=1000 KILLS=300: every verb while memory or disk fails, or killed"
	@echo "make bench                 speed against PyTorch and ONNX Runtime; BENCH=products: OpenBLAS and our kernels"
	@echo "make parity                compare with PyTorch and STILTS"
	@echo "make reality               compare the mock sky with real Hubble data"
	@echo "make real-stars            a model (STARS_MODEL=) on sources made of real star images"
	@echo "make model                 train the bundled model further (about two hours)"
	@echo "make tcl9                  compile the extension's source against Tcl 9's interface"
	@echo "make format                clang-format on every C file"
	@echo "make compile_commands.json for editors and clang-tidy"
	@echo "make deps-test             install what the tests need, too; deps-parity: and what parity needs"
	@echo "make clean                 remove what was built"

clean:
	rm -rf $(BUILD)

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
