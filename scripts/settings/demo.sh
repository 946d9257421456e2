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
snapshots=(000400 000500)
detector_sees=original # contrast normalisation makes pages of other sizes look different
# 0.1 finds almost as many characters as 0.05, with far fewer false boxes to read
detect_options=(--short-sides "560,720" --score-threshold 0.1)
read_options=(--tta 1)
final_read_options=(--tta 5)
search_options=(--trials 10)
pseudo_options=(--min-prob 0.9999)
reader_about=(--license mit --data "generated pages (mojika sample kuzushiji)")
