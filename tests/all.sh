#!/bin/sh
# Every test there is: Rust's, the vectors against their makers, and the Python shell's.
set -eu
cd "$(dirname "$0")/.."

cargo test
# Regenerates the vectors with the interpreters that are there; says which are missing.
python3 tests/vectors/make.py --check --allow-missing
python/test.sh
