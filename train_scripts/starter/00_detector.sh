#!/usr/bin/env bash
# The starter's detector: CenterNet on a small ResNet, from random weights, on generated pages and openings.
set -euo pipefail
cd "$(dirname "$0")/../.."
source scripts/lib.sh starter

# shellcheck disable=SC2154 # held_out_book: scripts/settings/starter.sh
train_detector --architecture centernet --backbone resnet10t --width 64 --shared-head --from-scratch \
    --labels "$data/pages/train.csv" --images "$data/pages/train_images" --hold-out "$held_out_book" \
    --tile-size 512 --short-side 600,1100 --valid-short-side 850 --batch-size 16 --optimizer adamw --wd 0.01 \
    --base-lr 0.002 --warmup-steps 500 --lr-steps 14000,18000 --lr-factor 0.2 --iterations 20000 \
    --snapshot-every 2000 --snapshots 20000 "$@"
