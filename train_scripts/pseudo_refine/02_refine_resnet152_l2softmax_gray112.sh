#!/usr/bin/env bash
# Refinement of the second training of recipe 02: ResNet-152, gray 112 px.
set -euo pipefail
cd "$(dirname "$0")/../.."
source train_scripts/pseudo_refine/refine.sh

refine 02_resnet152_val15779_l2softmax_mixup_re_gray112_pseudo 200015779/gray124_pseudo \
    --grayscale \
    --scale-size 124 --input-size 112 --batch-size 96 --val-batch-size 96 "$@"
