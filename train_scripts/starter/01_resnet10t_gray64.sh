#!/usr/bin/env bash
# The starter's classifier: resnet10t on gray crops of 64 pixels, with strong augmentation and an average of the weights.
set -euo pipefail
cd "$(dirname "$0")/../.."
source scripts/lib.sh starter

train gray72 --model resnet10t --neck 256 --neck-layout linear-norm --from-scratch --grayscale --scale-size 72 \
    --input-size 64 --rgb-mean 0.5 --rgb-std 0.3 --batch-size 512 --epochs 4 --drop-last --optimizer adamw \
    --base-lr 3e-3 --wd 0.05 --lr-schedule one-cycle --warmup-share 0.15 --label-smoothing 0.05 --ema-decay 0.999 \
    --elastic 0.025 --random-shear-degree 8 --random-resized-crop-scale 0.75,1.0 \
    --random-resized-crop-ratio 0.8,1.25 --random-horizontal-flip 0 --jitter-brightness 0.2 --jitter-contrast 0.3 \
    --random-erasing --random-erasing-p 0.2 "$@"
