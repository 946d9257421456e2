#!/usr/bin/env bash
# ResNet-152 of 2019, gray: all scales of batch normalisation begin at 1.
set -euo pipefail
cd "$(dirname "$0")/../.."
source train_scripts/2019/as_in_2019.sh

as_in_2019 train_scripts "${training[@]}" --unit-gamma "$@"
