#!/usr/bin/env bash
# Bengali graphemes in small: three writers' and generated ones are learnt by two networks, a fourth writer's are read,
# by the first, by both, and with re-weighting. A few graphemes are kept out of training to see how unseen ones fare.
# Run it again to go on after an interruption; --fresh starts from nothing. Without real graphemes (MOJIKA_REAL_DATA)
# generated ones by other writers are read.
set -euo pipefail
cd "$(dirname "$0")/../.."
out=${MOJIKA_BENGALI_DEMO:-models/bengali_demo}
real=${MOJIKA_REAL_DATA:-../shared/data}/bengali_graphemes
sample=$out/sample
export MOJIKA_CACHE=$out/cache

if [[ ${1:-} == --fresh ]]; then rm -rf "$out"; fi
mkdir -p "$out"

say() { printf '\n== %s\n' "$*"; }

pack() { # name, folder; the cells that the test was written in show printed lines, which training knows nothing of
    mojika pack --labels "$2/train.csv" --shards "$2/train_image_data_*.parquet" --grapheme-size crop:64+unruled \
        --out "$out/packs/$1"
}

train() { # run, further flags: what both networks share
    python train.py "$out/split/train.csv" "$out/split/valid.csv" --model-dir "$out" --prefix "$1" \
        --model resnet10t --scale-size 64 --input-size 64 --from-scratch --grayscale --rgb-mean 0.1 --rgb-std 0.25 \
        --head-weights 2,1,1 --cutmix --cutmix-prob 0.5 --batch-size 64 --drop-last \
        --lr-schedule one-cycle --warmup-share 0.15 \
        --random-resized-crop-scale 0.8,1.0 --random-rotate-degree 8 --random-shear-degree 15 \
        --elastic 0.04 --stroke-width 0.8 --random-horizontal-flip 0 --disp-batches 100 "${@:2}"
}

infer() { # name, further flags: reads the test shards; its numbers to NAME.json
    mojika infer-graphemes --parquet "$test/test_image_data_*.parquet" --test "$test/test.csv" --truth "$truth" \
        --train-labels "$out/split/train.csv" --out "$out/submission_$1.csv" --json "${@:2}" | tee "$out/$1.json"
}

drawing=(--train 12000 --writers 60 --seed 1)
if [[ -f $real/train.csv ]]; then
    say "the real graphemes"
    mojika check "$real"
    pack real "$real"
    test=$real truth=$real/test_labels.csv
    drawing+=(--test 0 --like "$real/train.csv")
    learning=("$out/packs/real" --repeat 3 --append "$out/packs/generated")
else
    test=$sample truth=$sample/hidden/test_labels.csv
    drawing+=(--test 1000)
    learning=("$out/packs/generated")
fi

say "generated graphemes of sixty writers"
mojika sample bengali "$sample" "${drawing[@]}"
pack generated "$sample"
mojika split "${learning[@]}" --folds 20 --fold 0 --unseen 0.05 --out "$out/split"

say "two networks"
train 01_first --epochs 20
train 02_second --epochs 16 --pooling gem --optimizer adamw --base-lr 3e-3 --wd 0.05 --seed 2

say "the test's graphemes, by a writer whom no network knows"
infer single --models "$out/01_first/last.model"
infer ensemble --models "$out/01_first/last.model" "$out/02_second/last.model" --method geometric \
    --probabilities "$out/probabilities.parquet"
infer reweighted --models "$out/01_first/last.model" "$out/02_second/last.model" --method geometric \
    --probabilities "$out/probabilities.parquet" --reweight 1.2 --plot "$out/class_distribution"

say "summary"
python - "$out" "$SECONDS" <<'END'
import json, pathlib, sys

out, seconds = pathlib.Path(sys.argv[1]), int(sys.argv[2])
single, ensemble, reweighted = (json.loads((out / f"{name}.json").read_text())
                                for name in ("single", "ensemble", "reweighted"))
summary = {"score": single["score"], "score_ensemble": ensemble["score"], "score_reweighted": reweighted["score"]}
summary |= {name: single[name] for name in ("score_seen", "score_unseen", "recall_root", "recall_vowel",
                                            "recall_consonant")}
summary["seconds"] = seconds
(out / "summary.json").write_text(json.dumps(summary, indent=2) + "\n")
print(json.dumps(summary, indent=2))
END
echo "class distributions: $out/class_distribution; curves: tensorboard --logdir $out"
