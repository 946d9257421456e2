#!/usr/bin/env bash
# The reader that comes with the repository: what is generated, and how large (scripts/starter_reader.sh).
# shellcheck disable=SC2034 # read by scripts/lib.sh, scripts/starter_reader.sh and the recipes of train_scripts/starter
set -euo pipefail

real=${MOJIKA_REAL_DATA:-../shared/data} # label sets, transcriptions and real characters, where they are there
real_too=${MOJIKA_STARTER_REAL:-1}       # 0: of real writing nothing is learnt
data=${MOJIKA_STARTER:-input/starter}    # fonts, glyphs, pages and lists
models=models/starter_runs
recipes=train_scripts/starter
reader=models/starter

measured_book=100241706 # the book of the labelled real pages: its label sets lend no frequencies and no layouts
held_out_book=200015779 # of the generated pages, for the detector's validation

glyphs=(--count 450000 --size 72 --classes 2749 --seed 0)
more_glyphs=(--count 70000 --size 72 --classes 2749 --seed 31) # beside the real ones
pages=(--style wide --books 130 --pages-per-book 2 --test-books 0 --test-pages 0 --classes 2700 --scale 0.42 --seed 21)
starter_classifier=(
    --grayscale --scale-size 72 --input-size 64 --rgb-mean 0.5 --rgb-std 0.3 --drop-last
    --optimizer adamw --wd 0.05 --lr-schedule one-cycle --label-smoothing 0.05 --elastic 0.025 --random-shear-degree 8
    --random-resized-crop-scale "0.75,1.0" --random-resized-crop-ratio "0.8,1.25" --random-horizontal-flip 0
    --jitter-brightness 0.2 --jitter-contrast 0.3 --random-erasing --random-erasing-p 0.2
)
reader_options=(--short-sides "750,950,1200" --score-threshold 0.4 --nms-by box_score)
at_most_mb=12
