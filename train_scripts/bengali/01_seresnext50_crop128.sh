#!/usr/bin/env bash
# Recipe (a), SE-ResNeXt-50 32x4d: average and maximum side by side; cutout of 16 small squares.
set -euo pipefail
cd "$(dirname "$0")/../.."
source train_scripts/bengali/recipe_a.sh

train_as_in_a --model se_resnext50_32x4d --pooling avgmax --cutout --cutout-p 0.2 --cutout-holes 16 --cutout-length 9 "$@"
