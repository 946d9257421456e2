#!/usr/bin/env bash
# The starter's classifier: resnet10t on gray crops of 64 pixels, with an average of the weights.
set -euo pipefail
cd "$(dirname "$0")/../.."
source scripts/lib.sh starter

# shellcheck disable=SC2154 # starter_classifier: scripts/settings/starter.sh
train gray72 --model resnet10t --from-scratch --neck 256 --neck-layout linear-norm --epochs 4 --batch-size 512 \
    --base-lr 3e-3 --warmup-share 0.15 --ema-decay 0.999 "${starter_classifier[@]}" "$@"
