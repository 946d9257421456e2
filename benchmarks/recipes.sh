#!/usr/bin/env bash
# What heads, mixing and erasing are worth on generated pages: one recipe, one idea changed at a time, three seeds each.
# About an hour on two quiet cores; run it again to go on after an interruption. Ends with a table and its JSON.
set -euo pipefail
cd "$(dirname "$0")/.."
out=models/recipe_study
sample=$out/sample
real=${MOJIKA_REAL_DATA:-../shared/data}/kuzushiji_pages
held_out_book=200015779
seeds=(0 1 2)
names=()
export MOJIKA_CACHE=$out/cache

characters=()
if [[ -f $real/train.csv ]]; then characters=(--characters-from "$real/train.csv"); fi
mojika sample kuzushiji "$sample" --books 8 --pages-per-book 9 --test-books 1 --test-pages 2 --classes 250 --seed 1 \
    "${characters[@]}"
mojika preprocess "$sample/train_images" "$sample/preprocessed/train_images"
pack() { # labels, pages, pack
    mojika pack --labels "$1" --images "$2" --out "$3" --scale-size 54 --channels 1 "${@:4}"
}
pack "$sample/train.csv" "$sample/preprocessed/train_images" "$sample/packs/gray54"
mojika split "$sample/packs/gray54" --hold-out "$held_out_book" --min-train 20 --out "$sample/splits/$held_out_book"
if [[ -f $real/train.csv ]]; then
    mojika preprocess "$real/train_images" "$out/real_pages/preprocessed"
    pack "$real/train.csv" "$out/real_pages/preprocessed" "$out/real_pages/gray54" \
        --classes "$sample/packs/gray54/classes.csv" --skip-bad
    python benchmarks/list_of_pack.py "$out/real_pages/gray54" >"$out/real_pages/all.csv" # none of it is trained on
fi

study() { # name, flags: the demo's recipe with these ideas, once per seed
    local name=$1 seed run
    shift
    names+=("$name")
    for seed in "${seeds[@]}"; do
        run=${name}_$seed
        python train.py "$sample/splits/$held_out_book/train.csv" "$sample/splits/$held_out_book/valid.csv" \
            --model-dir "$out" --prefix "$run" --seed "$seed" \
            --model test_resnet --from-scratch --grayscale --scale-size 54 --input-size 48 --rgb-mean 0.5 \
            --rgb-std 0.3 --batch-size 128 --epochs 10 --warmup-epochs 1 --cosine-annealing-t-max 9 \
            --cosine-annealing-mult 1 --cosine-annealing-eta-min 1e-4 --random-horizontal-flip 0 \
            --random-rotate-degree 5 --random-resized-crop-scale 0.7,1.0 --undersampling 2000 --drop-last \
            --disp-batches 1000 "$@"
        evaluate "$run" generated "$sample/splits/$held_out_book/valid.csv"
        if [[ -f $out/real_pages/all.csv ]]; then evaluate "$run" real "$out/real_pages/all.csv"; fi
    done
}

evaluate() { # run, name, list
    local numbers=$out/$1/evaluation_$2.json
    if [[ ! -s $numbers ]]; then
        mojika evaluate "$out/$1/last.model" "$3" --json >"$numbers.part"
        mv "$numbers.part" "$numbers"
    fi
}

study plain
study l2softmax --l2softmax
study arcface --arcface
study arcface_m02 --arcface --arcface-m 0.2
study l2softmax_re --l2softmax --random-erasing
study arcface_m02_re --arcface --arcface-m 0.2 --random-erasing
study l2softmax_mixup_re --l2softmax --random-erasing --mixup
study l2softmax_cutmix_re --l2softmax --random-erasing --cutmix --cutmix-prob 0.5
study l2softmax_ricap_re --l2softmax --random-erasing --ricap
study l2softmax_icap --l2softmax --icap --icap-beta 1 --icap-prob 0.5
study l2softmax_icap_re --l2softmax --random-erasing --icap --icap-beta 1 --icap-prob 0.5
study plain_icap_re --random-erasing --icap --icap-beta 1 --icap-prob 0.5
study arcface_icap_re --arcface --random-erasing --icap --icap-beta 1 --icap-prob 0.5
python benchmarks/recipe_table.py "$out" "${names[@]}" --out benchmarks/results/recipes.json
