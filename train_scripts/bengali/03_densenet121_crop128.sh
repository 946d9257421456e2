#!/usr/bin/env bash
# Recipe (a), DenseNet-121: generalised mean, SiLU in the hidden layer; a little AugMix.
set -euo pipefail
cd "$(dirname "$0")/../.."
source train_scripts/bengali/recipe_a.sh

train_as_in_a --model densenet121 --pooling gem --neck-activation silu \
    --augmix --augmix-p 0.2 --augmix-severity 1 --augmix-width 1 "$@"
