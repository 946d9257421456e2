#!/usr/bin/env bash
# Refinement of the second training of the demo's classifier 01.
set -euo pipefail
cd "$(dirname "$0")/../../.."
source train_scripts/demo/refine.sh

refine_small 01_arcface_gray48_pseudo 200015779/gray54_pseudo --grayscale --arcface --arcface-m 0.2 "$@"
