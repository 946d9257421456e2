#!/usr/bin/env bash
# Refinement of 2019: one epoch at 1e-5, then the rate of the training's schedule after its epoch 66.
set -euo pipefail
cd "$(dirname "$0")/../../.."
source train_scripts/2019/as_in_2019.sh

as_in_2019 train_scripts/pseudo_refine --lr-step-epochs 1 --lr-rates 1e-4 "$@"
