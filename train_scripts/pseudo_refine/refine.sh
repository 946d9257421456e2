#!/usr/bin/env bash
# What the five refinements share: three epochs from the best second model without augmentation, a rate of 1e-5 a sample
# summed over the batch, pseudo-labels at weight 0.9. Arguments: second run, its lists below splits/, further flags.
set -euo pipefail
cd "$(dirname "$0")/../.."
second=$1
lists=${MOJIKA_KUZUSHIJI:-input/kuzushiji-recognition}/splits/$2

python train.py "$lists/train.csv" "$lists/valid.csv" \
    --resume "models/$second/best.model" --refine --start-epoch 0 --epochs 3 --warmup-epochs 0 \
    --onehot --pseudo-weight 0.9 --optimizer sgd --momentum 0.9 --wd 1e-4 --base-lr 1e-5 \
    --random-resized-crop-scale 0.90,0.90 --random-resized-crop-ratio 1.0,1.0 \
    --random-horizontal-flip 0 --random-vertical-flip 0 --random-rotate-degree 0 \
    --jitter-brightness 0 --jitter-contrast 0 --jitter-saturation 0 --jitter-hue 0 \
    --pca-noise 0 --random-grayscale-prob 0 \
    --l2softmax --l2softmax-temp 0.05 --drop-last \
    "${@:3}"
