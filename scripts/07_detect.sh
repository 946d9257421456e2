#!/usr/bin/env bash
# Stage 7: find the characters of all pages, once with each snapshot of the detector.
# --split val|test (default: both); further options go to `mojika detect`.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/lib.sh kuzushiji "$@"
parse_options "$@"

for split in "${splits[@]}"; do
    pages=$(pages_of "$split" "$detector_sees")
    for snapshot in "${snapshots[@]}"; do
        mojika detect "$models/00_detector/iteration-$snapshot.model" --images "$pages" \
            --out "$output/$split/detected_$snapshot.parquet" "${detect_sides[@]}" "${detect_options[@]}" "${options[@]}"
    done
done
