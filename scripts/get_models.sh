#!/usr/bin/env bash
# Fetches the five classifiers that were released in 2019 and imports them, as models/released_2019/RUN/best.model.
# Run it again to resume. Usage: bash scripts/get_models.sh 2019. MOJIKA_RELEASE names another server with the files.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/lib.sh released_2019 "$@"
[[ $# == 1 && $1 == 2019 ]] || fail "expected which models: 2019"
[[ -v release ]] || fail "$MOJIKA_SETTINGS: no release to fetch from; see scripts/settings/released_2019.sh"

files=( # the number is that of the epoch
    01_refine_efficientnet_b4_l2softmax_gray190-0060.model
    02_refine_resnet152_l2softmax_gray112-0069.model
    03_refine_seresnext101_l2softmax_rgb112-0080.model
    04_refine_seresnext101_l2softmax_rgb112-0082.model
    05_refine_resnet152_l2softmax_rgb112-0090.model
)
# shellcheck disable=SC2154 # in scripts/settings/released_2019.sh
mojika fetch "${files[@]/#/$release/}" --out "$released"
for file in "${files[@]}"; do
    mojika import-model "$released/$file" --out "$models/${file%-*}/best.model"
done
