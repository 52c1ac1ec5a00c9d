#!/usr/bin/env bash
# The long run of what tests hold against live CPythons: which streams are read, and as what; which names are asked for
# by what is said to be safe; and what splices load to. Nothing is imported or called by those Pythons.
#
#     fuzz/differential.sh [ROUNDS] [FIRST]
#
# So many rounds (10 if not said), each with a seed of its own from FIRST on (1000), that is, with other streams. A round
# is about 30,000 streams. Ends with the first round that finds something; BRINERY_SEED repeats it.
set -euo pipefail
cd "$(dirname "$0")/.."

rounds=${1:-10}
first=${2:-1000}
export BRINERY_SEED
for ((BRINERY_SEED = first; BRINERY_SEED < first + rounds; BRINERY_SEED++)); do
    echo "round $((BRINERY_SEED - first + 1)) of $rounds, BRINERY_SEED=$BRINERY_SEED"
    cargo test --quiet --test decisions --test fuzzed_live --test splice -- --nocapture
done
