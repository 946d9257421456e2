#!/usr/bin/env bash
# What the demo's classifiers share: a network of 0.1 M parameters at 48 pixels and one cosine, for minutes on a CPU.
# Arguments: the list's folder below splits/, further flags.
set -euo pipefail
cd "$(dirname "$0")/../.."
source scripts/demo_flow.sh

python train.py "$data/splits/$1/train.csv" "$data/splits/$1/valid.csv" --model-dir "$models" \
    --model test_resnet --from-scratch --scale-size 54 --input-size 48 --rgb-mean 0.5 --rgb-std 0.3 \
    --batch-size 128 --warmup-epochs 1 --epochs 12 --cosine-annealing-t-max 11 --cosine-annealing-mult 1 \
    --cosine-annealing-eta-min 1e-4 \
    --random-horizontal-flip 0 --random-rotate-degree 5 --random-resized-crop-scale 0.7,1.0 --random-erasing \
    --undersampling 2000 --drop-last --disp-batches 50 \
    "${@:2}"
