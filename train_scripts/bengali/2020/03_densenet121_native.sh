#!/usr/bin/env bash
# Solution (a), DenseNet-121: generalised mean; Mish in the network, SiLU in the hidden layer.
set -euo pipefail
cd "$(dirname "$0")/../../.."
source train_scripts/bengali/2020/recipe_a.sh

train_as_in_a --model densenet121 --pooling gem --neck-activation silu "$@"
