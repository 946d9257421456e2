#!/usr/bin/env bash
# Stage 6: all models read the test shards together; a submission of what they say, and one with the probabilities
# re-weighted. Where the test labels are known, as in generated data, also the scores. Options go to
# `mojika infer-graphemes`.
# shellcheck disable=SC2154 # method, exponent: scripts/settings/bengali.sh
set -euo pipefail
cd "$(dirname "$0")/../.."
source scripts/lib.sh bengali "$@"

find_classifiers "$recipes"
learnt=$data/splits/$(lists_of "${classifiers[0]}")/train.csv known=()
for truth in "$data/test_labels.csv" "$data/hidden/test_labels.csv"; do
    if [[ -e $truth ]]; then known=(--labels "$truth" --train-labels "$learnt"); fi
done
reading=(--models "${readers[@]}" --shards "$data/test_image_data_*.parquet" --test "$data/test.csv"
    --mean "$method" --probabilities "$output/probabilities.parquet" "${known[@]}")

mojika infer-graphemes "${reading[@]}" --out "$output/submission.csv" "$@"
mojika infer-graphemes "${reading[@]}" --reweight "$exponent" --plot "$output/classes" \
    --out "$output/submission_reweighted.csv" "$@"
