#!/usr/bin/env bash
# SE-ResNeXt-101 32x4d, RGB 112 px, mixup + RandomErasing, book 200015779 held out.
set -euo pipefail
cd "$(dirname "$0")/.."
source train_scripts/recipe_2019.sh

train_as_in_2019 200015779/rgb124 "${mixup[@]}" \
    --model se_resnext101_32x4d --scale-size 124 --input-size 112 --batch-size 256 --val-batch-size 512 \
    --jitter-brightness 0.2 --jitter-contrast 0.2 --jitter-saturation 0.2 --jitter-hue 0.1 \
    --pca-noise 0.1 --random-grayscale-prob 0.2 "$@"
