#!/usr/bin/env bash
# EfficientNet-B4 of 2019: signed features, stochastic depth, padding for 190 px, slow statistics.
set -euo pipefail
cd "$(dirname "$0")/../.."
source train_scripts/2019/as_in_2019.sh

as_in_2019 train_scripts "${training[@]}" \
    --signed-features --drop-path-rate 0.2 --static-padding --bn-momentum 0.01 "$@"
