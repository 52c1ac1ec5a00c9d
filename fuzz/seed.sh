#!/usr/bin/env bash
# Makes fuzz/seeds anew: of what gather.py gathers, the smallest files that reach all that it reaches.
#
#     fuzz/seed.sh [PATH...]      folders of picklers, see gather.py
set -euo pipefail
cd "$(dirname "$0")/.."

built=$(realpath -m "${FUZZ_TARGET_DIR:-fuzz/target}")
host=$(rustc +nightly -vV | sed -n 's/^host: //p')
gathered=$(mktemp -d)
trap 'rm -rf "$gathered"' EXIT
python3.13 fuzz/gather.py "$gathered" "$@"

# Adds to a folder of seeds what a target reaches by no other seed.
merge() {
    local target=$1 folder=fuzz/seeds/$2 limit=$3 from=("$gathered/$2")
    mkdir -p "$folder"
    "$built/$host/release/$target" -merge=1 -max_len="$limit" -timeout=20 "$folder" "$gathered/$2" 2>/dev/null
    echo "$target: $(ls "$folder" | wc -l) seeds, $(cat "$folder"/* | wc -c) bytes in $folder"
}

rm -rf fuzz/seeds
merge load pickles 1500
merge structured choices 400
merge function functions 6000
merge marshal marshalled 1500
merge archive archives 3000
