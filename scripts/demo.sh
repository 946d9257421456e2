#!/usr/bin/env bash
# The whole foundation on generated pages, then on real ones where there are any; a quarter of an hour on two cores.
# Run it again to go on after an interruption; --fresh starts from nothing.
set -euo pipefail
cd "$(dirname "$0")/.."
out=models/demo
sample=$out/sample
real=${MOJIKA_REAL_DATA:-../shared/data}/kuzushiji_pages
held_out_book=200015779
held_out_page=100241706_00007_2
started=$SECONDS

if [[ ${1:-} == --fresh ]]; then rm -rf "$out"; fi
mkdir -p "$out"
export MOJIKA_CACHE=$out/cache

say() { printf '\n== %s\n' "$*"; }

train() { # run, lists, further flags: one recipe for both runs
    local run=$1 lists=$2
    shift 2
    python train.py "$lists/train.csv" "$lists/valid.csv" --model-dir "$out" --prefix "$run" \
        --model resnet10t --from-scratch --grayscale --scale-size 54 --input-size 48 --rgb-mean 0.5 --rgb-std 0.3 \
        --batch-size 128 --base-lr 0.1 --warmup-epochs 1 --cosine-annealing-mult 1 \
        --random-horizontal-flip 0 --random-rotate-degree 5 --random-resized-crop-scale 0.7,1.0 \
        --l2softmax --icap --icap-beta 1 --icap-prob 0.5 --random-erasing --undersampling 300 --drop-last "$@"
}

evaluate() { # run, list, name: numbers to JSON, crops to a contact sheet
    mojika evaluate "$out/$1/best.model" "$2" --contact-sheet "$out/contact_sheet_$3.png" --json >"$out/evaluation_$3.json"
    cat "$out/evaluation_$3.json"
}

say "generated pages of several books"
characters=()
if [[ -f $real/train.csv ]]; then characters=(--characters-from "$real/train.csv"); fi
mojika sample kuzushiji "$sample" --books 6 --pages-per-book 10 --seed 1 "${characters[@]}"

say "preprocess, pack, split by book"
mojika preprocess "$sample/train_images" "$sample/preprocessed/train_images"
mojika pack --labels "$sample/train.csv" --images "$sample/preprocessed/train_images" --out "$sample/packs/gray54" \
    --scale-size 54 --channels 1
mojika split "$sample/packs/gray54" --hold-out "$held_out_book" --out "$sample/splits/$held_out_book"

say "train on the other books, read the book held out"
train generated "$sample/splits/$held_out_book" --epochs 12 --cosine-annealing-t-max 11
evaluate generated "$sample/splits/$held_out_book/valid.csv" generated

if [[ -d $real ]]; then
    say "the same on real pages: all but one in training, the one left out to be read"
    mojika preprocess "$real/train_images" "$out/real_pages/preprocessed"
    mojika pack --labels "$real/train.csv" --images "$out/real_pages/preprocessed" --out "$out/real_pages/gray54" \
        --scale-size 54 --channels 1 --classes "$sample/packs/gray54/classes.csv" --skip-bad
    mojika split "$sample/packs/gray54" "$out/real_pages/gray54" --by page --hold-out "$held_out_page" --fill 0 \
        --out "$out/real_pages/split"
    train real "$out/real_pages/split" --resume "$out/generated/best.model" --epochs 4 --cosine-annealing-t-max 4
    evaluate real "$out/real_pages/split/valid.csv" real
else
    say "no real pages at $real (set MOJIKA_REAL_DATA): only the generated ones were read"
fi
