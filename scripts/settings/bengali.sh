#!/usr/bin/env bash
# What the Bengali stages and recipes work on: the competition's data (docs/bengali_stages.md).
# shellcheck disable=SC2034 # read by scripts/lib.sh, the stages and the recipes
set -euo pipefail

data=${MOJIKA_BENGALI:-input/bengaliai-cv19} # the competition's files; packs and lists go beside them
output=${MOJIKA_OUTPUT:-output}/bengali      # numbers and submissions
models=models/bengali                        # runs
recipes=train_scripts/bengali                # 01_*.sh and on; their names end with the pack that they read

packs=("crop128 crop:128" "192x330 192x330") # name, form of the images
splits=("fold0 --folds 5 --fold 0" "fold0_unseen --folds 5 --fold 0 --unseen 0.1") # name, options of `mojika split`
lists=fold0_unseen  # the split to train and validate on
method=arithmetic   # mean of the models' probabilities
exponent=1.2        # of the re-weighting
teacher=02_seresnext101_crop128
student=05_ghostnet_crop128
reader_about=(--data "BengaliAI's handwritten graphemes (kaggle.com/c/bengaliai-cv19)")
