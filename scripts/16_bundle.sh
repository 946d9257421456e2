#!/usr/bin/env bash
# Stage 16: all that reads in the end as one folder, for `mojika recognize` and to give away: the detector's snapshots,
# the refined models and their filter, with the scores of stage 15. Options go to `mojika bundle`.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/lib.sh kuzushiji "$@"

find_classifiers "$recipes/pseudo_refine"
detectors=()
for snapshot in "${snapshots[@]}"; do
    detectors+=("$models/00_detector/iteration-$snapshot.model")
done
mojika bundle "${detectors[@]}" "${readers[@]}" --filter "$models/final_filter/boosters" \
    --scores "$output/summary.json" --name "$(basename "$MOJIKA_SETTINGS" .sh)" --out "$models/reader" \
    "${reader_options[@]}" "${reader_about[@]}" "$@"
