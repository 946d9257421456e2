#!/usr/bin/env bash
# Makes models/starter, the small reader that comes with the repository, from generated characters and pages alone: fonts,
# strokes, samples, a classifier, a detector, the folder. Run it again to resume; hours on one GPU. Its settings are
# scripts/settings/starter.sh. Label sets and transcriptions (MOJIKA_REAL_DATA) are used where they are there.
# shellcheck disable=SC2154 # real, data, measured_book, …: scripts/settings/starter.sh
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/lib.sh starter "$@"
expect_no_arguments "$@"

step "fonts and strokes"
mkdir -p "$data"
bash scripts/get_fonts.sh "$data/fonts"
bash scripts/get_strokes.sh "$data/kanjivg.npz"
about=("generated characters and pages (mojika sample glyphs, mojika sample kuzushiji)")
frequencies=() text=()
if [[ -f $real/kuzushiji_labels/labels.csv ]]; then
    grep -v "^$measured_book" "$real/kuzushiji_labels/labels.csv" >"$data/labels.csv"
    frequencies=(--labels-from "$data/labels.csv")
    about+=("boxes of 『日本古典籍くずし字データセット』 (layouts, frequencies) doi:10.20676/00000340")
fi
if [[ -f $real/honkoku_text/data.csv ]]; then
    text=(--text-from "$real/honkoku_text/data.csv")
    about+=("transcriptions of みんなで翻刻 (text of the pages)")
fi

step "a classifier learns from single characters"
mojika sample glyphs "$data/packs/gray72" "${glyphs[@]}" --fonts "$data/fonts" --strokes "$data/kanjivg.npz" \
    "${frequencies[@]}"
held_out=()
for ((hand = 0; hand < held_out_hands; hand++)); do held_out+=(--hold-out "$(printf 'hand%05d' "$hand")"); done
mojika split "$data/packs/gray72" "${held_out[@]}" --fill 0 --min-train 20 --out "$data/splits/gray72"
run_recipes "$recipes"

step "a detector learns from pages"
mojika sample kuzushiji "$data/pages" "${pages[@]}" --fonts "$data/fonts" "${frequencies[@]}" "${text[@]}"
run_recipe "$recipes/00_detector.sh"

step "both as a folder of at most $at_most_mb MB"
find_classifiers "$recipes"
mojika bundle "$models/00_detector" "${readers[@]}" --weights int8 --at-most-mb "$at_most_mb" --name starter \
    --license cc-by-sa-4.0 --data "${about[@]}" --out "$reader" "${reader_options[@]}"
