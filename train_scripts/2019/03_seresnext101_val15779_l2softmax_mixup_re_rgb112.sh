#!/usr/bin/env bash
# SE-ResNeXt-101 of 2019, RGB with red and blue exchanged.
set -euo pipefail
cd "$(dirname "$0")/../.."
source train_scripts/2019/as_in_2019.sh

as_in_2019 train_scripts "${training[@]}" --exchange-channels "$@"
