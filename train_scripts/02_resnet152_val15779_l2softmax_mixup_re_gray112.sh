#!/usr/bin/env bash
# ResNet-152, gray 112 px, mixup + RandomErasing, book 200015779 held out.
set -euo pipefail
cd "$(dirname "$0")/.."
source train_scripts/recipe_2019.sh

train_as_in_2019 200015779/gray124 "${mixup[@]}" \
    --model resnet152 --from-scratch --grayscale --scale-size 124 --input-size 112 \
    --batch-size 512 --val-batch-size 1024 \
    --jitter-brightness 0.1 --jitter-contrast 0.1 --jitter-saturation 0.1 --jitter-hue 0.05 --pca-noise 0 "$@"
