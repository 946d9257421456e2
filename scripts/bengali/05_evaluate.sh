#!/usr/bin/env bash
# Stage 5: how well each model reads its validation list, seen and unseen graphemes apart, as a table and as JSON.
# Options go to `mojika evaluate`.
set -euo pipefail
cd "$(dirname "$0")/../.."
source scripts/lib.sh bengali "$@"

find_classifiers "$recipes"
for recipe in "${classifiers[@]}"; do
    evaluate "$recipe" "$(run_of "$recipe")" "$@"
done
print_evaluations
