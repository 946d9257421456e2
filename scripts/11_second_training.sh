#!/usr/bin/env bash
# Stage 11: the five models again, on labelled and pseudo-labelled characters. Options go to train.py.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/lib.sh

train_all train_scripts/pseudo_labeling/0[1-5]_*.sh -- "$@"
