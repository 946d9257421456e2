#!/usr/bin/env bash
# Recipe (a), DenseNet-121: average and maximum side by side; a little AugMix.
set -euo pipefail

bash "$(dirname "$0")/recipe_a.sh" --prefix 03_densenet121_crop128 \
    --model densenet121 --pooling avgmax --augmix --augmix-p 0.2 --augmix-severity 1 --augmix-width 1 "$@"
