#!/usr/bin/env bash
# Stage 8: the models of the first training read all boxes and vote softly; both detections become one.
# --split val|test (default: both); further options go to `mojika classify`.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/lib.sh kuzushiji "$@"
parse_options "$@"

for split in "${splits[@]}"; do
    read_softly first "$recipes" "$split" "${options[@]}"
done
