#!/usr/bin/env bash
# What seven further fonts are worth for reading a Bengali writer who is in no training list (docs/bengali.md). Networks
# learn from packs drawn without and with them, three seeds each: the demo's first network from scratch, four epochs,
# and the demo's second, START, one epoch further. Then START learns four epochs from both packs, and reads alone and,
# with any MODEL that is given, together. Run it again to go on after an interruption. Half an hour on one quiet core.
# Needs MOJIKA_REAL_DATA.
# Usage: bash scripts/get_fonts.sh --bengali; bash scripts/bengali/demo.sh
#        bash benchmarks/bengali_hands.sh models/bengali_demo/02_second/last.model [MODEL …]
set -euo pipefail
cd "$(dirname "$0")/.."
(($#)) || { sed -n '2,9s/^# \?//p' "$0"; exit 2; }
start=$1
out=models/bengali_hands
real=${MOJIKA_REAL_DATA:-../shared/data}/bengali_graphemes
seeds=(1 2 3)
export MOJIKA_CACHE=$out/cache

draw() { # name, flags: a pack of generated graphemes of the real ones' vocabulary
    mojika sample bengali "$out/$1" --test 0 --shards 1 --like "$real/train.csv" "${@:2}"
    pack "$1" "$out/$1"
}

pack() { # name, folder
    mojika pack --labels "$2/train.csv" --shards "$2/train_image_data_*.parquet" --grapheme-size crop:64+unruled \
        --out "$out/packs/$1"
}

split() { # name, real graphemes in an epoch, generated packs
    local appended=() generated
    for generated in "${@:3}"; do appended+=(--append "$out/packs/$generated"); done
    mojika split "$out/packs/real" --repeat "$2" "${appended[@]}" --validate-on "$out/packs/others" \
        --folds 20 --fold 0 --unseen 0.05 --out "$out/split_$1"
}

train_network() { # run, split, flags: what all networks share with scripts/bengali/demo.sh
    python train.py "$out/split_$2/train.csv" "$out/split_$2/valid.csv" --model-dir "$out" --prefix "$1" \
        --model resnet10t --scale-size 48 --input-size 48 --grayscale --rgb-mean 0.1 --rgb-std 0.25 \
        --head-weights 2,1,1 --cutmix --cutmix-prob 0.5 --batch-size 64 --drop-last \
        --lr-schedule one-cycle --warmup-share 0.15 \
        --random-resized-crop-scale 0.8,1.0 --random-rotate-degree 8 --random-shear-degree 15 \
        --elastic 0.04 --stroke-width 0.8 --random-horizontal-flip 0 --channels-last on --disp-batches 100 "${@:3}"
}

read_writer() { # run, name, models, …: the fourth writer's graphemes; numbers to RUN/evaluation_NAME.json
    local numbers=$out/$1/evaluation_$2.json
    if [[ ! -s $numbers ]]; then
        mojika infer-graphemes --models "${@:3}" --shards "$real/test_image_data_*.parquet" --test "$real/test.csv" \
            --labels "$real/test_labels.csv" --out "$out/$1/$2.csv" --json >"$numbers.part"
        mv "$numbers.part" "$numbers"
    fi
}

pack real "$real"
draw others --train 1200 --writers 12 --seed 2
draw fonts_of_demo --train 8000 --writers 150 --seed 1
draw further_fonts --train 8000 --writers 150 --seed 1 --fonts input/bengali_fonts
further=(--pretrained "$start" --pooling gem --optimizer adamw --base-lr 1e-3 --wd 0.05)
for fonts in fonts_of_demo further_fonts; do
    split "$fonts" 4 "$fonts"
    for seed in "${seeds[@]}"; do
        train_network "${fonts}_$seed" "$fonts" --from-scratch --epochs 4 --seed "$seed"
        read_writer "${fonts}_$seed" writer "$out/${fonts}_$seed/last.model"
        run=start_${fonts}_$seed
        train_network "$run" "$fonts" "${further[@]}" --ema-decay 0.99 --epochs 1 --seed "$seed"
        read_writer "$run" writer "$out/$run/last.model"
    done
done
python benchmarks/recipe_table.py "$out" {,start_}{fonts_of_demo,further_fonts} \
    --out benchmarks/results/bengali_hands.json

split both 8 fonts_of_demo further_fonts
train_network both both "${further[@]}" --ema-decay 0.995 --epochs 4 --seed 3
both=$out/both/last.model
read_writer both alone "$both"
read_writer both together "$both" "${@:2}" --mean geometric
read_writer both reweighted "$both" "${@:2}" --mean geometric --reweight 1.2
grep -H . "$out"/both/evaluation_*.json
