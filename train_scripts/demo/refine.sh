#!/usr/bin/env bash
# What the demo's refinements share, in small what train_scripts/pseudo_refine/refine.sh does: no augmentation, a rate of
# 1e-5 a sample summed over the batch, pseudo-labels at weight 0.9. Arguments: second run, its lists, further flags.
set -euo pipefail
cd "$(dirname "$0")/../.."
source scripts/demo_flow.sh

python train.py "$data/splits/$2/train.csv" "$data/splits/$2/valid.csv" --model-dir "$models" \
    --resume "$models/$1/best.model" --refine --start-epoch 0 --epochs 1 --warmup-epochs 0 \
    --onehot --pseudo-weight 0.9 --base-lr 1e-5 --batch-size 128 --scale-size 54 --input-size 48 \
    --rgb-mean 0.5 --rgb-std 0.3 --random-resized-crop-scale 0.79,0.79 --random-resized-crop-ratio 1.0,1.0 \
    --random-horizontal-flip 0 --drop-last --disp-batches 50 \
    "${@:3}"
