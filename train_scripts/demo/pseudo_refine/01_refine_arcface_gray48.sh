#!/usr/bin/env bash
# Refinement of the second training of the demo's classifier 01.
set -euo pipefail

bash "$(dirname "$0")/../refine.sh" 01_arcface_gray48_pseudo 200015779/gray54_pseudo \
    --prefix 01_refine_arcface_gray48 --grayscale --arcface --arcface-m 0.2 "$@"
