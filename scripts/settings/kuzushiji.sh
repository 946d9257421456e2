#!/usr/bin/env bash
# What the kuzushiji stages and recipes work on: the reproduction of the 2019 solution (docs/stages.md, "Settings").
# shellcheck disable=SC2034 # read by scripts/lib.sh, the stages and the recipes
set -euo pipefail

data=${MOJIKA_KUZUSHIJI:-input/kuzushiji-recognition} # the competition's files; pages, packs and lists go beside them
output=${MOJIKA_OUTPUT:-output}                       # boxes, submissions and scores
models=models                                         # runs and filters
recipes=train_scripts                                 # 00_*.sh is the detector, 01_*.sh and on are the classifiers

packs=("gray210 210 1" "gray124 124 1" "rgb124 124 3") # name, pixels a side, channels
held_out_books=(200015779 200003076)                   # each is left out of training once
split_options=()
val_books=(brsk 200014740 200003967 200006663 200003076) # the filter learns from them: the test pages resemble them
snapshots=(060000 100000)                                # of the detector; both are used
detector_sees=preprocessed                               # or original: pages as they came
detect_sides=(--short-sides "1000,1100,1200,1300,1400,1500,1600,1700,1800,1900,2000,2100,2200,2300,2400,2500") # as in 2019
detect_options=(--gray)
read_options=(--tta 7)
search_options=(--trials 200)
pseudo_options=(--min-prob 0.9999)
reader_about=(--license cc-by-sa-4.0 --data "『日本古典籍くずし字データセット』 (国文研ほか所蔵／CODH加工) doi:10.20676/00000340")
