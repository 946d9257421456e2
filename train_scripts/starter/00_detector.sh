#!/usr/bin/env bash
# The starter's detector: CenterNet on timm's smallest ResNet, from random weights, on generated pages and openings.
set -euo pipefail
cd "$(dirname "$0")/../.."
source scripts/lib.sh starter

# shellcheck disable=SC2154 # held_out_book: scripts/settings/starter.sh
train_detector --architecture centernet --backbone test_resnet --width 48 --shared-head --from-scratch \
    --labels "$data/pages/train.csv" --images "$data/pages/train_images" --hold-out "$held_out_book" \
    --tile-size 320 --short-side 650,1350 --valid-short-side 1000 --batch-size 8 --optimizer adamw --wd 0.01 \
    --base-lr 0.002 --warmup-steps 50 --lr-steps 2000 --iterations 2500 --snapshot-every 2500 --snapshots 2500 "$@"
