#!/usr/bin/env bash
# What solution (a) did with all its networks: native images as they are, with pixels from 0 to 1; shifted, scaled and
# rotated, some of them masked, noisy, blurred or with another gamma; OHEM for each target, in mixed batches only, of a
# share that falls to 0.05; a small rate from the start (that of its backbone). Sourced from the root.
set -euo pipefail

source scripts/lib.sh bengali_2020

# Arguments: further flags.
train_as_in_a() {
    train "$(lists_of "$0")" \
        --grayscale --activation mish --neck 512 --neck-layout norm-drop-linear --dropout 0.5 \
        --scale-size 137x236 --input-size 137x236 --batch-size 32 --val-batch-size 256 --amp off \
        --loss ohem --ohem-start 30 --ohem-scale 60 --ohem-floor 0 --ohem-per-target --ohem-mixed-only \
        --head-weights 0.7,0.2,0.1 --optimizer adam --base-lr 2.5e-5 --wd 0 --warmup-epochs 0 \
        --epochs 210 --lr-schedule plateau --lr-patience 5 --lr-factor 0.5 --min-lr 1e-7 --best-by loss \
        --random-resized-crop-scale 1,1 --random-resized-crop-ratio 1,1 \
        --random-horizontal-flip 0 --random-vertical-flip 0 --random-rotate-degree 0 \
        --jitter-brightness 0 --jitter-contrast 0 \
        --shift-scale-rotate --shift-scale-rotate-p 0.9 --shift-scale-rotate-scale 0.25 \
        --augmix --augmix-p 0.05 --augmix-severity 1 --augmix-width 1 \
        --gaussian-noise --gaussian-noise-p 0.087 --gaussian-noise-variance 0.01 \
        --blur --blur-p 0.087 --gaussian-blur --gaussian-blur-p 0.087 --gamma --gamma-p 0.139 \
        --mix-schedule mixup=0.3,cutmix=0.5 --mixup-alpha 0.9 --cutmix-beta 0.9 \
        --cutout --cutout-p 0.06 --cutout-holes 10 --cutout-length 8 \
        --gridmask --gridmask-p 0.14 --gridmask-period 0.1429,0.1429 --gridmask-keep 0.5 \
        "$@"
}
