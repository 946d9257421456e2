#!/usr/bin/env bash
# Stage 4: the models of the first training, one after the other. Run it again to resume after an interruption.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/lib.sh kuzushiji "$@"

run_recipes "$recipes" "$@"
