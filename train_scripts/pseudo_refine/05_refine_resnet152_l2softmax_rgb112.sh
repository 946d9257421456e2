#!/usr/bin/env bash
# Refinement of the second training of recipe 05: ResNet-152, RGB 112 px.
set -euo pipefail
cd "$(dirname "$0")/../.."
source train_scripts/pseudo_refine/refine.sh

refine 05_resnet152_val3076_l2softmax_icap_re_rgb112_pseudo 200003076/rgb124_pseudo \
    --scale-size 124 --input-size 112 --batch-size 96 --val-batch-size 96 "$@"
