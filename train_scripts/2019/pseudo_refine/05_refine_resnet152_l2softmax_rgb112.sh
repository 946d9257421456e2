#!/usr/bin/env bash
# Refinement of 2019: at 1e-5 throughout; red and blue exchanged.
set -euo pipefail
cd "$(dirname "$0")/../../.."
source train_scripts/2019/as_in_2019.sh

as_in_2019 train_scripts/pseudo_refine --exchange-channels "$@"
