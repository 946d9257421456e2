#!/usr/bin/env bash
# What is the second training worth? Its models read all boxes and vote softly, and a filter of their own cleans what
# they read: second_filtered.parquet for stage 15. Not part of reproduce.sh, where the refined models read instead.
# --split val|test (default: both) says what is filtered; further options go to `mojika classify`.
set -euo pipefail
cd "$(dirname "$0")/../.."
source scripts/lib.sh kuzushiji "$@"
parse_options "$@"

for split in "${splits[@]}"; do
    read_softly second "$recipes/pseudo_labeling" "$split" "${options[@]}"
done
train_filter second
for split in "${splits[@]}"; do
    submit_filtered second "$split"
done
