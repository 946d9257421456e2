#!/usr/bin/env bash
# The demo's detector, from random weights; two models are kept.
set -euo pipefail
cd "$(dirname "$0")/../.."
source train_scripts/demo/detector.sh

train_small_detector --from-scratch \
    --labels "$data/train.csv" --images "$data/train_images" --hold-out "${held_out_books[0]}" \
    --base-lr 0.003 --warmup-steps 50 --lr-steps 360,440 --lr-factor 0.2 --iterations 500 --snapshot-every 100 \
    --snapshots 400,500 "$@"
