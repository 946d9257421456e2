#!/usr/bin/env bash
# What was really done in 2019, where the settings of kuzushiji.sh do something better (docs/coming_from_2019.md).
# shellcheck disable=SC2034 # read by scripts/lib.sh, the stages and the recipes
set -euo pipefail

source scripts/settings/kuzushiji.sh

derived=$data/2019 # lists and pseudo-labels, which are others than ours; pages and packs are the same
output=${MOJIKA_OUTPUT:-output/2019}
models=models/2019
recipes=train_scripts/2019

split_options=(--copy-rare --min-valid 20 --extra-copy)
detect_options=(--gray --iou 0.3) # one detector's boxes that overlap by more: the lower box score goes before reading
read_options=(--tta 7 --scale-size "210:200,124:120")
vote_options=(--ties label)
filter_options=(--max-depth 7 --rounds 200 --stop-by 2019 --seed 7)
pseudo_options=(--min-prob 1) # as rounded in float32
