#!/usr/bin/env bash
# Recipe (a), DenseNet-121: average and maximum side by side; a little AugMix.
set -euo pipefail
cd "$(dirname "$0")/../.."
source train_scripts/bengali/recipe_a.sh

train_as_in_a --model densenet121 --pooling avgmax --augmix --augmix-p 0.2 --augmix-severity 1 --augmix-width 1 "$@"
