#!/usr/bin/env bash
# Recipe (c): EfficientNet-B3, generalised mean with p = 3 at first, 512 units in front of each head, LARS.
set -euo pipefail
cd "$(dirname "$0")/../.."
source scripts/lib.sh bengali

train "$(lists_of "$0")" \
    --model efficientnet-b3 --grayscale --pooling gem --neck 512 \
    --scale-size 128 --input-size 128 --rgb-mean 0.0692 --rgb-std 0.2051 --batch-size 256 --val-batch-size 512 \
    --loss ce --head-weights 2,1,1 \
    --optimizer lars --momentum 0.9 --base-lr 1 --wd 1e-4 \
    --epochs 60 --lr-schedule warmup-cosine --warmup-epochs 5 --best-by score \
    --random-resized-crop-scale 0.75,1.0 --random-resized-crop-ratio 0.85,1.18 \
    --random-horizontal-flip 0 --random-vertical-flip 0 --random-rotate-degree 15 \
    --jitter-brightness 0 --jitter-contrast 0 --drop-last \
    "$@"
