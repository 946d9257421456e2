#!/usr/bin/env bash
# Detector: Faster R-CNN with ResNet-101, book 200015779 held out; the models of 60k and 100k iterations are kept.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/lib.sh kuzushiji

train_detector --labels "$data/train.csv" --images "$data/preprocessed/train_images" --hold-out 200015779 \
    --architecture faster-rcnn --backbone resnet101 --pretrained timm --freeze-bn \
    --tile-size 1024 --short-side 1000,1600 --batch-size 4 \
    --base-lr 0.01 --lr-steps 50000 --iterations 100000 --snapshot-every 10000 --snapshots 60000,100000 \
    "$@"
