#!/usr/bin/env bash
# Stage 11: the same models again, on labelled and pseudo-labelled characters. Options go to train.py.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/lib.sh kuzushiji "$@"

run_recipes "$recipes/pseudo_labeling" "$@"
