#!/usr/bin/env bash
# The demo's second classifier: RGB, L2-softmax.
set -euo pipefail

bash "$(dirname "$0")/classifier.sh" "${MOJIKA_LISTS:-200015779/rgb54}" --prefix 02_l2softmax_rgb48 \
    --l2softmax --l2softmax-temp 0.05 --seed 2 "$@"
