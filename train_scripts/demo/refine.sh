#!/usr/bin/env bash
# What the demo's refinements share, in small what train_scripts/pseudo_refine/refine.sh does: no augmentation, a rate of
# 1e-5 a sample summed over the batch, pseudo-labels at weight 0.9. Sourced from the root by the recipes.
set -euo pipefail

source scripts/lib.sh demo

# Arguments: the run of the second training, its lists (a folder below $data/splits), further flags.
refine_small() {
    train "$2" \
        --resume "$models/$1/best.model" --refine --start-epoch 0 --epochs 1 --warmup-epochs 0 \
        --onehot --pseudo-weight 0.9 --base-lr 1e-5 --batch-size 128 --scale-size 54 --input-size 48 \
        --rgb-mean 0.5 --rgb-std 0.3 --random-resized-crop-scale 0.79,0.79 --random-resized-crop-ratio 1.0,1.0 \
        --random-horizontal-flip 0 --drop-last --channels-last on --disp-batches 50 \
        "${@:3}"
}
