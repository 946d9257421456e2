#!/usr/bin/env bash
# All that is measured on real writing, as JSON files in OUT and as the table OUT/table.md (docs/real_hands.md):
#   crops.json           shares right of real characters whose boxes are known, one view (real_hands.py)
#   detection.json, neighbours.json, two_views.json   precision, recall, lines covered, boxes outside lines, by the
#                        detector's score, judged by their neighbours, and with scores of two scales (real_detection.py)
#   off.json, lm.json    errors of `mojika recognize` on the four pages, without and with the language model, if one is named
#   kmnist_0.json, kmnist_1.json   a network trained on one half of the real hiragana, validated on the other
#   self_kmnist.json, self_pages.json   the first two classifiers after self-training on real characters without labels,
#                        with what the others read (self_training.py), if a pack of generated characters is named
#   rotations.json       the page left out after fine-tuning of the reader, by default of detector and first classifier
#                        (finetune_rotations.py)
# The classifiers know the same classes. Run it again to go on: what is there is not made again. Two hours on one core.
# Usage: bash benchmarks/real_hands.sh OUT --classifiers MODEL … --detector MODEL [--lm NGRAMS] [--mix PACK …]
#        [--reader FOLDER]
set -euo pipefail
usage() {
    sed -n '2,14s/^# \?//p' "$0"
    exit 2
}
(($# > 1)) || usage
out=$1 classifiers=() detector="" lm="" mix=() reader=""
shift
while (($#)); do
    flag=$1
    shift
    values=()
    while (($#)) && [[ $1 != --* ]]; do
        values+=("$1")
        shift
    done
    ((${#values[@]})) || usage
    case $flag in
        --classifiers) classifiers=("${values[@]}") ;;
        --detector) detector=${values[0]} ;;
        --lm) lm=${values[0]} ;;
        --mix) mix=("${values[@]}") ;;
        --reader) reader=${values[0]} ;;
        *) usage ;;
    esac
done
[[ ${classifiers[*]} && $detector ]] || usage
data=${MOJIKA_REAL_DATA:-../shared/data}
pages=$data/kuzushiji_pages
mkdir -p "$out"

measure() { # name of the JSON file, command
    [[ -s $out/$1.json ]] || "${@:2}" --out "$out/$1.json" >/dev/null
}
read_pages() { # name, further flags
    [[ ! -s $out/$1.json ]] || return 0
    mojika recognize "$pages/train_images" --models "$detector" "${classifiers[@]}" --score-threshold 0.4 \
        --nms-by box_score --out "$out/read_$1" --formats json "${@:2}"
    mojika score --labels "$pages/train.csv" --read "$out/read_$1" --predicted-pages --json >"$out/$1.json.part"
    mv "$out/$1.json.part" "$out/$1.json"
}

measure crops python benchmarks/real_hands.py "${classifiers[@]}"
sides=(--short-sides '750,950,1200')
measure detection python benchmarks/real_detection.py "$detector" "${sides[@]}" --thresholds 0.3,0.35,0.4,0.45,0.5
measure neighbours python benchmarks/real_detection.py "$detector" "${sides[@]}" --neighbours \
    --thresholds 0.3,0.4,0.45,0.5,0.55,0.6
measure two_views python benchmarks/real_detection.py "$detector" "${sides[@]}" --two-views --neighbours \
    --thresholds 0.3,0.35,0.4,0.45,0.5,0.55
read_pages off --lm off
[[ ! $lm ]] || read_pages lm --lm "$lm"

if [[ ! -d $out/hiragana ]]; then
    rm -rf "$out/hiragana.part"
    python benchmarks/kmnist_images.py "$data/kmnist/hiragana28.npz" "$out/hiragana.part"
    mv "$out/hiragana.part" "$out/hiragana"
fi
for fold in 0 1; do
    [[ ! -s $out/kmnist_$fold.json ]] || continue
    mojika split "$out/hiragana" --folds 2 --fold "$fold" --out "$out/fold_$fold"
    python train.py "$out/fold_$fold/train.csv" "$out/fold_$fold/valid.csv" --model-dir "$out/models" \
        --prefix "kmnist_$fold" --model resnet10t --from-scratch --grayscale --rgb-mean 0.5 --rgb-std 0.3 \
        --channels-last on --random-horizontal-flip 0 --drop-last --optimizer adamw --base-lr 3e-3 --wd 0.05 \
        --lr-schedule one-cycle --warmup-share 0.15 --label-smoothing 0.05 --ema-decay 0.99 --scale-size 32 \
        --input-size 32 --elastic 0.03 --random-shear-degree 8 --random-rotate-degree 8 \
        --random-resized-crop-scale 0.8,1.0 --cutmix --cutmix-prob 0.5 --batch-size 64 --epochs 40
    mojika evaluate "$out/models/kmnist_$fold/last.model" "$out/fold_$fold/valid.csv" --json >"$out/kmnist_$fold.part"
    mv "$out/kmnist_$fold.part" "$out/kmnist_$fold.json"
done

if ((${#mix[@]})); then
    students=("${classifiers[@]:0:2}")
    helpers=("${classifiers[@]:2}")
    ((${#helpers[@]} == 0)) || helpers=(--with "${helpers[@]}")
    learn=(python benchmarks/self_training.py "${students[@]}" "${helpers[@]}" --mix "${mix[0]}" --work "$out/self")
    measure self_kmnist "${learn[@]}" --on kmnist --prior --rounds 4
    measure self_pages "${learn[@]}" --on pages --share 0.5 --rounds 2
fi

if [[ ! $reader ]]; then
    reader=$out/start
    mojika bundle "$detector" "${classifiers[0]}" --page-preprocessing none --nms-by box_score --out "$reader"
fi
((${#mix[@]} == 0)) || mix=(--mix "${mix[@]}")
python benchmarks/finetune_rotations.py "$reader" "${mix[@]}" --work "$out/rotations" --out "$out/rotations.json" >/dev/null
python benchmarks/real_hands_table.py "$out" | tee "$out/table.md"
