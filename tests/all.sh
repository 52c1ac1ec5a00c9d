#!/bin/sh
# Every test there is: Rust's, and the Python shell's.
set -eu
cd "$(dirname "$0")/.."

cargo test
python/test.sh
