#!/usr/bin/env bash
# Stage 12: a few epochs more for the best of each second training, without augmentation. Options go to train.py.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/lib.sh kuzushiji "$@"

run_recipes "$recipes/pseudo_refine" "$@"
