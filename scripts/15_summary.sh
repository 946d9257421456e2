#!/usr/bin/env bash
# Stage 15: what each stage was worth. Scores the boxes that the stages left, of val pages against the training labels
# and of test pages where their labels are known ($data/hidden/test.csv, as in generated data), and writes summary.json.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/lib.sh kuzushiji "$@"
parse_options "$@"

stages=( # name, boxes
    "first first_${snapshots[-1]}" "nms first_nms" "filter first_filtered" "second second_filtered"
    "final final_filtered"
)
scored=$output/scores
numbers=() rows=()
mkdir -p "$scored"
rm -f "$scored"/*.json
for split in "${splits[@]}"; do
    truth=$data/train.csv
    if [[ $split == test ]]; then truth=$data/hidden/test.csv; fi
    for stage in "${stages[@]}"; do
        read -r name boxes <<<"$stage"
        boxes=$output/$split/$boxes.parquet score=$scored/${split}_$name.json
        if [[ ! -e $truth || ! -e $boxes ]]; then continue; fi
        mojika score --labels "$truth" --boxes "$boxes" --predicted-pages --json "${options[@]}" >"$score"
        numbers+=("${split}_{}_$name=$score:f1,precision,recall,detection_precision,detection_recall")
        rows+=("$split $name=$score")
    done
done
mojika table "${rows[@]}" --columns \
    F1=f1,precision,recall,"found precision=detection_precision,found recall=detection_recall"
mojika summary "${numbers[@]}" --out "$output/summary.json"
