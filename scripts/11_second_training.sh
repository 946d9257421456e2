#!/usr/bin/env bash
# Stage 11: the same models again, on labelled and pseudo-labelled characters. Options go to train.py.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/lib.sh

train_all "$recipes"/pseudo_labeling/0[1-9]_*.sh -- "$@"
