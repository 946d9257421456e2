#!/usr/bin/env bash
# Stage 10: the surest characters of the test pages as packs, appended to the training lists of all held-out books.
# --force replaces what was made differently.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/lib.sh kuzushiji "$@"

for pack in "${packs[@]}"; do
    read -r name size channels <<<"$pack"
    mojika pseudo-label "$output/test/first_filtered.parquet" --images "$data/preprocessed/test_images" \
        --classes "$data/packs/$name/classes.csv" --scale-size "$size" --channels "$channels" \
        --out "$derived/packs/${name}_pseudo" "${pseudo_options[@]}" "$@"
    for book in "${held_out_books[@]}"; do
        mojika split "$data/packs/$name" --hold-out "$book" --append "$derived/packs/${name}_pseudo" \
            --out "$derived/splits/$book/${name}_pseudo" "${split_options[@]}" "$@"
    done
done
