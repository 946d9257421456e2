#!/usr/bin/env bash
# Stage 2: the shards of training images as the packs that the recipes read. Options go to `mojika pack`.
set -euo pipefail
cd "$(dirname "$0")/../.."
source scripts/lib.sh bengali "$@"

for pack in "${packs[@]}"; do
    read -r name form <<<"$pack"
    mojika pack --labels "$data/train.csv" --shards "$data/train_image_data_*.parquet" --grapheme-size "$form" \
        --out "$data/packs/$name" "$@"
done
