#!/usr/bin/env bash
# The demo's detector: CenterNet on timm's smallest ResNet, for minutes on a CPU; two models are kept.
set -euo pipefail
cd "$(dirname "$0")/../.."
source scripts/demo_flow.sh

mojika train-detector --labels "$data/train.csv" --images "$data/train_images" --hold-out "$held_out_book" \
    --model-dir "$models" --prefix 00_detector \
    --architecture centernet --backbone test_resnet --width 48 --from-scratch \
    --tile-size 384 --short-side 400,900 --valid-short-side 640 --batch-size 8 \
    --optimizer adamw --base-lr 0.003 --warmup-steps 50 --lr-steps 600 \
    --iterations 800 --snapshot-every 200 --snapshots 600,800 \
    "$@"
