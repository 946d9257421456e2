#!/usr/bin/env bash
# Refinement of the second training of recipe 05: ResNet-152, RGB 112 px.
set -euo pipefail

bash "$(dirname "$0")/refine.sh" \
    05_resnet152_val3076_l2softmax_icap_re_rgb112_pseudo 200003076/rgb124_pseudo \
    --prefix 05_refine_resnet152_l2softmax_rgb112 \
    --scale-size 124 --input-size 112 --batch-size 96 --val-batch-size 96 "$@"
