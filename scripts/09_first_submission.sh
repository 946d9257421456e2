#!/usr/bin/env bash
# Stage 9: a filter for what the first models read, and what is left as a submission; on val pages its score.
# --split val|test (default: both) says what is filtered. --force replaces what was made differently.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/lib.sh kuzushiji "$@"
parse_options "$@"

train_filter first "${options[@]}"
for split in "${splits[@]}"; do
    submit_filtered first "$split" "${options[@]}"
done
