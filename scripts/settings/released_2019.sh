#!/usr/bin/env bash
# As 2019.sh, with what was released in 2019 in place of a training: scripts/get_models.sh 2019 and
# scripts/extra/released_2019.sh (docs/coming_from_2019.md). MOJIKA_RELEASE names another server with all the files.
# shellcheck disable=SC2034 # read by scripts/lib.sh and the stages
set -euo pipefail

source scripts/settings/2019.sh

output=${MOJIKA_OUTPUT:-output/released_2019}
models=models/released_2019

published=knjcode/kaggle-kuzushiji-recognition-2019
commit=2aa47722e961745898f70d40145ecd286666f8b7
release=${MOJIKA_RELEASE:-https://github.com/$published/releases/download/0.0.1}
release_lists=${MOJIKA_RELEASE:-https://raw.githubusercontent.com/$published/$commit/input} # pages in their order
released=$models/released # the files as they were published
released_filter=booster_for_val_nms030_tta7_5models_hard_prob.pkl
