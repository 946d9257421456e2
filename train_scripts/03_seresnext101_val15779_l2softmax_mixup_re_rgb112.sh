#!/usr/bin/env bash
# SE-ResNeXt-101 32x4d, RGB 112 px, mixup + RandomErasing, book 200015779 held out.
set -euo pipefail
cd "$(dirname "$0")/.."
lists=${MOJIKA_KUZUSHIJI:-input/kuzushiji-recognition}/splits/200015779/rgb124${MOJIKA_LISTS:-}

python train.py "$lists/train.csv" "$lists/valid.csv" \
    --prefix 03_seresnext101_val15779_l2softmax_mixup_re_rgb112 \
    --model se_resnext101_32x4d --scale-size 124 --input-size 112 \
    --batch-size 256 --val-batch-size 512 \
    --optimizer sgd --momentum 0.9 --wd 1e-4 --base-lr 0.1 --warmup-epochs 5 \
    --epochs 80 --lr-step-epochs 20,40,60,70 \
    --random-resized-crop-scale 0.85,0.90 --random-resized-crop-ratio 0.875,1.14285714 \
    --random-horizontal-flip 0 --random-vertical-flip 0 \
    --random-rotate-degree 3 \
    --jitter-brightness 0.2 --jitter-contrast 0.2 --jitter-saturation 0.2 --jitter-hue 0.1 \
    --pca-noise 0.1 --random-grayscale-prob 0.2 \
    --mixup \
    --l2softmax --l2softmax-temp 0.05 --random-erasing --undersampling 2000 --drop-last \
    "$@"
