# skyclass: make help lists the targets.
VERSION  := 0.1.0
PREFIX   ?= /usr/local
BUILD    ?= build
JOBS     ?= $(shell nproc)
CC       ?= cc
SANITIZE ?=

PACKAGES := cfitsio wcslib openblas libzip tcl
CPPFLAGS += -Isrc -DSKYCLASS_VERSION='"$(VERSION)"' -D_GNU_SOURCE $(shell pkg-config --cflags $(PACKAGES)) -DUSE_TCL_STUBS
CFLAGS   ?= -O3 -g
CFLAGS   += -std=c11 -Wall -Wextra -Werror -fPIC -fvisibility=hidden -fopenmp-simd -ffp-contract=off -pthread
LDLIBS   += $(shell pkg-config --libs cfitsio wcslib openblas libzip) -lsep -lm -pthread
TCL_LIBS := $(shell pkg-config --variable=TCL_STUB_LIB_SPEC tcl 2>/dev/null)
ifneq ($(SANITIZE),)
CFLAGS   += -fsanitize=$(SANITIZE) -fno-omit-frame-pointer
LDFLAGS  += -fsanitize=$(SANITIZE)
endif

LIBRARY_SOURCES := $(wildcard src/base/*.c src/sky/*.c src/nn/*.c src/model/*.c src/systems/*.c src/eval/*.c)
BIND_SOURCES    := $(wildcard src/bind/*.c)
LIBRARY_OBJECTS := $(LIBRARY_SOURCES:%.c=$(BUILD)/%.o)
BIND_OBJECTS    := $(BIND_SOURCES:%.c=$(BUILD)/%.o)
UNIT_TESTS      := $(patsubst tests/unit/%.c,$(BUILD)/tests/%,$(wildcard tests/unit/test_*.c))
LIBRARY         := $(BUILD)/libskyclass.a
EXTENSION       := $(if $(BIND_SOURCES),$(BUILD)/tcl/libskyclass.so)

TCL_FILES       := $(patsubst tcl/%,$(BUILD)/tcl/%,$(wildcard tcl/*.tcl))

.PHONY: all deps test check unit format lint clean
all: $(LIBRARY) $(EXTENSION) $(TCL_FILES) $(BUILD)/skyclass

# The package as it is installed, so that everything runs in place.
$(BUILD)/tcl/%.tcl: tcl/%.tcl
	@mkdir -p $(@D)
	cp $< $@

$(BUILD)/skyclass: tcl/skyclass
	@mkdir -p $(@D)
	cp $< $@

$(BUILD)/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c $< -o $@

$(LIBRARY): $(LIBRARY_OBJECTS)
	@rm -f $@
	ar rcs $@ $^

$(BUILD)/tcl/libskyclass.so: $(BIND_OBJECTS) $(LIBRARY)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -shared -Wl,-Bsymbolic -Wl,--exclude-libs,ALL -o $@ $(BIND_OBJECTS) $(LIBRARY) $(TCL_LIBS) $(LDLIBS)

$(BUILD)/tests/%: tests/unit/%.c $(LIBRARY)
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) -Itests $(CFLAGS) -MMD -MP $(LDFLAGS) $< -o $@ $(LIBRARY) $(LDLIBS) -lcmocka

unit: $(UNIT_TESTS)
	@for test in $(UNIT_TESTS); do OPENBLAS_NUM_THREADS=1 $$test || failed=1; done; exit $${failed:-0}

format:
	clang-format -i $(shell git ls-files '*.c' '*.h')

lint:
	clang-format --dry-run -Werror $(shell git ls-files '*.c' '*.h')
	cppcheck --quiet --error-exitcode=1 --inline-suppr --enable=warning,performance,portability -Isrc src

clean:
	rm -rf $(BUILD)

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
