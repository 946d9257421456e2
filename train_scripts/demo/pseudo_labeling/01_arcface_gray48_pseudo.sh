#!/usr/bin/env bash
# Second training of the demo's classifier 01: on from the first, pseudo-labelled characters in the training list.
set -euo pipefail
cd "$(dirname "$0")/../../.."
source scripts/lib.sh demo
recipe=01_arcface_gray48

bash "train_scripts/demo/$recipe.sh" --lists 200015779/gray54_pseudo --prefix "${recipe}_pseudo" \
    --resume "$models/$recipe/best.model" --start-epoch 0 --epochs 4 --base-lr 0.05 --warmup-epochs 0.5 \
    --cosine-annealing-t-max 4 "$@"
