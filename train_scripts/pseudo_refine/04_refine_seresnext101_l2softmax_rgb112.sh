#!/usr/bin/env bash
# Refinement of the second training of recipe 04: SE-ResNeXt-101 32x4d, RGB 112 px.
set -euo pipefail
cd "$(dirname "$0")/../.."
source train_scripts/pseudo_refine/refine.sh

refine 04_seresnext101_val3076_l2softmax_icap_re_rgb112_pseudo 200003076/rgb124_pseudo \
    --scale-size 124 --input-size 112 --batch-size 64 --val-batch-size 64 "$@"
