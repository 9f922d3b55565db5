#!/bin/bash
# Runs test suites and adds up what they report. Usage: run.sh SUITE ... (the suite_ functions below)
# Ends with "N passed, N failed"; exit status 1 if anything failed.
set -u
cd "$(dirname "$0")/.." || exit 1
# Names of files are not ASCII in some tests, and a bare system has no locale.
export LC_ALL=C.UTF-8
build=${BUILD:-build}
sanitize=${SANITIZE:-}
passed=0 failed=0 skipped=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# What cmocka, tcltest and our own scripts print at their ends, as "passed failed skipped". Newer cmockas
# name the group before its number: "[  FAILED  ] tests: 2 test(s)".
count() {
    awk '
        /^\[  (PASSED|FAILED|SKIPPED) +\] ([^ ]+: )?[0-9]+ test/ {
                                                 n = $4 ~ /:$/ ? $5 : $4
                                                 if ($2 == "PASSED") passed += n
                                                 if ($2 == "FAILED") failed += n
                                                 if ($2 == "SKIPPED") skipped += n }
        /\tTotal\t[0-9]+\tPassed\t/            { n = split($0, f, "\t")
                                                 for (i = 1; i < n; i++) {
                                                     if (f[i] == "Passed") passed += f[i + 1]
                                                     if (f[i] == "Skipped") skipped += f[i + 1]
                                                     if (f[i] == "Failed") failed += f[i + 1] } }
        /^[0-9]+ passed, [0-9]+ failed/        { passed += $1; failed += $3 }
        END { print passed + 0, failed + 0, skipped + 0 }' "$log"
}

# One program: its output is shown; a program that ends badly without a count is one failure.
run() {
    echo "== $*"
    "$@" 2>&1 | tee "$log"
    local status=${PIPESTATUS[0]} counted
    read -r -a counted <<<"$(count)"
    passed=$((passed + counted[0])) failed=$((failed + counted[1])) skipped=$((skipped + counted[2]))
    if [ "$status" -ne 0 ] && [ "${counted[1]}" -eq 0 ]; then
        echo "$1 ended with status $status"
        failed=$((failed + 1))
    fi
}

# A check without counts of its own is one test.
check() {
    echo "== $*"
    if "$@"; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
}

# Tcl's lines have 100 columns at most, as those of C.
narrow_lines() {
    ! grep -rnE '^.{101}' --include='*.tcl' --include='*.test' tcl plugin tests examples models
}

suite_lint() {
    local sources
    sources=$(find src tests -name '*.[ch]')
    # Other versions break lines elsewhere.
    if clang-format --version | grep -q 'version 14\.'; then
        # shellcheck disable=SC2086 # a list of files
        check clang-format --dry-run -Werror $sources
    else
        echo "not checked: the format of the sources is clang-format 14's"
    fi
    check cppcheck --quiet --error-exitcode=1 --inline-suppr --suppress=missingIncludeSystem \
        --enable=warning,performance,portability -j2 -Isrc src
    check tclsh tests/lint/commands.tcl tcl/skyclass $(find tcl -name "*.tcl")
    check narrow_lines
    run tests/lint/arrows.py
    run tests/lint/arrows.py --turned
    run tests/lint/tcl_arrows.py
    run tests/lint/tcl_arrows.py --turned
    check tests/lint/targets.sh
    check make -s tcl9
}

suite_unit() {
    local test
    for test in tests/unit/test_*.c; do
        run "$build/tests/$(basename "$test" .c)"
    done
    run /usr/bin/python3 tests/parity/check_tables.py "$build/tests/check_tables"
}

# The sanitizers' library must come before tclsh's own; tclsh itself keeps what it allocated at
# exit, so leaks are looked for in the C suite and by tests/tcl/job.test.
suite_tcltest() {
    local preload="" test
    if [[ $sanitize == *address* ]]; then
        preload=$(gcc -print-file-name=libasan.so):$(gcc -print-file-name=libubsan.so)
    fi
    for test in tests/tcl/*.test; do
        run env LD_PRELOAD="$preload" ASAN_OPTIONS=detect_leaks=0 SKYCLASS_BUILD="$build" \
            tclsh "$test"
    done
}

suite_fuzztest() {
    run tests/fuzz/run.sh "$build-fuzz" short
}

# Some of make fault's, the same ones every time.
suite_faulttest() {
    run tests/fault/fault.py "$build" "$build/fault/shim.so" 60 20
}

# Keys and windows of a real display now and then miss each other on a busy machine: a suite with a
# failure runs once more, which is said, and the second run counts.
suite_ds9test() {
    local test before
    for test in tests/ds9/*.test; do
        before=("$passed" "$failed" "$skipped")
        run env SKYCLASS_BUILD="$build" tclsh "$test"
        if [ "$failed" -gt "${before[1]}" ]; then
            echo "== again: $test had $((failed - before[1])) failed"
            passed=${before[0]} failed=${before[1]} skipped=${before[2]}
            run env SKYCLASS_BUILD="$build" tclsh "$test"
        fi
    done
}

for suite in "$@"; do
    "suite_$suite"
done
if [ "$skipped" -gt 0 ]; then
    echo "$passed passed, $failed failed, $skipped skipped"
else
    echo "$passed passed, $failed failed"
fi
[ "$failed" -eq 0 ]
