#!/usr/bin/env bash
# Solution (a), EfficientNet-B4: generalised mean, SiLU, stochastic depth.
set -euo pipefail
cd "$(dirname "$0")/../../.."
source train_scripts/bengali/2020/recipe_a.sh

train_as_in_a --model efficientnet-b4 --pooling gem --activation silu --drop-path-rate 0.2 --bn-momentum 0.01 "$@"
