#!/usr/bin/env bash
# Stage 7: a large network teaches a small one by its soft answers: SE-ResNeXt-101, as trained, and GhostNet, from the
# beginning. The table has the student without its teacher, too. Options go to train.py.
set -euo pipefail
cd "$(dirname "$0")/../.."
source scripts/bengali/lib.sh

taught=${student}_taught
expect_trained "$models/$teacher"
bash "$recipes/$student.sh" --prefix "$taught" --teacher "$models/$teacher/best.model" "$@"
expect_trained "$models/$taught"
evaluate "$taught" "${student##*_}"
print_evaluations
