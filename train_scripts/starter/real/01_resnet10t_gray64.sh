#!/usr/bin/env bash
# The starter's classifier goes on learning, from generated and real characters.
set -euo pipefail
cd "$(dirname "$0")/../../.."
source scripts/lib.sh starter

# shellcheck disable=SC2154 # starter_classifier: scripts/settings/starter.sh
train real72 --prefix 01_resnet10t_gray64_real --pretrained "$models/01_resnet10t_gray64/last.model" --epochs 1 \
    --batch-size 128 --base-lr 1e-3 --warmup-share 0.1 --ema-decay 0.99 "${starter_classifier[@]}" "$@"
