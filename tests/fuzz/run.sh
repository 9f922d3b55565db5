#!/bin/bash
# Runs the fuzz targets: run.sh BUILD short, or run.sh BUILD long HOURS MINUTES ?TARGET ...?
# Short: each target's own number of inputs (below), the same ones every time; a minute in all.
# Long: HOURS in all, or MINUTES a target, one after the other; new inputs are kept in BUILD/corpus.
# Findings are left in BUILD/findings. Ends with "N passed, N failed".
set -u
cd "$(dirname "$0")/../.." || exit 1
build=$1 mode=$2
findings=$build/findings
passed=0 failed=0
mkdir -p "$findings"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# How many inputs about two seconds are good for. A target that is not named here gets 1000.
declare -A runs=(
    [checkpoint]=2000 [dataset]=1000 [image]=1500 [model]=500 [keras]=400 [onnx_network]=6000 [options]=80000 [pickle]=20000
    [recipe]=15000
    [region]=8000 [journal]=20000 [rice]=200000 [settings]=20000 [source]=1500 [votable]=4000 [table]=25000
    [table_fits]=1000 [wcs]=5000 [weights_legacy]=12000 [weights_onnx]=60000
    [weights_safetensors]=30000 [weights_zip]=6000
)

# Where a target begins: its committed corpus, and files that other tests have anyway.
seeds() {
    [ -d "tests/fuzz/corpus/$1" ] && echo "tests/fuzz/corpus/$1"
    case $1 in
    region) echo tests/unit/data/regions ;;
    weights_*) echo tests/parity/weights ;;
    keras) echo tests/unit/data/keras ;;
    onnx_network) echo tests/unit/data/onnx ;;
    esac
}

# run TARGET DIRECTORY-OF-NEW-INPUTS OPTIONS ...
run() {
    local target=$1 corpus=$2 log=$scratch/$1.log dictionary=tests/fuzz/dictionaries/$1 status
    shift 2
    [ -f "$dictionary" ] && set -- "$@" "-dict=$dictionary"
    mkdir -p "$corpus"
    # shellcheck disable=SC2046 # a list of directories
    "$build/fuzz/$target" "$@" -max_len=60000 -timeout=20 -rss_limit_mb=3000 -malloc_limit_mb=3000 \
        -artifact_prefix="$findings/$target-" "$corpus" $(seeds "$target") >"$log" 2>&1
    status=$?
    if [ $status -eq 0 ]; then
        echo "$target: $(sed -n 's/^Done //p' "$log"), $(sed -n 's/.*\(cov: [0-9]*\).*/\1/p' "$log" |
            tail -1), corpus $(find "$corpus" -type f | wc -l)"
        passed=$((passed + 1))
    else
        grep -E 'ERROR|runtime error|^fuzz:|SUMMARY|    #[0-9] |Test unit written' "$log" | head -30
        echo "$target: a finding"
        failed=$((failed + 1))
    fi
}

short() {
    local program
    for program in "$build"/fuzz/*; do
        run "${program##*/}" "$scratch/${program##*/}" -seed=1 -runs="${runs[${program##*/}]:-1000}"
    done
}

long() {
    local hours=$1 minutes=$2 target seconds
    shift 2
    # shellcheck disable=SC2046 # a list of names
    [ $# -gt 0 ] || set -- $(ls "$build/fuzz")
    seconds=$((hours * 3600 / $#))
    [ -z "$minutes" ] || seconds=$((minutes * 60))
    for target in "$@"; do
        run "$target" "$build/corpus/$target" -max_total_time="$seconds" -print_final_stats=1
    done
}

"$mode" "${@:3}"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
