#!/usr/bin/env bash
# Recipe (b): EfficientNet-B4 with noisy-student weights on whole images of 192 x 330 pixels, CutMix with a box of at
# most half of each image and no other augmentation, Ranger, warm-up for a fifth of the steps and then half a cosine, the best of many validations by score.
set -euo pipefail
cd "$(dirname "$0")/../.."
source scripts/lib.sh bengali

train "$(lists_of "$0")" \
    --model tf_efficientnet_b4.ns_jft_in1k --grayscale --dropout 0.5 --head-gate --head-gate-reduction 8 \
    --scale-size 192x330 --input-size 192x330 --rgb-mean 0.053 --rgb-std 0.165 \
    --batch-size 64 --val-batch-size 256 --amp auto \
    --loss ce --head-weights 2,1,1 \
    --optimizer ranger --base-lr 1e-3 --wd 1e-4 \
    --epochs 60 --lr-schedule warmup-cosine --warmup-share 0.2 --eval-every 1000 --best-by score \
    --random-resized-crop-scale 1,1 --random-resized-crop-ratio 1,1 \
    --random-horizontal-flip 0 --random-vertical-flip 0 --random-rotate-degree 0 \
    --jitter-brightness 0 --jitter-contrast 0 \
    --cutmix --cutmix-beta 1 --cutmix-per-sample --cutmix-keep-half --drop-last \
    "$@"
