#!/usr/bin/env bash
# The reproduction in small, on generated pages (scripts/demo.sh); what the settings mean is in scripts/flow.sh.
# shellcheck disable=SC2034 # read by scripts/lib.sh, the stages and train_scripts/demo
set -euo pipefail

models=${MOJIKA_DEMO:-models/demo}
real=${MOJIKA_REAL_DATA:-../shared/data}/kuzushiji_pages
data=$models/sample
output=$models/output
recipes=train_scripts/demo
export MOJIKA_CACHE=$models/cache

packs=("gray54 54 1" "rgb54 54 3")
held_out_book=200015779
held_out_books=("$held_out_book")
split_options=(--min-train 20)
val_books=("$held_out_book") # no model trained on it
snapshots=(000600 000800)
detector_sees=original # contrast normalisation makes pages of other sizes look different
detect_options=(--short-sides "560,720")
read_options=(--tta 5)
search_options=(--trials 20)
pseudo_options=(--min-prob 0.9999)
