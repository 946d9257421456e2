#!/usr/bin/env bash
# Stage 5: how well each model reads its validation list, seen and unseen graphemes apart, as a table and as JSON.
# Options go to `mojika evaluate`.
set -euo pipefail
cd "$(dirname "$0")/../.."
source scripts/bengali/lib.sh

for recipe in "$recipes"/0[1-9]_*.sh; do
    run=$(basename "$recipe" .sh)
    evaluate "$run" "${run##*_}" "$@"
done
print_evaluations
