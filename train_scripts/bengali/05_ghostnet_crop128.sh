#!/usr/bin/env bash
# Recipe (a), GhostNet: generalised mean; GridMask, seven periods a side.
set -euo pipefail
cd "$(dirname "$0")/../.."
source train_scripts/bengali/recipe_a.sh

train_as_in_a --model ghostnet_100 --pooling gem --gridmask --gridmask-p 0.2 \
    --gridmask-period 0.1429,0.1429 --gridmask-keep 0.5 "$@"
