#!/usr/bin/env bash
# Detector of 2019, as far as a Faster R-CNN with feature pyramid is one: always gray, pages like those of the test twice.
set -euo pipefail
cd "$(dirname "$0")/../.."
source train_scripts/2019/as_in_2019.sh

as_in_2019 train_scripts --repeat-books "$(IFS=,; echo "${val_books[*]}")" --random-grayscale-prob 1 --jitter-hue 0.2 \
    --freeze-bn-affine --warmup-steps 1500 --warmup-start 0.3333 --bias-lr-factor 2 --bias-wd 0 "$@"
