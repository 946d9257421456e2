#!/usr/bin/env bash
# Refinement of the second training of the demo's classifier 02.
set -euo pipefail
cd "$(dirname "$0")/../../.."
source train_scripts/demo/refine.sh

refine_small 02_l2softmax_rgb48_pseudo 200015779/rgb54_pseudo --l2softmax --l2softmax-temp 0.05 "$@"
