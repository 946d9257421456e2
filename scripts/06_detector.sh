#!/usr/bin/env bash
# Stage 6: train the detector of characters. Run it again to resume after an interruption; options go to the recipe.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/lib.sh kuzushiji "$@"

run_recipe "$recipes/00_detector.sh" "$@"
