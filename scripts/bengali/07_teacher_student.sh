#!/usr/bin/env bash
# Stage 7: a large network teaches a small one by its soft answers: SE-ResNeXt-101, as trained, and GhostNet, from the
# beginning. The table has the student without its teacher, too. Options go to train.py.
# shellcheck disable=SC2154 # teacher, student: scripts/settings/bengali.sh
set -euo pipefail
cd "$(dirname "$0")/../.."
source scripts/lib.sh bengali "$@"

recipe=$recipes/$student.sh taught=${student}_taught
expect_trained "$teacher"
bash "$recipe" --prefix "$taught" --teacher "$models/$teacher/best.model" "$@"
expect_trained "$taught"
evaluate "$recipe" "$taught"
print_evaluations
