#!/usr/bin/env bash
# EfficientNet-B4, gray 190 px, mixup + RandomErasing, book 200015779 held out.
set -euo pipefail
cd "$(dirname "$0")/.."
lists=${MOJIKA_KUZUSHIJI:-input/kuzushiji-recognition}/splits/200015779/gray210${MOJIKA_LISTS:-}

python train.py "$lists/train.csv" "$lists/valid.csv" \
    --prefix 01_efficientnet_b4_val15779_l2softmax_mixup_re_normalize_gray190 \
    --model efficientnet-b4 --from-scratch --grayscale --scale-size 210 --input-size 190 \
    --rgb-mean 0.589 --rgb-std 0.364 \
    --batch-size 128 --val-batch-size 256 \
    --optimizer sgd --momentum 0.9 --wd 1e-4 --base-lr 0.1 --warmup-epochs 5 \
    --epochs 80 --lr-step-epochs 20,40,60,70 \
    --random-resized-crop-scale 0.85,0.90 --random-resized-crop-ratio 0.875,1.14285714 \
    --random-horizontal-flip 0 --random-vertical-flip 0 \
    --random-rotate-degree 3 \
    --jitter-brightness 0.1 --jitter-contrast 0.1 --jitter-saturation 0.1 --jitter-hue 0.05 --pca-noise 0 \
    --mixup \
    --l2softmax --l2softmax-temp 0.05 --random-erasing --undersampling 2000 --drop-last \
    "$@"
