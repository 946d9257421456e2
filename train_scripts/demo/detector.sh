#!/usr/bin/env bash
# What the demo's detectors share: CenterNet on timm's smallest ResNet, for minutes on a CPU. Sourced from the root.
set -euo pipefail

source scripts/lib.sh demo

# Arguments: further flags.
train_small_detector() {
    train_detector --architecture centernet --backbone test_resnet --width 48 --shared-head \
        --tile-size 320 --short-side 500,800 --valid-short-side 640 --batch-size 8 --optimizer adamw \
        "$@"
}
