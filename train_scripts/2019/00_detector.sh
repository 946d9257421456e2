#!/usr/bin/env bash
# Detector of 2019, as far as a Faster R-CNN with feature pyramid is one.
set -euo pipefail
cd "$(dirname "$0")/../.."
source train_scripts/2019/as_in_2019.sh

as_in_2019 train_scripts "$@"
