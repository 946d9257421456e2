#!/usr/bin/env bash
# Recipe (a), EfficientNet-B4: average and maximum side by side; cutout and a little AugMix.
set -euo pipefail

bash "$(dirname "$0")/recipe_a.sh" --prefix 04_efficientnet_b4_crop128 \
    --model efficientnet-b4 --pooling avgmax --cutout --cutout-p 0.2 --cutout-holes 16 --cutout-length 9 \
    --augmix --augmix-p 0.2 --augmix-severity 1 --augmix-width 1 "$@"
