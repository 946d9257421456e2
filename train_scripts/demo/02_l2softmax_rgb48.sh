#!/usr/bin/env bash
# The demo's second classifier: RGB, L2-softmax.
set -euo pipefail
cd "$(dirname "$0")/../.."
source train_scripts/demo/classifier.sh

train_small_classifier 200015779/rgb54 --l2softmax --l2softmax-temp 0.05 --seed 2 "$@"
