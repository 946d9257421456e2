#!/usr/bin/env bash
# The reproduction in small, on generated pages (scripts/demo.sh); what each setting means: kuzushiji.sh.
# shellcheck disable=SC2034 # read by scripts/lib.sh, the stages and the recipes of train_scripts/demo
set -euo pipefail

models=${MOJIKA_DEMO:-models/demo}
real=${MOJIKA_REAL_DATA:-../shared/data}/kuzushiji_pages # read at the end, where it exists
real_page=100241706_00007_2                              # of these pages the one that is not learnt from
data=$models/sample
output=$models/output
recipes=train_scripts/demo
export MOJIKA_CACHE=$models/cache

packs=("gray54 54 1" "rgb54 54 3")
held_out_books=(200015779)
split_options=(--min-train 20)
val_books=(200015779) # no model trained on it
snapshots=(000600 000800)
detector_sees=original # contrast normalisation makes pages of other sizes look different
# with a smaller detector 0.15 found as many characters of the held-out book as 0.05, and a quarter of the false boxes
detect_options=(--short-sides "560,720" --score-threshold 0.15)
read_options=(--tta 5)
search_options=(--trials 20)
pseudo_options=(--min-prob 0.9999)
