#!/usr/bin/env bash
# The reader that comes with the repository: what is generated, and how large (scripts/starter_reader.sh).
# shellcheck disable=SC2034 # read by scripts/lib.sh, scripts/starter_reader.sh and the recipes of train_scripts/starter
set -euo pipefail

real=${MOJIKA_REAL_DATA:-../shared/data} # label sets and transcriptions, for layouts and frequencies, where they are there
data=${MOJIKA_STARTER:-input/starter}    # fonts, glyphs, pages and lists
models=models/starter_runs
recipes=train_scripts/starter
reader=models/starter

measured_book=100241706 # whose pages are read in docs/finetune.md: nothing of it is learnt from
held_out_book=200015779 # of the generated pages, for the detector's validation
held_out_hands=20       # of the generated characters, a thousand each

glyphs=(--count 400000 --size 72 --classes 2700 --seed 11)
pages=(--style wide --books 130 --pages-per-book 2 --test-books 0 --test-pages 0 --classes 2700 --scale 0.42 --seed 21)
reader_options=(--short-sides "730,940,1200")
at_most_mb=12
