#!/bin/sh
# Every test there is: Rust's, with every feature and with none, and the Python shell's. The environments of Python
# packages that some tests need are made first, so that the tests need not wait for each other.
set -eu
cd "$(dirname "$0")/.."

for environment in modern classic latest torch picklers; do
    tests/oracle/packages.sh "$environment" >/dev/null ||
        echo "all.sh: the environment $environment could not be made; tests that need it say so" >&2
done
cargo test --all-features
cargo test -p brinery-derive
python/test.sh
python/versions.sh 3.9 3.10 3.12 3.13
# Inside the engines that need little; `python/tests/engines/run.sh heavy` runs the others.
target=${CARGO_TARGET_DIR:-$PWD/target}
BRINERY_SCHEDULER=$target/debug/examples/scheduler python/tests/engines/run.sh light
