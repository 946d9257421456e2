#!/usr/bin/env bash
# Stage 8: all models as one folder, for `mojika recognize` and to give away. Options go to `mojika bundle`.
# shellcheck disable=SC2154 # method: scripts/settings/bengali.sh
set -euo pipefail
cd "$(dirname "$0")/../.."
source scripts/lib.sh bengali "$@"

find_classifiers "$recipes"
mojika bundle "${readers[@]}" --mean "$method" --name "$(basename "$MOJIKA_SETTINGS" .sh)" --out "$models/reader" \
    "${reader_about[@]}" "$@"
