#!/usr/bin/env bash
# Stage 4: the five models of the first training, one after the other. Run it again to go on after an interruption.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/lib.sh

train_all train_scripts/0[1-5]_*.sh -- "$@"
