#!/usr/bin/env bash
# From what was released in 2019 to a submission, without a training: the released detections are read by the released
# models, and the released boosters drop false boxes. Needs the pages of 01_preprocess.sh. Run it again to resume.
# --split val|test (default: both); further options go to `mojika classify`.
# shellcheck disable=SC2154 # in scripts/settings/released_2019.sh
set -euo pipefail
cd "$(dirname "$0")/../.."
source scripts/lib.sh released_2019 "$@"
parse_options "$@"

bash scripts/get_models.sh 2019
files=("$release/$released_filter")
for split in "${splits[@]}"; do
    files+=("$release_lists/${split}_images.list")
    for snapshot in "${snapshots[@]}"; do
        files+=("$release/${split}_$snapshot.pth")
    done
done
mojika fetch "${files[@]}" --out "$released"

for split in "${splits[@]}"; do
    pages=$(pages_of "$split")
    for snapshot in "${snapshots[@]}"; do
        boxes=$output/$split/released_$snapshot.parquet
        mojika import-detections "$released/${split}_$snapshot.pth" --pages "$released/${split}_images.list" \
            --images "$pages" --out "$boxes"
        mojika nms "$boxes" --by box_score --iou 0.3 --out "$output/$split/detected_$snapshot.parquet"
    done
    bash scripts/13_final_reading.sh --split "$split" "${options[@]}"
done

mojika import-filter "$released/$released_filter" --boxes "$output/${splits[0]}/final_nms.parquet" \
    --out "$models/final_filter/boosters"
for split in "${splits[@]}"; do
    submit_filtered final "$split"
done
