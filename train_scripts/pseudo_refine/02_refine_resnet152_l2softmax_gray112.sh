#!/usr/bin/env bash
# Refinement of the second training of recipe 02: ResNet-152, gray 112 px.
set -euo pipefail

bash "$(dirname "$0")/refine.sh" \
    02_resnet152_val15779_l2softmax_mixup_re_gray112_pseudo 200015779/gray124_pseudo \
    --prefix 02_refine_resnet152_l2softmax_gray112 \
    --grayscale \
    --scale-size 124 --input-size 112 --batch-size 96 --val-batch-size 96 "$@"
