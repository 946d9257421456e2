#!/usr/bin/env bash
# Stage 3: training and validation lists of every pack, once with each of the reference books held out.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/lib.sh kuzushiji "$@"

for book in "${held_out_books[@]}"; do
    for pack in "${packs[@]}"; do
        name=${pack%% *}
        mojika split "$data/packs/$name" --hold-out "$book" --out "$derived/splits/$book/$name" "${split_options[@]}" "$@"
    done
done
