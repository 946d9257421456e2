#!/usr/bin/env bash
# The demo's first classifier: gray, ArcFace with a small margin.
set -euo pipefail

bash "$(dirname "$0")/classifier.sh" "${MOJIKA_LISTS:-200015779/gray54}" --prefix 01_arcface_gray48 \
    --grayscale --arcface --arcface-m 0.2 "$@"
