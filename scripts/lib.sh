#!/usr/bin/env bash
# What the numbered stages share: settings, the pages of a split, reading, the filter. Sourced from the root.
set -euo pipefail

# shellcheck source=scripts/flow.sh
source "${MOJIKA_FLOW:-scripts/flow.sh}"
source scripts/runs.sh

# Sets `splits` to what --split names (both without it), and `options` to all other arguments.
# shellcheck disable=SC2034 # the stages read both
parse_options() {
    splits=(val test) options=()
    while (($#)); do
        case $1 in
            --split)
                [[ ${2:-} == val || ${2:-} == test ]] || fail "--split: expected val or test, found '${2:-}'"
                splits=("$2")
                shift 2
                ;;
            *)
                options+=("$1")
                shift
                ;;
        esac
    done
}

# The folder with the pages of a split, preprocessed or, as second argument, `original`. Those of val are training pages:
# links to the pages of `val_books`; those of books that were val books before go.
pages_of() {
    local folder=$data/preprocessed book page links=()
    if [[ ${2:-preprocessed} == original ]]; then folder=$data; fi
    if [[ $1 == val ]]; then
        for book in "${val_books[@]}"; do
            for page in "$folder/train_images/$book"*; do
                if [[ -e $page ]]; then links+=("../train_images/${page##*/}"); fi
            done
        done
        ((${#links[@]})) || fail "$folder/train_images: no page of ${val_books[*]}; run scripts/01_preprocess.sh"
        mkdir -p "$folder/val_images"
        for page in "$folder/val_images"/*; do
            if [[ " ${links[*]} " != *" ../train_images/${page##*/} "* ]]; then rm -f "$page"; fi
        done
        ln -sf "${links[@]}" "$folder/val_images/"
    fi
    echo "$folder/$1_images"
}

# Models read the boxes of each detection and vote softly; the detections become one, NAME_nms.parquet. Arguments: NAME,
# split, models, then `--` and further flags.
read_softly() {
    local name=$1 split=$2 voting=() snapshot pages read=()
    shift 2
    while [[ $1 != -- ]]; do
        voting+=("$1")
        shift
    done
    shift
    pages=$(pages_of "$split")
    for snapshot in "${snapshots[@]}"; do
        read+=("$output/$split/${name}_$snapshot.parquet")
        mojika classify "${voting[@]}" --boxes "$output/$split/detected_$snapshot.parquet" --images "$pages" \
            --out "${read[-1]}" "${read_options[@]}" "$@"
    done
    mojika nms "${read[@]}" --out "$output/$split/${name}_nms.parquet"
}

# Fits the false-positive filter NAME to the val pages' boxes NAME_nms.parquet. Arguments: NAME, further flags.
train_filter() {
    local filter=$models/$1_filter samples
    samples=("$output/val/$1_nms.parquet" --truth "$data/train.csv" --books "${val_books[@]}")
    mojika filter-search "${samples[@]}" --study "$filter/study.sqlite" --out "$filter/params.yaml" \
        "${search_options[@]}" "${@:2}"
    mojika filter-train "${samples[@]}" --params "$filter/params.yaml" --out "$filter/boosters" "${@:2}"
}

# From NAME_nms.parquet of a split to a submission, which on val pages is scored. Arguments: NAME, split, further flags.
submit_filtered() {
    local boxes=$output/$2/$1 sample=()
    mojika filter-apply "${boxes}_nms.parquet" --filter "$models/$1_filter/boosters" --out "${boxes}_filtered.parquet" \
        "${@:3}"
    if [[ $2 == test && -e $data/sample_submission.csv ]]; then sample=(--sample "$data/sample_submission.csv"); fi
    mojika submit "${boxes}_filtered.parquet" "${sample[@]}" --out "${boxes}_submission.csv" "${@:3}"
    if [[ $2 == val ]]; then
        mojika score --truth "$data/train.csv" --submission "${boxes}_submission.csv" --predicted-pages \
            --per-book "${boxes}_books.csv" --json | tee "${boxes}_score.json"
    fi
}
