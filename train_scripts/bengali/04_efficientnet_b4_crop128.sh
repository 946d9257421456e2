#!/usr/bin/env bash
# Recipe (a), EfficientNet-B4: generalised mean, its own activation throughout; cutout and a little AugMix.
set -euo pipefail
cd "$(dirname "$0")/../.."
source train_scripts/bengali/recipe_a.sh

train_as_in_a --model efficientnet-b4 --pooling gem --activation silu \
    --cutout --cutout-p 0.2 --cutout-holes 16 --cutout-length 9 \
    --augmix --augmix-p 0.2 --augmix-severity 1 --augmix-width 1 "$@"
