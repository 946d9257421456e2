#!/usr/bin/env bash
# ResNet-152, gray 112 px, mixup + RandomErasing, book 200015779 held out.
set -euo pipefail
cd "$(dirname "$0")/.."
lists=${MOJIKA_KUZUSHIJI:-input/kuzushiji-recognition}/splits/200015779/gray124${MOJIKA_LISTS:-}

python train.py "$lists/train.csv" "$lists/valid.csv" \
    --prefix 02_resnet152_val15779_l2softmax_mixup_re_gray112 \
    --model resnet152 --from-scratch --grayscale --scale-size 124 --input-size 112 \
    --batch-size 512 --val-batch-size 1024 \
    --optimizer sgd --momentum 0.9 --wd 1e-4 --base-lr 0.1 --warmup-epochs 5 \
    --epochs 80 --lr-step-epochs 20,40,60,70 \
    --random-resized-crop-scale 0.85,0.90 --random-resized-crop-ratio 0.875,1.14285714 \
    --random-horizontal-flip 0 --random-vertical-flip 0 \
    --random-rotate-degree 3 \
    --jitter-brightness 0.1 --jitter-contrast 0.1 --jitter-saturation 0.1 --jitter-hue 0.05 --pca-noise 0 \
    --mixup \
    --l2softmax --l2softmax-temp 0.05 --random-erasing --undersampling 2000 --drop-last \
    "$@"
