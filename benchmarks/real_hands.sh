#!/usr/bin/env bash
# All that is measured on real writing, of one classifier and one detector, as JSON files in a folder:
#   crops.json       shares right of real characters whose boxes are known (real_hands.py)
#   detection.json   precision, recall, lines covered, boxes outside lines (real_detection.py)
#   off.json, lm.json    errors of `mojika recognize` on the four pages, without and with the language model, if one is named
#   kmnist_0.json, kmnist_1.json   a network trained on one half of the real hiragana, validated on the other
# and by rotations of the pages, what fine-tuning gains: rotations.json (finetune_rotations.py; an hour and more).
# Usage: bash benchmarks/real_hands.sh CLASSIFIER.model DETECTOR.model OUT [LANGUAGE_MODEL]
set -euo pipefail
(($# == 3 || $# == 4)) || { sed -n '2,9s/^# \?//p' "$0"; exit 2; }
classifier=$1 detector=$2 out=$3 lm=${4:-}
data=${MOJIKA_REAL_DATA:-../shared/data}
pages=$data/kuzushiji_pages
mkdir -p "$out"

python benchmarks/real_hands.py "$classifier" --out "$out/crops.json" >/dev/null
python benchmarks/real_detection.py "$detector" --thresholds 0.3,0.4,0.5 --out "$out/detection.json" >/dev/null

read_pages() { # name, further flags
    mojika recognize "$pages/train_images" --models "$detector" "$classifier" --score-threshold 0.4 --nms-by box_score \
        --out "$out/read_$1" --formats json "${@:2}"
    mojika score --labels "$pages/train.csv" --read "$out/read_$1" --predicted-pages --json >"$out/$1.json"
}
read_pages off --lm off
[[ ! $lm ]] || read_pages lm --lm "$lm"

if [[ ! -d $out/hiragana ]]; then
    rm -rf "$out/hiragana.part"
    python benchmarks/kmnist_images.py "$data/kmnist/hiragana28.npz" "$out/hiragana.part"
    mv "$out/hiragana.part" "$out/hiragana"
fi
for fold in 0 1; do
    mojika split "$out/hiragana" --folds 2 --fold "$fold" --out "$out/fold_$fold"
    python train.py "$out/fold_$fold/train.csv" "$out/fold_$fold/valid.csv" --model-dir "$out/models" \
        --prefix "kmnist_$fold" --model resnet10t --from-scratch --grayscale --rgb-mean 0.5 --rgb-std 0.3 \
        --channels-last on --random-horizontal-flip 0 --drop-last --optimizer adamw --base-lr 3e-3 --wd 0.05 \
        --lr-schedule one-cycle --warmup-share 0.15 --label-smoothing 0.05 --ema-decay 0.99 --scale-size 32 \
        --input-size 32 --elastic 0.03 --random-shear-degree 8 --random-rotate-degree 8 \
        --random-resized-crop-scale 0.8,1.0 --cutmix --cutmix-prob 0.5 --batch-size 64 --epochs 40
    mojika evaluate "$out/models/kmnist_$fold/last.model" "$out/fold_$fold/valid.csv" --json >"$out/kmnist_$fold.json"
done

mojika bundle "$detector" "$classifier" --page-preprocessing none --nms-by box_score --out "$out/start"
python benchmarks/finetune_rotations.py "$out/start" --learn 0 1 3 --work "$out/rotations" --out "$out/rotations.json"
