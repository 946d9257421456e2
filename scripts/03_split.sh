#!/usr/bin/env bash
# Stage 3: training and validation lists, once with each of the two reference books held out.
set -euo pipefail
cd "$(dirname "$0")/.."
data=${MOJIKA_KUZUSHIJI:-input/kuzushiji-recognition}

for book in 200015779 200003076; do
    for pack in gray210 gray124 rgb124; do
        mojika split "$data/packs/$pack" --hold-out "$book" --out "$data/splits/$book/$pack" "$@"
    done
done
