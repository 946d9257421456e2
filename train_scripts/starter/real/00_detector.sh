#!/usr/bin/env bash
# The starter's detector goes on learning, from generated and labelled real pages.
set -euo pipefail
cd "$(dirname "$0")/../../.."
source scripts/lib.sh starter

# shellcheck disable=SC2154 # held_out_book, measured_book: scripts/settings/starter.sh
train_detector --prefix 00_detector_real --architecture centernet --backbone test_resnet --width 48 --shared-head \
    --resume "$models/00_detector/best.model" --repeat-books "$measured_book" --repeats 8 \
    --labels "$data/mixed_pages/train.csv" --images "$data/mixed_pages/train_images" --hold-out "$held_out_book" \
    --tile-size 320 --short-side 650,1350 --valid-short-side 1000 --batch-size 8 --optimizer adamw --wd 0.01 \
    --base-lr 0.002 --warmup-steps 50 --lr-steps 1900,2300 --lr-factor 0.2 --iterations 2500 --snapshot-every 2500 \
    --snapshots 2500 "$@"
