#!/usr/bin/env bash
# ResNet-152, RGB 112 px, ICAP + RandomErasing, book 200003076 held out.
set -euo pipefail
cd "$(dirname "$0")/.."
source train_scripts/recipe_2019.sh

train_as_in_2019 200003076/rgb124 "${icap[@]}" --cosine-annealing-eta-min 1e-7 \
    --model resnet152 --scale-size 124 --input-size 112 --batch-size 512 --val-batch-size 1024 \
    --jitter-brightness 0.25 --jitter-contrast 0.25 --jitter-saturation 0.25 --jitter-hue 0.125 \
    --pca-noise 0.125 --random-grayscale-prob 0.2 "$@"
