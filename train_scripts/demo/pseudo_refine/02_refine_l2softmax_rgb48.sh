#!/usr/bin/env bash
# Refinement of the second training of the demo's classifier 02.
set -euo pipefail

bash "$(dirname "$0")/../refine.sh" 02_l2softmax_rgb48_pseudo 200015779/rgb54_pseudo \
    --prefix 02_refine_l2softmax_rgb48 --l2softmax --l2softmax-temp 0.05 "$@"
