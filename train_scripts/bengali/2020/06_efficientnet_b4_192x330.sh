#!/usr/bin/env bash
# Solution (b), the command of its README: EfficientNet-B4 from noisy-student weights, 512 images a step in eight parts,
# as on a TPU, 20,010 steps, RAdam, a fifth of them warm-up. Its b4g has gated heads: --head-gate --head-gate-reduction 8.
set -euo pipefail
cd "$(dirname "$0")/../../.."
source scripts/lib.sh bengali_2020

train "$(lists_of "$0")" \
    --model tf_efficientnet_b4.ns_jft_in1k --grayscale --dropout 0.5 --drop-path-rate 0.2 --bn-momentum 0.01 \
    --scale-size 192x330 --input-size 192x330 --rgb-mean 0.053 --rgb-std 0.165 \
    --batch-size 512 --grad-accumulation 8 --val-batch-size 512 --amp auto \
    --loss ce --head-weights 2,1,1 --optimizer radam --base-lr 4e-3 --wd 0 \
    --steps 20010 --lr-schedule warmup-cosine --warmup-share 0.2 --min-lr 4e-7 \
    --eval-every 2000 --disp-batches 500 --best-by score \
    --random-resized-crop-scale 1,1 --random-resized-crop-ratio 1,1 \
    --random-horizontal-flip 0 --random-vertical-flip 0 --random-rotate-degree 0 \
    --jitter-brightness 0 --jitter-contrast 0 \
    --cutmix --cutmix-beta 1 --cutmix-per-sample --cutmix-keep-half --drop-last \
    "$@"
