#!/usr/bin/env bash
# Makes models/starter, the small reader that comes with the repository: from fonts and strokes, generated characters and
# pages, a classifier and a detector; then both also learn from real writing, where MOJIKA_REAL_DATA has it, unless
# MOJIKA_STARTER_REAL=0. Run it again to resume; the classifier wants a GPU. Settings: scripts/settings/starter.sh.
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
mojika split "$data/packs/gray72" --hold-out hand00000 --fill 0 --min-train 1 --out "$data/splits/gray72"
run_recipes "$recipes"

step "a detector learns from pages"
mojika sample kuzushiji "$data/pages" "${pages[@]}" --fonts "$data/fonts" "${frequencies[@]}" "${text[@]}"
run_recipe "$recipes/00_detector.sh"

find_classifiers "$recipes"
detector=$models/00_detector
if ((real_too)) && [[ -f $real/kmnist/hiragana28.npz && -f $real/kuzushiji_pages/train.csv ]]; then
    step "both learn from real writing, too"
    mojika sample glyphs "$data/packs/more72" "${more_glyphs[@]}" --fonts "$data/fonts" \
        --strokes "$data/kanjivg.npz" "${frequencies[@]}"
    mojika pack --labels "$real/kuzushiji_pages/train.csv" --images "$real/kuzushiji_pages/train_images" --skip-bad \
        --scale-size 72 --channels 1 --classes "$data/packs/gray72/classes.csv" --out "$data/packs/pages72"
    python scripts/pack_kmnist.py "$real/kmnist/hiragana28.npz" "$data/packs/gray72" "$data/packs/kmnist72"
    mojika split "$data/packs/more72" --hold-out hand00000 --fill 0 --min-train 1 --repeat-appended 4 \
        --append "$data/packs/pages72" --append "$data/packs/kmnist72" --out "$data/splits/real72"
    mkdir -p "$data/mixed_pages/train_images"
    for folder in "$data/pages" "$real/kuzushiji_pages"; do
        find "$(realpath "$folder/train_images")" -name '*.jpg' -exec ln -sf -t "$data/mixed_pages/train_images" {} +
    done
    { cat "$data/pages/train.csv" && tail -n +2 "$real/kuzushiji_pages/train.csv"; } >"$data/mixed_pages/train.csv"
    bash "$recipes/real/01_resnet10t_gray64.sh"
    bash "$recipes/real/00_detector.sh"
    readers=("$models/01_resnet10t_gray64_real/last.model")
    detector=$models/00_detector_real
    about+=(
        "4 pages of 『日本古典籍くずし字データセット』, book $measured_book, doi:10.20676/00000340, CC BY-SA 4.0"
        "5,000 hiragana of KMNIST, doi:10.20676/00000341, CC BY-SA 4.0"
    )
fi

language=()
if ((${#text[@]} && ${#frequencies[@]})); then
    step "a language model of the transcriptions and the label sets"
    mojika language-model "$real/honkoku_text/data.csv" "$data/labels.csv" --license cc-by-sa-4.0 \
        --data みんなで翻刻 "『日本古典籍くずし字データセット』 doi:10.20676/00000340" --out "$data/kuzushiji.ngrams"
    language=(--lm "$data/kuzushiji.ngrams")
fi

step "both as a folder of at most $at_most_mb MB"
mojika bundle "$detector" "${readers[@]}" --page-preprocessing none --weights int8 --at-most-mb "$at_most_mb" --name starter \
    --license cc-by-sa-4.0 --data "${about[@]}" --out "$reader" --force "${language[@]}" "${reader_options[@]}"
