#!/usr/bin/env bash
# Recipe (a), GhostNet: generalised mean; GridMask, seven periods a side.
set -euo pipefail

bash "$(dirname "$0")/recipe_a.sh" --prefix 05_ghostnet_crop128 \
    --model ghostnet_100 --pooling gem --gridmask --gridmask-p 0.2 --gridmask-period 0.1429,0.1429 --gridmask-keep 0.5 "$@"
