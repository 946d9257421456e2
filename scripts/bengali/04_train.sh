#!/usr/bin/env bash
# Stage 4: all recipes, one after the other. Run it again to resume after an interruption; options go to train.py.
set -euo pipefail
cd "$(dirname "$0")/../.."
source scripts/lib.sh bengali "$@"

run_recipes "$recipes" "$@"
