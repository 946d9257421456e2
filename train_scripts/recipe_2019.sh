#!/usr/bin/env bash
# What the five classifiers of 2019 share. Sourced from the root by the recipes.
set -euo pipefail

source scripts/lib.sh kuzushiji

# How characters are mixed, and how long and at which rates the network then learns.
# shellcheck disable=SC2034 # the recipes read both
mixup=(--mixup --epochs 80 --lr-step-epochs "20,40,60,70")
# shellcheck disable=SC2034
icap=(--icap --icap-beta 1.0 --icap-prob 0.5 --epochs 90 --cosine-annealing-t-max 86 --cosine-annealing-mult 1)

# Arguments: lists (a folder below $data/splits), further flags.
train_as_in_2019() {
    train "$1" --optimizer sgd --momentum 0.9 --wd 1e-4 --base-lr 0.1 --warmup-epochs 5 \
        --random-resized-crop-scale 0.85,0.90 --random-resized-crop-ratio 0.875,1.14285714 \
        --random-horizontal-flip 0 --random-vertical-flip 0 --random-rotate-degree 3 --random-erasing \
        --l2softmax --l2softmax-temp 0.05 --undersampling 2000 --drop-last "${@:2}"
}
