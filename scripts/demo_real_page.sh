#!/usr/bin/env bash
# The demo's last part: detector and classifiers learn from all real pages but one as well, and that one is read.
# Needs what scripts/demo.sh made before. The pages lie in MOJIKA_REAL_DATA; an argument names the one left out.
# shellcheck disable=SC2154 # real, real_page: scripts/settings/demo.sh
set -euo pipefail
cd "$(dirname "$0")/.."
export MOJIKA_SETTINGS=scripts/settings/demo.sh
source scripts/answer.sh "$@"
source train_scripts/demo/detector.sh # and with it scripts/lib.sh

expect_no_arguments "${@:2}"
page=${1:-$real_page}
[[ $page != -* ]] || expect_no_arguments "$page"
work=$models/real
boxes=$output/real
lists=real/$page

step "real pages: all but $page are learnt from"
mojika preprocess "$real/train_images" "$work/preprocessed"
mkdir -p "$work/page" "$work/page_preprocessed"
ln -sf "$(realpath "$real/train_images/$page".*)" "$work/page/"
ln -sf "../preprocessed/$page.png" "$work/page_preprocessed/"
grep -v "^$page," "$real/train.csv" >"$work/known.csv"
grep -e '^image_id,' -e "^$page," "$real/train.csv" >"$work/left_out.csv"
train_small_detector --prefix "real_00_detector_$page" \
    --labels "$real/train.csv" --images "$real/train_images" --hold-out-pages "$page" \
    --resume "$models/00_detector/iteration-${snapshots[-1]}.model" --freeze-bn \
    --short-side 400,900 --base-lr 0.0005 --warmup-steps 20 --lr-steps 130 --iterations 180 \
    --snapshot-every 90 --snapshots 180
readers=()
for recipe in 01_arcface_gray48:gray54 02_l2softmax_rgb48:rgb54; do
    name=${recipe%:*} pack=${recipe#*:}
    for known in "${packs[@]}"; do
        if [[ $known == "$pack "* ]]; then read -r _ size channels <<<"$known"; fi
    done
    for part in known left_out; do
        mojika pack --labels "$work/$part.csv" --images "$work/preprocessed" --out "$work/packs/${part}_$pack" \
            --scale-size "$size" --channels "$channels" --classes "$data/packs/$pack/classes.csv" --skip-bad
    done
    # a few hundred real characters count as many as the generated ones
    mojika split "$data/packs/$pack" "$work/packs/left_out_$pack" --by page --hold-out "$page" --fill 0 \
        --append "$work/packs/known_$pack" --repeat-appended 30 --out "$data/splits/$lists/$pack" "${split_options[@]}"
    bash "$recipes/$name.sh" --lists "$lists/$pack" --prefix "real_${name}_$page" \
        --resume "$models/${name}_pseudo/best.model" --start-epoch 0 --epochs 3 --base-lr 0.05 --warmup-epochs 0.5 \
        --cosine-annealing-t-max 3 --undersampling 120
    readers+=("$models/real_${name}_$page/last.model") # not the best on this very page
done

step "$page is read"
mojika detect "$models/real_00_detector_$page/iteration-000180.model" --images "$work/page" --short-sides 650,750,850 \
    --score-threshold 0.3 --out "$boxes/${page}_detected.parquet"
mojika classify "${readers[@]}" --boxes "$boxes/${page}_detected.parquet" --images "$work/page_preprocessed" \
    --out "$boxes/${page}_read.parquet" "${final_read_options[@]}"
mojika nms "$boxes/${page}_read.parquet" --by box_score --out "$boxes/${page}_nms.parquet"
mojika score --labels "$real/train.csv" --boxes "$boxes/${page}_nms.parquet" --predicted-pages --json |
    tee "$output/real_score.json"
mojika overlay "$boxes/${page}_nms.parquet" --images "$work/page" --labels "$real/train.csv" \
    --removed "$boxes/${page}_read.parquet" --out "$models/overlays"
mojika evaluate "${readers[0]}" "$data/splits/$lists/gray54/valid.csv" \
    --contact-sheet "$models/contact_sheet_real.png" --json >"$output/real_crops.json"

step "the same by one command: the models as a reader, from the scan to text"
mojika bundle "$models/real_00_detector_$page/iteration-000180.model" "${readers[@]}" \
    --short-sides 650,750,850 --score-threshold 0.3 --nms-by box_score "${final_read_options[@]}" \
    --scores "$output/real_score.json" --license cc-by-sa-4.0 --out "$models/reader_real" --data \
    "『日本古典籍くずし字データセット』 doi:10.20676/00000340, $(($(wc -l <"$work/known.csv") - 1)) pages" "generated pages"
mojika recognize "$work/page" --models "$models/reader_real" --out "$models/read_real" --formats text,json,overlay
