#!/usr/bin/env bash
# Solution (c): EfficientNet-B3 on levels from 0 to 255, generalised mean, 512 units without activation for all heads
# together, LARS from 2e-3 to 2e-5 (2 to 0.02 here, times the trust coefficient of 0.001).
set -euo pipefail
cd "$(dirname "$0")/../../.."
source scripts/lib.sh bengali_2020

train "$(lists_of "$0")" \
    --model efficientnet-b3 --grayscale --pooling gem --neck 512 --neck-layout linear-norm --neck-shared \
    --dropout 0.2 --drop-path-rate 0.2 --bn-momentum 0.01 \
    --scale-size 128 --input-size 128 --rgb-mean 0 --rgb-std 0.00392156862745098 \
    --batch-size 16 --val-batch-size 256 --amp off \
    --loss ce --head-weights 2,1,1 --optimizer lars --momentum 0 --base-lr 2 --wd 1e-3 \
    --epochs 15 --lr-schedule warmup-cosine --warmup-epochs 0 --min-lr 0.02 --best-by score \
    --random-resized-crop-scale 1,1 --random-resized-crop-ratio 1,1 \
    --random-horizontal-flip 0 --random-vertical-flip 0 --random-rotate-degree 0 \
    --jitter-brightness 0 --jitter-contrast 0 \
    --shift-scale-rotate --shift-scale-rotate-p 1 \
    --grid-distortion --grid-distortion-p 0.1 --grid-distortion-limit 0.05 \
    --optical-distortion --optical-distortion-p 0.1 --optical-distortion-limit 0.05 \
    --gaussian-noise --gaussian-noise-p 0.133 --gaussian-noise-variance 1.54e-5 \
    --blur --blur-p 0.133 --gaussian-blur --gaussian-blur-p 0.133 --gamma --gamma-p 0.8 \
    "$@"
