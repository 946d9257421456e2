#!/usr/bin/env bash
# Stage 8: the five models of the first training read all boxes and vote softly; both detections become one.
# --split val|test (default: both); further options go to `mojika classify`.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/lib.sh
read_options "$@"

models=()
for recipe in train_scripts/0[1-5]_*.sh; do
    models+=("models/$(basename "$recipe" .sh)/best.model")
done
for split in "${splits[@]}"; do
    pages=$(pages_of "$split")
    read=()
    for snapshot in "${snapshots[@]}"; do
        read+=("$output/$split/first_$snapshot.parquet")
        mojika classify "${models[@]}" --boxes "$output/$split/detected_$snapshot.parquet" --images "$pages" \
            --out "${read[-1]}" "${options[@]}"
    done
    mojika nms "${read[@]}" --out "$output/$split/first_nms.parquet"
done
