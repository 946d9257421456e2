#!/usr/bin/env bash
# What the demo's detectors share: CenterNet on timm's smallest ResNet, for minutes on a CPU. Arguments: further flags.
set -euo pipefail
cd "$(dirname "$0")/../.."
source scripts/demo_flow.sh

mojika train-detector --model-dir "$models" --architecture centernet --backbone test_resnet --width 48 \
    --tile-size 384 --short-side 400,900 --valid-short-side 640 --batch-size 8 --optimizer adamw \
    "$@"
