#!/usr/bin/env bash
# Bengali graphemes in small: three writers' and generated ones are learnt by two networks, a fourth writer's are read,
# by the first, by both, and with re-weighting. A few graphemes are kept out of training to see how unseen ones fare.
# Run it again to resume after an interruption; --fresh starts from nothing and keeps
# what was there under another name. Without real graphemes (MOJIKA_REAL_DATA) generated ones by other writers are read.
# shellcheck disable=SC2154 # real: scripts/settings/bengali_demo.sh
set -euo pipefail
cd "$(dirname "$0")/../.."
export MOJIKA_SETTINGS=scripts/settings/bengali_demo.sh
source scripts/lib.sh bengali_demo "$@"

begin "$@"
mkdir -p "$models"

pack() { # name, folder; the cells that the test was written in show printed lines, which training knows nothing of
    mojika pack --labels "$2/train.csv" --shards "$2/train_image_data_*.parquet" --grapheme-size crop:64+unruled \
        --out "$models/packs/$1"
}

train_network() { # run, further flags: what both networks share
    python train.py "$models/split/train.csv" "$models/split/valid.csv" --model-dir "$models" --prefix "$1" \
        --model resnet10t --scale-size 48 --input-size 48 --from-scratch --grayscale --rgb-mean 0.1 --rgb-std 0.25 \
        --head-weights 2,1,1 --cutmix --cutmix-prob 0.5 --batch-size 64 --drop-last \
        --lr-schedule one-cycle --warmup-share 0.15 \
        --random-resized-crop-scale 0.8,1.0 --random-rotate-degree 8 --random-shear-degree 15 \
        --elastic 0.04 --stroke-width 0.8 --random-horizontal-flip 0 --channels-last on --disp-batches 100 "${@:2}"
}

infer() { # name, further flags: reads the test shards; its numbers to NAME.json
    mojika infer-graphemes --shards "$test/test_image_data_*.parquet" --test "$test/test.csv" --labels "$truth" \
        --train-labels "$models/split/train.csv" --out "$models/submission_$1.csv" --json "${@:2}" |
        tee "$models/$1.json"
}

drawing=(--train 12000 --writers 60 --seed 1) others=(--train 1200 --writers 12 --seed 2 --test 0)
if [[ -f $real/train.csv ]]; then
    step "the real graphemes"
    mojika check "$real"
    pack real "$real"
    test=$real truth=$real/test_labels.csv
    drawing+=(--test 0 --like "$real/train.csv") others+=(--like "$real/train.csv")
    learning=("$models/packs/real" --repeat 8 --append "$models/packs/generated")
else
    test=$data truth=$data/hidden/test_labels.csv
    drawing+=(--test 1000)
    learning=("$models/packs/generated")
fi

step "generated graphemes of sixty writers, and of twelve others to validate on"
mojika sample bengali "$data" "${drawing[@]}"
mojika sample bengali "$data.others" "${others[@]}"
pack generated "$data"
pack others "$data.others"
mojika split "${learning[@]}" --validate-on "$models/packs/others" --folds 20 --fold 0 --unseen 0.05 \
    --out "$models/split"

step "two networks"
train_network 01_first --epochs 9
train_network 02_second --epochs 6 --pooling gem --optimizer adamw --base-lr 3e-3 --wd 0.05 --seed 2
mojika evaluate "$models/01_first/last.model" "$models/split/valid.csv" --json >"$models/valid.json"

step "the test's graphemes, by a writer whom no network knows"
infer single --models "$models/01_first/last.model"
infer ensemble --models "$models/01_first/last.model" "$models/02_second/last.model" --mean geometric \
    --probabilities "$models/probabilities.parquet"
infer reweighted --models "$models/01_first/last.model" "$models/02_second/last.model" --mean geometric \
    --probabilities "$models/probabilities.parquet" --reweight 1.2 --plot "$models/class_distribution"

step "summary"
mojika summary --out "$models/summary.json" \
    score="$models/single.json:score" score_ensemble="$models/ensemble.json:score" \
    score_reweighted="$models/reweighted.json:score" \
    {}="$models/single.json:score_seen,score_unseen,recall_root,recall_vowel,recall_consonant" \
    valid_{}="$models/valid.json:score,samples" seconds="$SECONDS"
cat "$models/summary.json"

step "both networks as one folder, for mojika recognize and mojika infer-graphemes"
mojika bundle "$models/01_first/last.model" "$models/02_second/last.model" --mean geometric \
    --scores "$models/ensemble.json" --name bengali_demo --out "$models/reader" "${reader_about[@]}"
echo "class distributions: $models/class_distribution; curves: tensorboard --logdir $models"
