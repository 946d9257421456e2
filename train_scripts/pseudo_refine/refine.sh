#!/usr/bin/env bash
# What the five refinements share: three epochs from the best second model without augmentation, a rate of 1e-5 a sample
# summed over the batch, pseudo-labels at weight 0.9. Sourced from the root by the recipes.
set -euo pipefail

source scripts/lib.sh kuzushiji

# Arguments: the run of the second training, its lists (a folder below $data/splits), further flags.
refine() {
    train "$2" --resume "$models/$1/best.model" --refine --start-epoch 0 --epochs 3 --warmup-epochs 0 \
        --onehot --pseudo-weight 0.9 --optimizer sgd --momentum 0.9 --wd 1e-4 --base-lr 1e-5 \
        --random-resized-crop-scale 0.90,0.90 --random-resized-crop-ratio 1.0,1.0 \
        --random-horizontal-flip 0 --random-vertical-flip 0 --random-rotate-degree 0 \
        --jitter-brightness 0 --jitter-contrast 0 --jitter-saturation 0 --jitter-hue 0 \
        --pca-noise 0 --random-grayscale-prob 0 \
        --l2softmax --l2softmax-temp 0.05 --drop-last "${@:3}"
}
