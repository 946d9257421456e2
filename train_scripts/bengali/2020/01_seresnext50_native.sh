#!/usr/bin/env bash
# Solution (a), SE-ResNeXt-50 32x4d: average and maximum side by side, Mish.
set -euo pipefail
cd "$(dirname "$0")/../../.."
source train_scripts/bengali/2020/recipe_a.sh

train_as_in_a --model se_resnext50_32x4d --pooling avgmax "$@"
