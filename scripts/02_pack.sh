#!/usr/bin/env bash
# Stage 2: the labelled boxes of all training pages as the three packs that recipes 01-05 read.
set -euo pipefail
cd "$(dirname "$0")/.."
data=${MOJIKA_KUZUSHIJI:-input/kuzushiji-recognition}

pack() { # name, pixels, channels
    local name=$1 size=$2 channels=$3
    shift 3
    mojika pack --labels "$data/train.csv" --images "$data/preprocessed/train_images" --out "$data/packs/$name" \
        --scale-size "$size" --channels "$channels" "$@"
}

pack gray210 210 1 "$@"
pack gray124 124 1 "$@"
pack rgb124 124 3 "$@"
