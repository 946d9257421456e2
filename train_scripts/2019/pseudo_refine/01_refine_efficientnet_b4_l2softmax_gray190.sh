#!/usr/bin/env bash
# Refinement of 2019: one epoch at 1e-5, then the rates of the training's schedule, from its epoch 54 to 80.
set -euo pipefail
cd "$(dirname "$0")/../../.."
source train_scripts/2019/as_in_2019.sh

as_in_2019 train_scripts/pseudo_refine --epochs 26 --lr-step-epochs 1,6,16 --lr-rates 1e-3,1e-4,1e-5 "$@"
