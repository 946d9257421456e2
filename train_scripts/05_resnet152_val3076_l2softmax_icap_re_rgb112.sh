#!/usr/bin/env bash
# ResNet-152, RGB 112 px, ICAP + RandomErasing, book 200003076 held out.
set -euo pipefail
cd "$(dirname "$0")/.."
lists=${MOJIKA_KUZUSHIJI:-input/kuzushiji-recognition}/splits/200003076/rgb124${MOJIKA_LISTS:-}

python train.py "$lists/train.csv" "$lists/valid.csv" \
    --prefix 05_resnet152_val3076_l2softmax_icap_re_rgb112 \
    --model resnet152 --scale-size 124 --input-size 112 \
    --batch-size 512 --val-batch-size 1024 \
    --optimizer sgd --momentum 0.9 --wd 1e-4 --base-lr 0.1 --warmup-epochs 5 \
    --epochs 90 --cosine-annealing-t-max 86 --cosine-annealing-mult 1 --cosine-annealing-eta-min 1e-7 \
    --random-resized-crop-scale 0.85,0.90 --random-resized-crop-ratio 0.875,1.14285714 \
    --random-horizontal-flip 0 --random-vertical-flip 0 \
    --random-rotate-degree 3 \
    --jitter-brightness 0.25 --jitter-contrast 0.25 --jitter-saturation 0.25 --jitter-hue 0.125 \
    --pca-noise 0.125 --random-grayscale-prob 0.2 \
    --icap --icap-beta 1.0 --icap-prob 0.5 \
    --l2softmax --l2softmax-temp 0.05 --random-erasing --undersampling 2000 --drop-last \
    "$@"
