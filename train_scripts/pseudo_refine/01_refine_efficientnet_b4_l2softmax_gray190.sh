#!/usr/bin/env bash
# Refinement of the second training of recipe 01: EfficientNet-B4, gray 190 px.
set -euo pipefail
cd "$(dirname "$0")/../.."
source train_scripts/pseudo_refine/refine.sh

refine 01_efficientnet_b4_val15779_l2softmax_mixup_re_normalize_gray190_pseudo 200015779/gray210_pseudo \
    --grayscale --rgb-mean 0.589 --rgb-std 0.364 \
    --scale-size 210 --input-size 190 --batch-size 96 --val-batch-size 96 "$@"
