#!/usr/bin/env bash
# The Bengali solutions (a), (b) and (c) as they were in 2020, where bengali.sh does something better
# (docs/bengali_2020.md).
# shellcheck disable=SC2034 # read by scripts/lib.sh, the stages and the recipes
set -euo pipefail

source scripts/settings/bengali.sh

output=${MOJIKA_OUTPUT:-output}/bengali_2020
models=models/bengali_2020
recipes=train_scripts/bengali/2020

packs=("native native" "192x330 192x330" "crop128 crop:128")
splits=("fold1 --folds 5 --fold 1" "root0 --folds 6 --fold 0 --by-label grapheme_root")
lists=fold1
lists_for[06_efficientnet_b4_192x330]=root0 # (b) validated on a sixth, stratified over the roots
teacher=02_seresnext101_native
student=05_ghostnet_native
