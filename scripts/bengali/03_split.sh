#!/usr/bin/env bash
# Stage 3: training and validation lists of every pack: a fold stratified over the three labels, and the same fold with
# a share of the graphemes kept out of training. Options go to `mojika split`.
set -euo pipefail
cd "$(dirname "$0")/../.."
source scripts/lib.sh bengali "$@"

for split in "${splits[@]}"; do
    read -ra words <<<"$split"
    for pack in "${packs[@]}"; do
        name=${pack%% *}
        mojika split "$data/packs/$name" "${words[@]:1}" --out "$data/splits/${words[0]}/$name" "$@"
    done
done
