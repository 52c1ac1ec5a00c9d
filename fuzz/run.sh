#!/usr/bin/env bash
# Runs the fuzz targets one after the other, and prints a row of docs/fuzzing.md for each.
#
#     fuzz/run.sh [SECONDS] [TARGET...]
#
# SECONDS for each target, 60 if not said; all targets if none is named. What is found lies in
# fuzz/artifacts/TARGET, what is reached in fuzz/corpus/TARGET. Ends with 1 if anything was found.
# FUZZ_TARGET_DIR is where it is built, if not in fuzz/target. With FUZZ_RUNS each target ends after so many executions,
# with the same changes each time: so a run says something of the code, and not of its luck.
set -euo pipefail
cd "$(dirname "$0")/.."
export CARGO_TERM_COLOR=never

seconds=${1:-60}
shift || true
if [ $# -gt 0 ]; then targets=("$@"); else mapfile -t targets < <(ls fuzz/fuzz_targets | sed 's/\.rs$//'); fi

if ! cargo fuzz --version >/dev/null 2>&1; then
    echo "run.sh: cargo-fuzz is missing, and is installed" >&2
    cargo install cargo-fuzz --version 0.13.2 --locked
fi
if ! cargo +nightly --version >/dev/null 2>&1; then
    echo "run.sh: the fuzzer needs a nightly Rust: rustup toolchain install nightly --profile minimal" >&2
    exit 1
fi

built=$(realpath -m "${FUZZ_TARGET_DIR:-fuzz/target}")
# There is no unsafe code for a sanitizer to look at, and without one it builds and runs in less than half of the time.
cargo +nightly fuzz build --sanitizer none --target-dir "$built" >&2
host=$(rustc +nightly -vV | sed -n 's/^host: //p')

# The seeds that a target starts from.
seeds() {
    case $1 in
        structured) echo choices ;;
        function) echo functions ;;
        marshal) echo marshalled ;;
        archive) echo archives ;;
        *) echo pickles ;;
    esac
}

failed=0
echo "| target | executions | CPU time (s) | edges | features | findings | date |"
echo "|---|---|---|---|---|---|---|"
for target in "${targets[@]}"; do
    corpus=fuzz/corpus/$target
    artifacts=fuzz/artifacts/$target
    mkdir -p "$corpus" "$artifacts"
    log=$(mktemp)
    TIMEFORMAT='%U %S'
    status=0
    used=$({ time "$built/$host/release/$target" "$corpus" "fuzz/seeds/$(seeds "$target")" \
        -max_total_time="$seconds" ${FUZZ_RUNS:+-runs="$FUZZ_RUNS" -seed=1} -timeout=20 -rss_limit_mb=2048 -max_len="${FUZZ_MAX_LEN:-2048}" \
        -artifact_prefix="$artifacts/" -print_final_stats=1 >"$log" 2>&1; } 2>&1) || status=$?
    cpu=$(awk '{ printf "%d", $1 + $2 }' <<<"$used")
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log" | tail -n 1)
    edges=$(grep -o 'cov: [0-9]*' "$log" | tail -n 1 | cut -d' ' -f2 || true)
    features=$(grep -o 'ft: [0-9]*' "$log" | tail -n 1 | cut -d' ' -f2 || true)
    findings=0
    if [ "$status" -ne 0 ]; then
        failed=1
        findings=1
        { echo "run.sh: $target ended with $status"; tail -n 60 "$log"; } >&2
    fi
    echo "| $target | ${runs:-?} | $cpu | ${edges:-?} | ${features:-?} | $findings | $(date -u +%F) |"
    rm -f "$log"
done
exit "$failed"
