#!/usr/bin/env bash
# Stage 2: the labelled boxes of all training pages as the packs that the recipes read. Options go to `mojika pack`.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/lib.sh kuzushiji "$@"

for pack in "${packs[@]}"; do
    read -r name size channels <<<"$pack"
    mojika pack --labels "$data/train.csv" --images "$data/preprocessed/train_images" --out "$data/packs/$name" \
        --scale-size "$size" --channels "$channels" "$@"
done
