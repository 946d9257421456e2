#!/usr/bin/env bash
# As 2019.sh, with the models that were released in 2019 in place of a training: scripts/get_models.sh 2019 and
# scripts/extra/released.sh (docs/coming_from_2019.md).
# shellcheck disable=SC2034 # read by scripts/lib.sh and the stages
set -euo pipefail

source scripts/settings/2019.sh

output=${MOJIKA_OUTPUT:-output/released_2019}
models=models/released_2019
released=$models/released # files as they were published
release=${MOJIKA_RELEASE:-https://github.com/knjcode/kaggle-kuzushiji-recognition-2019/releases/download/0.0.1}
