#!/usr/bin/env bash
# The whole foundation on generated pages, then on real ones where there are any: about ten minutes on two cores.
# Run it again to go on after an interruption; --fresh starts from nothing.
set -euo pipefail
cd "$(dirname "$0")/.."
out=models/demo
sample=$out/sample
real=${MOJIKA_REAL_DATA:-../shared/data}/kuzushiji_pages
held_out_book=200015779
held_out_page=100241706_00007_2

if [[ ${1:-} == --fresh ]]; then rm -rf "$out"; fi
export MOJIKA_CACHE=$out/cache

say() { printf '\n== %s\n' "$*"; }

pack() { # labels, pages, pack
    mojika pack --labels "$1" --images "$2" --out "$3" --scale-size 54 --channels 1 "${@:4}"
}

train() { # run, lists, further flags: one recipe for both runs, on a CPU as on a GPU
    python train.py "$2/train.csv" "$2/valid.csv" --model-dir "$out" --prefix "$1" \
        --model test_resnet --from-scratch --grayscale --scale-size 54 --input-size 48 --rgb-mean 0.5 --rgb-std 0.3 \
        --batch-size 128 --cosine-annealing-mult 1 --cosine-annealing-eta-min 1e-4 \
        --random-horizontal-flip 0 --random-rotate-degree 5 --random-resized-crop-scale 0.7,1.0 \
        --arcface --arcface-m 0.2 --random-erasing --undersampling 2000 --drop-last \
        --disp-batches 120 "${@:3}"
}

evaluate() { # model, list, name: numbers to JSON, crops with truth and prediction to a picture
    mojika evaluate "$1" "$2" --contact-sheet "$out/contact_sheet_$3.png" --json | tee "$out/evaluation_$3.json"
    echo "crops, truth and prediction: $out/contact_sheet_$3.png"
}

say "generated pages of eight books"
characters=()
if [[ -f $real/train.csv ]]; then characters=(--characters-from "$real/train.csv"); fi
mojika sample kuzushiji "$sample" --books 8 --pages-per-book 9 --test-books 1 --test-pages 2 --classes 250 --seed 1 \
    "${characters[@]}"
mojika check "$sample"

say "preprocess, pack, split by book"
mojika preprocess "$sample/train_images" "$sample/preprocessed/train_images"
pack "$sample/train.csv" "$sample/preprocessed/train_images" "$sample/packs/gray54"
mojika split "$sample/packs/gray54" --hold-out "$held_out_book" --out "$sample/splits/$held_out_book"

say "train on seven books, read the eighth"
train generated "$sample/splits/$held_out_book" --epochs 14 --warmup-epochs 1 --cosine-annealing-t-max 13
evaluate "$out/generated/best.model" "$sample/splits/$held_out_book/valid.csv" generated

if [[ -f $real/train.csv ]]; then
    say "the same on real pages: all but one are trained on as well, the one left out is read"
    mojika preprocess "$real/train_images" "$out/real_pages/preprocessed"
    pack "$real/train.csv" "$out/real_pages/preprocessed" "$out/real_pages/gray54" \
        --classes "$sample/packs/gray54/classes.csv" --skip-bad
    mojika split "$sample/packs/gray54" "$out/real_pages/gray54" --by page --hold-out "$held_out_page" --fill 0 \
        --out "$out/real_pages/split"
    train real "$out/real_pages/split" --resume "$out/generated/best.model" --epochs 6 --base-lr 0.05 \
        --warmup-epochs 0.5 --cosine-annealing-t-max 6
    evaluate "$out/real/last.model" "$out/real_pages/split/valid.csv" real # not the best on this very page
else
    say "no real pages at $real (set MOJIKA_REAL_DATA): only generated ones were read"
fi

say "summary"
python - "$out" "$SECONDS" <<'END'
import json, pathlib, sys

out, seconds = pathlib.Path(sys.argv[1]), int(sys.argv[2])
read = {name: json.loads((out / f"evaluation_{name}.json").read_text())
        for name in ("generated", "real") if (out / f"evaluation_{name}.json").exists()}
summary = {f"valid_{key}": read["generated"][key]
           for key in ("accuracy", "macro_recall", "accuracy_unshared", "macro_recall_unshared")}
if "real" in read:
    summary |= {"real_accuracy": read["real"]["accuracy"], "real_macro_recall": read["real"]["macro_recall"]}
summary["seconds"] = seconds
(out / "summary.json").write_text(json.dumps(summary, indent=2) + "\n")
print(json.dumps(summary, indent=2))
END
echo "curves: tensorboard --logdir $out"
