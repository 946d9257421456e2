#!/usr/bin/env bash
# The whole reproduction in small: from generated books to a scored submission, then to a real page where there is one.
# Run it again to resume after an interruption; --fresh starts from nothing and keeps
# what was there under another name.
# shellcheck disable=SC2154 # real: scripts/settings/demo.sh
set -euo pipefail
cd "$(dirname "$0")/.."
export MOJIKA_SETTINGS=scripts/settings/demo.sh
source scripts/lib.sh demo "$@"
started=$SECONDS

begin "$@"

step "generated pages: eight books to learn from, two to be read"
characters=()
if [[ -f $real/train.csv ]]; then characters=(--characters-from "$real/train.csv"); fi
mojika sample kuzushiji "$data" --books 8 --pages-per-book 9 --test-books 2 --test-pages 16 --classes 250 --seed 1 \
    "${characters[@]}"
mojika check "$data"

bash scripts/reproduce.sh

mojika evaluate "$models/01_arcface_gray48/best.model" "$data/splits/${held_out_books[0]}/gray54/valid.csv" \
    --contact-sheet "$models/contact_sheet.png" --json >"$output/evaluation.json"
mojika overlay "$output/test/final_filtered.parquet" --images "$data/test_images" --labels "$data/hidden/test.csv" \
    --removed "$output/test/final_nms.parquet" --first 4 --out "$models/overlays"

step "a generated page is read by the reader that stage 16 has made"
pages=("$data/test_images"/*)
mojika recognize "${pages[0]}" --models "$models/reader" --out "$models/read" --formats text,json,overlay

if [[ -f $real/train.csv ]]; then
    bash scripts/demo_real_page.sh
else
    say "no real pages at $real (set MOJIKA_REAL_DATA): only generated ones were read"
fi

step "summary"
numbers=("valid_{}=$output/evaluation.json:accuracy,macro_recall,accuracy_unshared,macro_recall_unshared")
stages=$output/summary.json
for name in precision recall; do numbers+=("detection_$name=$stages:test_detection_${name}_final"); done
for stage in first nms filter final; do numbers+=("f1_$stage=$stages:test_f1_$stage"); done
if [[ -f $real/train.csv ]]; then
    numbers+=("real_{}=$output/real_crops.json:accuracy"
        "real_{}=$output/real_score.json:f1,detection_precision,detection_recall")
fi
mojika summary "${numbers[@]}" "seconds=$((SECONDS - started))" --out "$models/summary.json"
cat "$models/summary.json"
echo "reader: $models/reader; texts: $models/read"
sheets=("$models"/contact_sheet*.png)
echo "pictures: $models/overlays, ${sheets[*]}; curves: tensorboard --logdir $models"
