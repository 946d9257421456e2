#!/usr/bin/env bash
# The demo's first classifier: gray, ArcFace with a small margin.
set -euo pipefail
cd "$(dirname "$0")/../.."
source train_scripts/demo/classifier.sh

train_small_classifier 200015779/gray54 --grayscale --arcface --arcface-m 0.2 "$@"
