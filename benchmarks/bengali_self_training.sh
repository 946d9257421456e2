#!/usr/bin/env bash
# What a network gains from the images of a writer that nobody has labelled (docs/bengali.md): all MODELs read the fourth
# writer's graphemes together, and the first one learns 300 steps further from the surest 40 % of what was read, beside
# the real graphemes of three writers and generated ones; three seeds. It reads alone, and together with what it was
# before, plain and re-weighted; at last all four read together. Run it again to go on. Half an hour on one core.
# Needs MOJIKA_REAL_DATA and the packs of benchmarks/bengali_hands.sh.
# Usage: WEIGHTS=0.6,0.4 bash benchmarks/bengali_self_training.sh MODEL [MODEL …]
set -euo pipefail
cd "$(dirname "$0")/.."
(($#)) || { sed -n '2,7s/^# \?//p' "$0"; exit 2; }
start=$1
packs=models/bengali_hands/packs
out=models/bengali_self
real=${MOJIKA_REAL_DATA:-../shared/data}/bengali_graphemes
shards="$real/test_image_data_*.parquet"
export MOJIKA_CACHE=$out/cache
mkdir -p "$out/read"

if [[ ! -s $out/split/train.csv ]]; then
    mojika infer-graphemes --models "$@" ${WEIGHTS:+--weights "$WEIGHTS"} --mean geometric --shards "$shards" \
        --out "$out/read/read.csv" --probabilities "$out/read/read.parquet"
    python benchmarks/surest_graphemes.py "$out/read/read.parquet" "$out/read/labels.csv" --truth "$real/test_labels.csv"
    cp "$real/class_map.csv" "$out/read"
    mojika pack --labels "$out/read/labels.csv" --shards "$shards" --grapheme-size crop:64+unruled --skip-bad \
        --out "$out/read/pack"
    mojika split "$packs/real" --repeat 4 --append "$packs/fonts_of_demo" --append "$out/read/pack" \
        --validate-on "$packs/others" --folds 20 --fold 0 --out "$out/split"
    sed -i -E 's#^(\.\./read/pack,.*),1,0$#\1,40,0#' "$out/split/train.csv" # each forty times an epoch, the others as they are
fi

read_writer() { # name, models, …
    local reweighted numbers
    for reweighted in "" 1.2; do
        numbers=$out/evaluation_$1${reweighted:+_reweighted}.json
        [[ ! -s $numbers ]] || continue
        mojika infer-graphemes --models "${@:2}" --mean geometric ${reweighted:+--reweight "$reweighted"} \
            --shards "$shards" --test "$real/test.csv" --labels "$real/test_labels.csv" \
            --out "$out/read/$1${reweighted:+_reweighted}.csv" --json >"$numbers.part"
        mv "$numbers.part" "$numbers"
    done
}

read_writer before "$start"
for seed in 0 1 2; do
    python train.py "$out/split/train.csv" "$out/split/valid.csv" --model-dir "$out" --prefix "seed_$seed" \
        --model resnet26t --pretrained "$start" --pooling gem --scale-size 64 --input-size 64 --grayscale \
        --rgb-mean 0.1 --rgb-std 0.25 --head-weights 2,1,1 --cutmix --cutmix-prob 0.5 --batch-size 64 --drop-last \
        --optimizer adamw --base-lr 1e-3 --wd 0.05 --ema-decay 0.98 --lr-schedule one-cycle --warmup-share 0.15 \
        --random-resized-crop-scale 0.8,1.0 --random-rotate-degree 8 --random-shear-degree 15 --elastic 0.04 \
        --stroke-width 0.8 --random-horizontal-flip 0 --channels-last on --disp-batches 50 --steps 300 --seed "$seed"
    read_writer "after_$seed" "$out/seed_$seed/last.model"
    read_writer "both_$seed" "$start" "$out/seed_$seed/last.model"
done
read_writer all "$start" "$out"/seed_{0,1,2}/last.model
grep -o -H '"score": [0-9.]*' "$out"/evaluation_*.json
