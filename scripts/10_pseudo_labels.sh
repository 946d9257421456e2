#!/usr/bin/env bash
# Stage 10: the surest characters of the test pages as packs, appended to the training lists of both held-out books.
# --force replaces what was made differently.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/lib.sh

pseudo_label() { # pack, pixels, channels
    mojika pseudo-label "$output/test/first_filtered.parquet" --images "$data/preprocessed/test_images" \
        --classes "$data/packs/$1/classes.csv" --scale-size "$2" --channels "$3" --out "$data/packs/$1_pseudo" "${@:4}"
    for book in 200015779 200003076; do
        mojika split "$data/packs/$1" --hold-out "$book" --append "$data/packs/$1_pseudo" \
            --out "$data/splits/$book/$1_pseudo" "${@:4}"
    done
}

pseudo_label gray210 210 1 "$@"
pseudo_label gray124 124 1 "$@"
pseudo_label rgb124 124 3 "$@"
