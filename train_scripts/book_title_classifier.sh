#!/usr/bin/env bash
# SE-ResNeXt-50 on whole pages, RGB 224 px, ICAP + RandomErasing: the book of a page. Lists: scripts/extra/books.sh.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/lib.sh kuzushiji

train books/rgb256 \
    --model se_resnext50_32x4d --scale-size 256 --input-size 224 \
    --batch-size 64 --val-batch-size 128 \
    --optimizer sgd --wd 5e-4 --base-lr 0.1 --warmup-epochs 5 \
    --epochs 60 --lr-step-epochs 15,30,45 \
    --random-resized-crop-scale 0.85,1.0 --random-resized-crop-ratio 0.875,1.14285714 \
    --random-horizontal-flip 0.0 --random-vertical-flip 0.0 \
    --jitter-brightness 0.2 --jitter-contrast 0.2 --jitter-saturation 0.2 --jitter-hue 0.1 --pca-noise 0.1 \
    --icap --icap-beta 2.0 --simple-label --random-erasing --drop-last \
    "$@"
