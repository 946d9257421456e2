#!/usr/bin/env bash
# Bengali graphemes in small: three writers' and generated ones are learnt by two networks, a fourth writer's are read, by
# the first, by both, and with re-weighting. A tenth of the graphemes is kept out of training to see how unseen ones
# fare. Run it again to go on after an interruption; --fresh starts from nothing. Without real graphemes
# (MOJIKA_REAL_DATA) generated ones by other writers are read.
set -euo pipefail
cd "$(dirname "$0")/../.."
out=${MOJIKA_BENGALI_DEMO:-models/bengali_demo}
real=${MOJIKA_REAL_DATA:-../shared/data}/bengali_graphemes
sample=$out/sample
export MOJIKA_CACHE=$out/cache

if [[ ${1:-} == --fresh ]]; then rm -rf "$out"; fi
mkdir -p "$out"

say() { printf '\n== %s\n' "$*"; }

pack() { # name, form, folder of the competition's layout
    mojika pack --labels "$3/train.csv" --shards "$3/train_image_data_*.parquet" --grapheme-size "$2" --out "$out/packs/$1"
}

train() { # run, lists, further flags: what both networks share
    python train.py "$2/train.csv" "$2/valid.csv" --model-dir "$out" --prefix "$1" \
        --from-scratch --grayscale --rgb-mean 0.1 --rgb-std 0.25 --head-weights 2,1,1 --cutmix --cutmix-prob 0.5 \
        --batch-size 64 --epochs 18 --lr-schedule one-cycle --warmup-epochs 3 --drop-last \
        --random-resized-crop-scale 0.8,1.0 --random-rotate-degree 8 --random-horizontal-flip 0 \
        --disp-batches 100 "${@:3}"
}

infer() { # name, further flags: reads the test shards; its numbers to NAME.json
    mojika infer-graphemes --parquet "$test/test_image_data_*.parquet" --test "$test/test.csv" --truth "$truth" \
        --train-labels "$out/splits/crop64/train.csv" --out "$out/submission_$1.csv" --json "${@:2}" | tee "$out/$1.json"
}

say "generated graphemes of sixty writers"
mojika sample bengali "$sample" --train 12000 --test 1000 --writers 60 --seed 1
test=$sample truth=$sample/hidden/test_labels.csv sources=("$sample")
if [[ -f $real/train.csv ]]; then
    mojika check "$real"
    test=$real truth=$real/test_labels.csv sources=("$real" "$sample")
fi

say "two forms: squares around the ink, and the whole field"
for form in crop:64 56x96; do
    name=${form/:/}
    packs=() appended=()
    for source in "${sources[@]}"; do
        packs+=("$out/packs/${name}_$(basename "$source")")
        pack "$(basename "${packs[-1]}")" "$form" "$source"
    done
    if ((${#packs[@]} > 1)); then appended=(--append "${packs[1]}"); fi
    mojika split "${packs[0]}" --folds 20 --fold 0 --unseen 0.1 "${appended[@]}" --out "$out/splits/$name"
done

say "two networks"
train 01_crop64 "$out/splits/crop64" --model resnet10t --scale-size 64 --input-size 64
train 02_field "$out/splits/56x96" --model resnet10t --scale-size 56x96 --input-size 56x96 --pooling gem --seed 2

say "the test's graphemes, by a writer whom no network knows"
infer single --models "$out/01_crop64/last.model"
infer ensemble --models "$out/01_crop64/last.model" "$out/02_field/last.model" --method geometric \
    --probabilities "$out/probabilities.parquet"
infer reweighted --models "$out/01_crop64/last.model" "$out/02_field/last.model" --method geometric \
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
