#!/usr/bin/env bash
# Recipe (a), SE-ResNeXt-101 32x4d: generalised mean; GridMask, seven periods a side. It teaches GhostNet later.
set -euo pipefail

bash "$(dirname "$0")/recipe_a.sh" --prefix 02_seresnext101_crop128 \
    --model se_resnext101_32x4d --pooling gem --gridmask --gridmask-p 0.2 --gridmask-period 0.1429,0.1429 --gridmask-keep 0.5 "$@"
