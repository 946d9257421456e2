#!/usr/bin/env bash
# Refinement of the second training of recipe 03: SE-ResNeXt-101 32x4d, RGB 112 px.
set -euo pipefail
cd "$(dirname "$0")/../.."
source train_scripts/pseudo_refine/refine.sh

refine 03_seresnext101_val15779_l2softmax_mixup_re_rgb112_pseudo 200015779/rgb124_pseudo \
    --scale-size 124 --input-size 112 --batch-size 96 --val-batch-size 96 "$@"
