#!/usr/bin/env bash
# Stage 13: each refined model reads all boxes by itself, the majority decides; both detections become one.
# --split val|test (default: both); further options go to `mojika classify`.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/lib.sh kuzushiji "$@"
parse_options "$@"

find_classifiers "$recipes/pseudo_refine"
for split in "${splits[@]}"; do
    pages=$(pages_of "$split")
    voted=()
    for snapshot in "${snapshots[@]}"; do
        read=()
        for model in "${readers[@]}"; do
            run=$(basename "$(dirname "$model")")
            read+=("$output/$split/refined_${snapshot}_${run%%_*}.parquet")
            mojika classify "$model" --boxes "$output/$split/detected_$snapshot.parquet" \
                --images "$pages" --out "${read[-1]}" "${final_read_options[@]}" "${options[@]}"
        done
        voted+=("$output/$split/voted_$snapshot.parquet")
        mojika vote "${read[@]}" --out "${voted[-1]}" "${vote_options[@]}"
    done
    mojika nms "${voted[@]}" --out "$output/$split/final_nms.parquet"
done
