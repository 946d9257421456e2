#!/usr/bin/env bash
# Stage 12: three epochs more for the best of each second training, without augmentation. Options go to train.py.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/lib.sh

train_all train_scripts/pseudo_refine/0[1-5]_*.sh -- "$@"
