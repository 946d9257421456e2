#!/usr/bin/env bash
# What the five networks of recipe (a) share: one channel, Mish, 512 units between two dropouts, mixup or CutMix in four
# of five batches, OHEM, plateau, the best model by loss. Mean and deviation are those of the competition's images in
# this form. Sourced from the root.
set -euo pipefail

source scripts/lib.sh bengali

# Arguments: further flags.
train_as_in_a() {
    train "$(lists_of "$0")" \
        --grayscale --activation mish --neck 512 --neck-layout norm-drop-linear --dropout 0.5 \
        --scale-size 128 --input-size 128 --rgb-mean 0.0692 --rgb-std 0.2051 \
        --batch-size 128 --val-batch-size 512 \
        --loss ohem --ohem-start 30 --ohem-scale 60 --ohem-floor 0.65 --head-weights 0.7,0.2,0.1 \
        --optimizer adam --base-lr 1e-3 --wd 0 --warmup-epochs 1 \
        --epochs 210 --lr-schedule plateau --lr-patience 5 --lr-factor 0.5 --min-lr 1e-7 --best-by loss \
        --random-resized-crop-scale 0.75,1.0 --random-resized-crop-ratio 0.85,1.18 \
        --random-horizontal-flip 0 --random-vertical-flip 0 --random-rotate-degree 15 \
        --jitter-brightness 0 --jitter-contrast 0 \
        --mix-schedule mixup=0.3,cutmix=0.5 --mixup-alpha 0.9 --cutmix-beta 0.9 --drop-last \
        "$@"
}
