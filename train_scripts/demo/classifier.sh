#!/usr/bin/env bash
# What the demo's classifiers share: a network of 0.1 M parameters at 48 pixels and one cosine, for minutes on a CPU.
# Sourced from the root by the recipes.
set -euo pipefail

source scripts/lib.sh demo

# Arguments: lists (a folder below $data/splits), further flags.
train_small_classifier() {
    train "$1" \
        --model test_resnet --from-scratch --scale-size 54 --input-size 48 --rgb-mean 0.5 --rgb-std 0.3 \
        --batch-size 128 --warmup-epochs 1 --epochs 8 --cosine-annealing-t-max 7 --cosine-annealing-mult 1 \
        --cosine-annealing-eta-min 1e-4 \
        --random-horizontal-flip 0 --random-rotate-degree 5 --random-resized-crop-scale 0.7,1.0 --random-erasing \
        --undersampling 2000 --drop-last --channels-last on --disp-batches 50 \
        "${@:2}"
}
