#!/usr/bin/env bash
# Recipe (a), SE-ResNeXt-101 32x4d: average and maximum side by side; GridMask, seven periods a side. It teaches
# GhostNet later.
set -euo pipefail
cd "$(dirname "$0")/../.."
source train_scripts/bengali/recipe_a.sh

train_as_in_a --model se_resnext101_32x4d --pooling avgmax --gridmask --gridmask-p 0.2 \
    --gridmask-period 0.1429,0.1429 --gridmask-keep 0.5 "$@"
