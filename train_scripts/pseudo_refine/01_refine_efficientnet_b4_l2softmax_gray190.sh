#!/usr/bin/env bash
# Refinement of the second training of recipe 01: EfficientNet-B4, gray 190 px.
set -euo pipefail

bash "$(dirname "$0")/refine.sh" \
    01_efficientnet_b4_val15779_l2softmax_mixup_re_normalize_gray190_pseudo 200015779/gray210_pseudo \
    --prefix 01_refine_efficientnet_b4_l2softmax_gray190 \
    --grayscale --rgb-mean 0.589 --rgb-std 0.364 \
    --scale-size 210 --input-size 190 --batch-size 96 --val-batch-size 96 "$@"
