#!/usr/bin/env bash
# Draws docs/images/recipes/*.png: what each idea of docs/recipes.md does to eight generated crops.
# A minute on one core; needs the fonts of the generated sample and nothing else.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/answer.sh "$@"
expect_no_arguments "$@"
pictures=docs/images/recipes
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export MOJIKA_CACHE=$work/cache

mojika sample kuzushiji "$work/sample" --books 2 --pages-per-book 2 --test-books 1 --test-pages 1 --classes 120 --seed 3
mojika pack --labels "$work/sample/train.csv" --images "$work/sample/train_images" --out "$work/pack" --scale-size 70 \
    --channels 3
mojika split "$work/pack" --hold-out 200015779 --fill 0 --out "$work/split"

draw() { # name, flags: eight crops as they are, and below them as they are trained on; nothing else is switched on
    python train.py "$work/split/train.csv" "$work/split/valid.csv" --model test_resnet --from-scratch --no-cuda \
        --scale-size 70 --input-size 64 --batch-size 8 --random-resized-crop-scale 1,1 --random-resized-crop-ratio 1,1 \
        --random-horizontal-flip 0 --random-rotate-degree 0 --jitter-brightness 0 --jitter-contrast 0 \
        --jitter-saturation 0 --jitter-hue 0 --model-dir "$work" --prefix "$1" --image-dump "${@:2}"
    python scripts/recipe_picture.py "$work/$1/samples.png" "$pictures/$1.png"
}

mkdir -p "$pictures"
while read -r name flags; do
    # shellcheck disable=SC2086 # several flags
    draw "$name" --seed 21 $flags
done <<'END'
crop_and_rotate --random-resized-crop-scale 0.6,0.9 --random-resized-crop-ratio 0.75,1.3333 --random-rotate-degree 15
colour          --jitter-brightness 0.25 --jitter-contrast 0.25 --jitter-saturation 0.5 --jitter-hue 0.125 --pca-noise 0.125
augmix          --grayscale --augmix
mixup           --grayscale --mixup --mixup-alpha 4
cutmix          --grayscale --cutmix --cutmix-per-sample
ricap           --grayscale --ricap --ricap-beta 1
icap            --grayscale --icap --icap-beta 1
random_erasing  --grayscale --random-erasing --random-erasing-p 1
cutout          --grayscale --cutout --cutout-length 26
gridmask        --grayscale --gridmask --gridmask-p 1 --gridmask-period 0.3,0.5 --gridmask-rotate 15
END
ls -l "$pictures"
