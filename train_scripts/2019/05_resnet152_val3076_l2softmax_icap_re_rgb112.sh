#!/usr/bin/env bash
# As it was trained in 2019: RGB with red and blue exchanged, and without ICAP, which one batch an epoch had.
set -euo pipefail
cd "$(dirname "$0")/../.."
source train_scripts/2019/as_in_2019.sh

as_in_2019 train_scripts "${training[@]}" --exchange-channels --icap-prob 0 "$@"
