#!/usr/bin/env bash
# Recipe (a), SE-ResNeXt-50 32x4d: generalised mean; cutout of 16 small squares.
set -euo pipefail

bash "$(dirname "$0")/recipe_a.sh" --prefix 01_seresnext50_crop128 \
    --model se_resnext50_32x4d --pooling gem --cutout --cutout-p 0.2 --cutout-holes 16 --cutout-length 9 "$@"
