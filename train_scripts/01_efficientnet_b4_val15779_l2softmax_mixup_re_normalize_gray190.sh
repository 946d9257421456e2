#!/usr/bin/env bash
# EfficientNet-B4, gray 190 px, mixup + RandomErasing, book 200015779 held out.
set -euo pipefail
cd "$(dirname "$0")/.."
source train_scripts/recipe_2019.sh

train_as_in_2019 200015779/gray210 "${mixup[@]}" \
    --model efficientnet-b4 --from-scratch --grayscale --scale-size 210 --input-size 190 \
    --rgb-mean 0.589 --rgb-std 0.364 --batch-size 128 --val-batch-size 256 \
    --jitter-brightness 0.1 --jitter-contrast 0.1 --jitter-saturation 0.1 --jitter-hue 0.05 --pca-noise 0 "$@"
